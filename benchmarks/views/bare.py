"""No framework: a WSGI function for each site."""

import json
from collections.abc import Iterable
from urllib.parse import parse_qs, urlencode
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ..apps.bare import answer, document, hello, text
from .content import PAGE, TEMPLATES, InvalidOrderError, Order, megabyte

not_found = hello


def wrong_method() -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            return text("Hello, World!", start_response)
        start_response(
            "405 Method Not Allowed", [("Content-Type", "text/plain"), ("Content-Length", "18"), ("Allow", "GET")]
        )
        return [b"Method Not Allowed"]

    return application


def urls() -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        urls = [f"/items/{7}", f"/{'acme'}/things/{'anvil'}", f"/search?{urlencode({'q': 'anvil'})}"]
        return text("\n".join(urls), start_response)

    return application


def page() -> WSGIApplication:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        content = environment.get_template("page.html").render(PAGE).encode()
        return answer("200 OK", "text/html; charset=utf-8", content, start_response)

    return application


def form() -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        form = parse_qs(read_body(environ).decode())
        return text(f"{form['name'][0]} <{form['email'][0]}>: {form['message'][0]}", start_response)

    return application


def body() -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        try:
            order = Order.checked(json.loads(read_body(environ)))
        except InvalidOrderError as error:
            return answer("422 Unprocessable Content", "text/plain", str(error).encode(), start_response)
        return document(order.summary(), start_response)

    return application


def stream() -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return megabyte()

    return application


def read_body(environ: WSGIEnvironment) -> bytes:
    content: bytes = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return content
