"""Ferrule."""

import asyncio

from ferrule import App, Response, render_template, request, session, url_for

from ..apps.ferrule import hello
from .content import PAGE, SECRET, STATIC_FOLDER, TEMPLATES, TypedOrder, megabyte

not_found = wrong_method = hello


def urls() -> App:
    app = App(__name__, config_file=None)
    app.add_url_rule("/", view_func=show_urls)
    app.add_url_rule("/items/<int:id>", "item", show_hello)
    app.add_url_rule("/<tenant>/things/<name>", "thing", show_hello)
    app.add_url_rule("/search", "search", show_hello)
    return app


def page() -> App:
    app = App(__name__, config_file=None, template_folder=str(TEMPLATES))
    app.add_url_rule("/", view_func=show_page)
    return app


def form() -> App:
    app = App(__name__, config_file=None)
    app.add_url_rule("/", view_func=take_form, methods=["POST"])
    return app


def body() -> App:
    app = App(__name__, config_file=None)
    app.add_url_rule("/", view_func=take_body, methods=["POST"])
    return app


def session_view() -> App:
    app = App(__name__, config_file=None)
    app.secret_key = SECRET
    app.add_url_rule("/", view_func=count_visits)
    return app


def async_view() -> App:
    app = App(__name__, config_file=None)
    app.add_url_rule("/", view_func=show_hello_later)
    return app


def stream() -> App:
    app = App(__name__, config_file=None)
    app.add_url_rule("/", view_func=show_megabyte)
    return app


def file() -> App:
    return App(__name__, config_file=None, static_folder=str(STATIC_FOLDER))


def show_hello(**_: object) -> str:
    return "Hello, World!"


def show_urls() -> str:
    return "\n".join(
        [url_for("item", id=7), url_for("thing", tenant="acme", name="anvil"), url_for("search", q="anvil")]
    )


def show_page() -> str:
    return render_template("page.html", **PAGE)


def take_form() -> str:
    form = request.form
    return f"{form['name']} <{form['email']}>: {form['message']}"


def take_body() -> dict[str, object]:
    order = request.parse(TypedOrder)
    return {"customer": order.customer, "quantity": order.quantity, "tags": len(order.tags)}


def count_visits() -> str:
    session["name"] = session.get("name", "coyote")
    session["visits"] = session.get("visits", 0) + 1
    return f"{session['name']}, visit {session['visits']}"


async def show_hello_later() -> str:
    await asyncio.sleep(0)
    return "Hello, World!"


def show_megabyte() -> Response:
    return Response(megabyte(), mimetype="application/octet-stream")
