"""The whole journal in one answer, row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import (
    Blueprint,
    Response,
    after_this_request,
    current_app,
    g,
    request,
    send_file,
    stream_template,
    stream_template_string,
    stream_with_context,
)
from werkzeug.wrappers import Response as AnyResponse

from . import database

blueprint = Blueprint("export", __name__, url_prefix="/export")


def line(values: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


@blueprint.get("/entries.csv")
def entries() -> Response:
    def generate() -> Iterator[str]:
        yield line(("day", "title", request.args.get("extra", "tags")))
        for entry in database.connection().execute("SELECT day, title, tags FROM entry ORDER BY id"):
            yield line(tuple(entry))

    return current_app.response_class(stream_with_context(generate()), mimetype="text/csv")


@blueprint.get("/entries.html")
def page() -> Iterator[str]:
    return stream_template("journal/all.html", entries=database.rows("SELECT * FROM entry ORDER BY id"))


@blueprint.get("/titles.txt")
def titles() -> tuple[Iterator[str], dict[str, str]]:
    source = "{% for entry in entries %}{{ entry.title }}\n{% endfor %}{{ request.path }}"
    entries = database.rows("SELECT title FROM entry ORDER BY id")
    return stream_template_string(source, entries=entries), {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/count.txt")
def count() -> AnyResponse:
    @after_this_request
    def name_it(response: AnyResponse) -> AnyResponse:
        response.headers["X-Person"] = g.person["name"] if g.person else "nobody"
        return response

    text = str(len(database.rows("SELECT id FROM entry")))
    return send_file(io.BytesIO(text.encode()), mimetype="text/plain", download_name="count.txt", as_attachment=True)
