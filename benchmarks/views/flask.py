"""Flask."""

import asyncio

from flask import Flask, Response, abort, render_template, request, session, url_for

from ..apps.flask import hello
from .content import PAGE, SECRET, STATIC_FOLDER, TEMPLATES, InvalidOrderError, Order, megabyte

not_found = wrong_method = hello


def urls() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=show_urls)
    app.add_url_rule("/items/<int:id>", "item", show_hello)
    app.add_url_rule("/<tenant>/things/<name>", "thing", show_hello)
    app.add_url_rule("/search", "search", show_hello)
    return app


def page() -> Flask:
    app = Flask(__name__, template_folder=str(TEMPLATES))
    app.add_url_rule("/", view_func=show_page)
    return app


def form() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=take_form, methods=["POST"])
    return app


def body() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=take_body, methods=["POST"])
    return app


def session_view() -> Flask:
    app = Flask(__name__)
    app.secret_key = SECRET
    app.add_url_rule("/", view_func=count_visits)
    return app


def async_view() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=show_hello_later)
    return app


def stream() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=show_megabyte)
    return app


def file() -> Flask:
    return Flask(__name__, static_folder=str(STATIC_FOLDER))


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
    try:
        order = Order.checked(request.get_json())
    except InvalidOrderError as error:
        abort(422, str(error))
    return order.summary()


def count_visits() -> str:
    session["name"] = session.get("name", "coyote")
    session["visits"] = session.get("visits", 0) + 1
    return f"{session['name']}, visit {session['visits']}"


async def show_hello_later() -> str:
    await asyncio.sleep(0)
    return "Hello, World!"


def show_megabyte() -> Response:
    return Response(megabyte(), mimetype="application/octet-stream")
