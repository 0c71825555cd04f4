"""Falcon."""

from falcon import MEDIA_TEXT, App, HTTPUnprocessableEntity, Request, Response

from ..apps.falcon import hello
from .content import STATIC_FOLDER, InvalidOrderError, Order, megabyte

not_found = wrong_method = hello


def form() -> App[Request, Response]:
    return serving(Form())


def body() -> App[Request, Response]:
    return serving(Body())


def stream() -> App[Request, Response]:
    return serving(Stream())


def file() -> App[Request, Response]:
    app = App()
    app.add_static_route("/static", STATIC_FOLDER)
    return app


def serving(resource: object) -> App[Request, Response]:
    app = App()
    app.add_route("/", resource)
    return app


class Form:
    def on_post(self, request: Request, response: Response) -> None:
        form = request.get_media()
        response.content_type = MEDIA_TEXT
        response.text = f"{form['name']} <{form['email']}>: {form['message']}"


class Body:
    def on_post(self, request: Request, response: Response) -> None:
        try:
            order = Order.checked(request.get_media())
        except InvalidOrderError as error:
            raise HTTPUnprocessableEntity(description=str(error)) from error
        response.media = order.summary()


class Stream:
    def on_get(self, request: Request, response: Response) -> None:
        response.content_type = "application/octet-stream"
        response.stream = megabyte()
