"""Plain Werkzeug: its Map, Request and Response, and the few lines that join them."""

import json
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

View = Callable[..., Response]


class Site:
    def __init__(self, rules: dict[str, View]) -> None:
        self.url_map = Map([Rule(rule, endpoint=rule) for rule in rules])
        self.views = rules

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            endpoint, arguments = self.url_map.bind_to_environ(environ).match()
            response = self.views[endpoint](request, **arguments)
        except HTTPException as error:
            return error(environ, start_response)
        return response(environ, start_response)


def hello() -> Site:
    return Site({"/": show_hello})


def item() -> Site:
    return Site({"/items/<int:id>": show_item})


def prefixes() -> Site:
    return Site({f"/r{index}/<int:id>": show_item for index in range(100)})


def shapes() -> Site:
    return Site({f"/<tenant>/t{index}/<name>": show_thing for index in range(100)})


def show_hello(request: Request) -> Response:
    return Response("Hello, World!")


def show_item(request: Request, id: int) -> Response:
    return document({"id": id})


def show_thing(request: Request, tenant: str, name: str) -> Response:
    return document({"tenant": tenant, "name": name})


def document(content: dict[str, object]) -> Response:
    return Response(json.dumps(content), mimetype="application/json")
