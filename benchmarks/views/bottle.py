"""Bottle. Its templates are Jinja's here, as it offers, so that the same page is made."""

from collections.abc import Callable, Iterator
from typing import Any

from bottle import TEMPLATE_PATH, Bottle, HTTPResponse, abort, jinja2_template, request, response, static_file

from ..apps.bottle import hello
from .content import PAGE, STATIC_FOLDER, TEMPLATES, InvalidOrderError, Order, megabyte

not_found = wrong_method = hello


def urls() -> Bottle:
    app = Bottle()
    app.route("/items/<id:int>", name="item", callback=hello)
    app.route("/<tenant>/things/<name>", name="thing", callback=hello)
    app.route("/search", name="search", callback=hello)

    @app.route("/")
    def show_urls() -> str:
        return "\n".join(
            [
                app.get_url("item", id=7),
                app.get_url("thing", tenant="acme", name="anvil"),
                app.get_url("search", q="anvil"),
            ]
        )

    return app


def page() -> Bottle:
    TEMPLATE_PATH.insert(0, str(TEMPLATES))
    return serving(show_page)


def form() -> Bottle:
    return serving(take_form, "POST")


def body() -> Bottle:
    return serving(take_body, "POST")


def stream() -> Bottle:
    return serving(show_megabyte)


def file() -> Bottle:
    app = Bottle()
    app.route("/static/<filename:path>", callback=send_static)
    return app


def serving(view: Callable[[], Any], method: str = "GET") -> Bottle:
    app = Bottle()
    app.route("/", method, callback=view)
    return app


def show_page() -> str:
    content: str = jinja2_template("page.html", PAGE, template_settings={"autoescape": True})
    return content


def take_form() -> str:
    form = request.forms
    return f"{form.name} <{form.email}>: {form.message}"


def take_body() -> dict[str, Any]:
    try:
        order = Order.checked(request.json)
    except InvalidOrderError as error:
        abort(422, str(error))
    return order.summary()


def show_megabyte() -> Iterator[bytes]:
    response.content_type = "application/octet-stream"
    return megabyte()


def send_static(filename: str) -> HTTPResponse:
    return static_file(filename, root=str(STATIC_FOLDER))
