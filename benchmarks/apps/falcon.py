"""Falcon."""

from falcon import MEDIA_TEXT, App, Request, Response


def hello() -> App[Request, Response]:
    app = App()
    app.add_route("/", Hello())
    return app


def item() -> App[Request, Response]:
    app = App()
    app.add_route("/items/{id:int}", Item())
    return app


def prefixes() -> App[Request, Response]:
    app = App()
    for index in range(100):
        app.add_route(f"/r{index}/{{id:int}}", Item())
    return app


def shapes() -> App[Request, Response]:
    app = App()
    for index in range(100):
        app.add_route(f"/{{tenant}}/t{index}/{{name}}", Thing())
    return app


class Hello:
    def on_get(self, request: Request, response: Response) -> None:
        response.content_type = MEDIA_TEXT
        response.text = "Hello, World!"


class Item:
    def on_get(self, request: Request, response: Response, id: int) -> None:
        response.media = {"id": id}


class Thing:
    def on_get(self, request: Request, response: Response, tenant: str, name: str) -> None:
        response.media = {"tenant": tenant, "name": name}
