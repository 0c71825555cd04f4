"""Bottle."""

from bottle import Bottle


def hello() -> Bottle:
    app = Bottle()
    app.route("/", callback=show_hello)
    return app


def item() -> Bottle:
    app = Bottle()
    app.route("/items/<id:int>", callback=show_item)
    return app


def prefixes() -> Bottle:
    app = Bottle()
    for index in range(100):
        app.route(f"/r{index}/<id:int>", callback=show_item)
    return app


def shapes() -> Bottle:
    app = Bottle()
    for index in range(100):
        app.route(f"/<tenant>/t{index}/<name>", callback=show_thing)
    return app


def show_hello() -> str:
    return "Hello, World!"


def show_item(id: int) -> dict[str, int]:
    return {"id": id}


def show_thing(tenant: str, name: str) -> dict[str, str]:
    return {"tenant": tenant, "name": name}
