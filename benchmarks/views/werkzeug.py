"""Plain Werkzeug, with the Jinja environment that its tutorial shows."""

from werkzeug.exceptions import UnprocessableEntity
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ..apps.werkzeug import Site, View, document, hello
from .content import PAGE, STATIC_FOLDER, TEMPLATES, InvalidOrderError, Order, megabyte

not_found = hello


def wrong_method() -> Site:
    site = Site({})
    site.url_map = Map([Rule("/", endpoint="/", methods=["GET"])])
    return site


def urls() -> Site:
    endpoints = {"urls": "/", "item": "/items/<int:id>", "thing": "/<tenant>/things/<name>", "search": "/search"}
    url_map = Map([Rule(rule, endpoint=endpoint) for endpoint, rule in endpoints.items()])

    def show_urls(request: Request) -> Response:
        build = url_map.bind_to_environ(request.environ).build
        urls = [build("item", {"id": 7}), build("thing", {"tenant": "acme", "name": "anvil"})]
        return Response("\n".join([*urls, build("search", {"q": "anvil"})]))

    site = Site({})
    site.url_map, site.views = url_map, {"urls": show_urls}
    return site


def page() -> Site:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    def show_page(request: Request) -> Response:
        return Response(environment.get_template("page.html").render(PAGE), mimetype="text/html")

    return serving(show_page)


def form() -> Site:
    return serving(take_form)


def body() -> Site:
    return serving(take_body)


def stream() -> Site:
    return serving(show_megabyte)


def file() -> SharedDataMiddleware:
    return SharedDataMiddleware(hello(), {"/static": str(STATIC_FOLDER)})


def serving(view: View) -> Site:
    return Site({"/": view})


def take_form(request: Request) -> Response:
    form = request.form
    return Response(f"{form['name']} <{form['email']}>: {form['message']}")


def take_body(request: Request) -> Response:
    try:
        order = Order.checked(request.get_json())
    except InvalidOrderError as error:
        raise UnprocessableEntity(str(error)) from error
    return document(order.summary())


def show_megabyte(request: Request) -> Response:
    return Response(megabyte(), mimetype="application/octet-stream")
