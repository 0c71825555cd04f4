"""Ferrule: the sites of all, and one route with extensions enabled."""

from ferrule import App, Context, Extension, Response, hookimpl


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


def hello_again() -> App:
    return hello()


def quiet_extensions() -> App:
    app = App(__name__, config_file=None, extensions=[QuietOne, QuietTwo, QuietThree])
    app.add_url_rule("/", view_func=show_hello)
    return app


def busy_extensions() -> App:
    app = App(__name__, config_file=None, extensions=[BusyOne, BusyTwo, BusyThree])
    app.add_url_rule("/", view_func=show_hello)
    return app


class QuietOne(Extension):
    """Of use when the application starts; no request hook."""

    name = "one"

    @hookimpl
    def app_init(self, app: App) -> None:
        self.state(app)["ready"] = True


class QuietTwo(QuietOne):
    name = "two"


class QuietThree(QuietOne):
    name = "three"


class BusyOne(Extension):
    """Two request hooks, which do no work: what is measured is calling them."""

    name = "one"

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        return None

    @hookimpl
    def after_request(self, ctx: Context, response: Response) -> None:
        return None


class BusyTwo(BusyOne):
    name = "two"


class BusyThree(BusyOne):
    name = "three"


def show_hello() -> str:
    return "Hello, World!"


def show_item(id: int) -> dict[str, int]:
    return {"id": id}


def show_thing(tenant: str, name: str) -> dict[str, str]:
    return {"tenant": tenant, "name": name}
