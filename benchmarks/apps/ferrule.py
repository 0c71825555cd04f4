"""Ferrule."""

from ferrule import App


def hello() -> App:
    app = App(__name__, config_file=None)
    app.add_url_rule("/", view_func=show_hello)
    return app


def item() -> App:
    app = App(__name__, config_file=None)
    app.add_url_rule("/items/<int:id>", view_func=show_item)
    return app


def prefixes() -> App:
    app = App(__name__, config_file=None)
    for index in range(100):
        app.add_url_rule(f"/r{index}/<int:id>", f"item{index}", show_item)
    return app


def shapes() -> App:
    app = App(__name__, config_file=None)
    for index in range(100):
        app.add_url_rule(f"/<tenant>/t{index}/<name>", f"thing{index}", show_thing)
    return app


def show_hello() -> str:
    return "Hello, World!"


def show_item(id: int) -> dict[str, int]:
    return {"id": id}


def show_thing(tenant: str, name: str) -> dict[str, str]:
    return {"tenant": tenant, "name": name}
