"""The three applications of the load comparison: the same text, JSON and page by each."""

import json
import os
from pathlib import Path
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

TEMPLATE: Final = "items.html"
ITEMS: Final = range(20)


def bare() -> WSGIApplication:
    """No framework: a function that looks at the path; Jinja alone for the page."""
    from jinja2 import Environment, FileSystemLoader

    folder = Path(__file__).parent / "templates"
    template = Environment(autoescape=True, loader=FileSystemLoader(folder)).get_template(TEMPLATE)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        path = environ["PATH_INFO"]
        if path == "/":
            body, kind = b"Hello, World!", "text/html; charset=utf-8"
        elif path == "/page":
            body, kind = template.render(title="Items", items=ITEMS).encode(), "text/html; charset=utf-8"
        else:
            body, kind = json.dumps({"id": int(path.rpartition("/")[2])}).encode(), "application/json"
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    return application


def ferrule() -> WSGIApplication:
    from ferrule import App, render_template

    app = App(__name__, config_file=None)
    return with_views(app, render_template)


def flask() -> WSGIApplication:
    from flask import Flask, render_template

    return with_views(Flask(__name__), render_template)


def with_views(app: Any, render_template: Any) -> WSGIApplication:
    """Add the views, which are the same on both frameworks."""

    @app.get("/")
    def text() -> str:
        return "Hello, World!"

    @app.get("/items/<int:id>")
    def item(id: int) -> dict[str, int]:
        return {"id": id}

    @app.get("/page")
    def page() -> Any:
        return render_template(TEMPLATE, title="Items", items=ITEMS)

    application: WSGIApplication = app
    return application


application: Final = {"bare": bare, "ferrule": ferrule, "flask": flask}[os.environ.get("LOAD_APPLICATION", "bare")]()
