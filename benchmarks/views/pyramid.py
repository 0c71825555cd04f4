"""Pyramid. A route with a method that none of its views takes is a 404 there, so that it has no 405."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPUnprocessableEntity
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router
from pyramid.session import JSONSerializer, SignedCookieSessionFactory

from ..apps.pyramid import hello, show_hello
from .content import SECRET, STATIC_FOLDER, InvalidOrderError, Order, megabyte

not_found = hello


def urls() -> Router:
    with Configurator() as config:
        for name, pattern in {"item": "/items/{id}", "thing": "/{tenant}/things/{name}", "search": "/search"}.items():
            config.add_route(name, pattern)
            config.add_view(show_hello, route_name=name)
        config.add_route("urls", "/")
        config.add_view(show_urls, route_name="urls")
        return config.make_wsgi_app()


def form() -> Router:
    return serving(take_form)


def body() -> Router:
    return serving(take_body, renderer="json")


def session_view() -> Router:
    return serving(count_visits, session_factory=SignedCookieSessionFactory(SECRET, serializer=JSONSerializer()))


def stream() -> Router:
    return serving(show_megabyte)


def file() -> Router:
    with Configurator() as config:
        config.add_static_view("static", str(STATIC_FOLDER))
        return config.make_wsgi_app()


def serving(view: Callable[[Request], Any], renderer: str | None = None, **settings: Any) -> Router:
    with Configurator(**settings) as config:
        config.add_route("site", "/")
        config.add_view(view, route_name="site", renderer=renderer)
        return config.make_wsgi_app()


def show_urls(request: Request) -> Response:
    urls = [
        request.route_path("item", id=7),
        request.route_path("thing", tenant="acme", name="anvil"),
        request.route_path("search", _query={"q": "anvil"}),
    ]
    return Response("\n".join(urls))


def take_form(request: Request) -> Response:
    form = request.POST
    return Response(f"{form['name']} <{form['email']}>: {form['message']}")


def take_body(request: Request) -> dict[str, Any]:
    try:
        order = Order.checked(request.json_body)
    except InvalidOrderError as error:
        raise HTTPUnprocessableEntity(str(error)) from error
    return order.summary()


def count_visits(request: Request) -> Response:
    session = request.session
    session["name"] = session.get("name", "coyote")
    session["visits"] = session.get("visits", 0) + 1
    return Response(f"{session['name']}, visit {session['visits']}")


def show_megabyte(request: Request) -> Response:
    return Response(app_iter=megabyte(), content_type="application/octet-stream")
