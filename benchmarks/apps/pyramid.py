"""Pyramid."""

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router


def hello() -> Router:
    with Configurator() as config:
        config.add_route("hello", "/")
        config.add_view(show_hello, route_name="hello")
        return config.make_wsgi_app()


def item() -> Router:
    with Configurator() as config:
        config.add_route("item", r"/items/{id:\d+}")
        config.add_view(show_item, route_name="item", renderer="json")
        return config.make_wsgi_app()


def prefixes() -> Router:
    with Configurator() as config:
        for index in range(100):
            config.add_route(f"item{index}", rf"/r{index}/{{id:\d+}}")
            config.add_view(show_item, route_name=f"item{index}", renderer="json")
        return config.make_wsgi_app()


def shapes() -> Router:
    with Configurator() as config:
        for index in range(100):
            config.add_route(f"thing{index}", f"/{{tenant}}/t{index}/{{name}}")
            config.add_view(show_thing, route_name=f"thing{index}", renderer="json")
        return config.make_wsgi_app()


def show_hello(request: Request) -> Response:
    return Response("Hello, World!")


def show_item(request: Request) -> dict[str, int]:
    return {"id": int(request.matchdict["id"])}


def show_thing(request: Request) -> dict[str, str]:
    return {"tenant": request.matchdict["tenant"], "name": request.matchdict["name"]}
