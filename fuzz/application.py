"""The application under fire: it looks at all of a request, and never raises by itself."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ferrule import (
    App,
    Blueprint,
    abort,
    flash,
    get_flashed_messages,
    redirect,
    render_template_string,
    request,
    session,
    stream_with_context,
    url_for,
)
from ferrule.views import MethodView

__all__ = ["make_application"]

ATTRIBUTES: Final = (
    "accept_charsets",
    "accept_encodings",
    "accept_languages",
    "accept_mimetypes",
    "access_control_request_headers",
    "access_route",
    "args",
    "authorization",
    "base_url",
    "blueprints",
    "cache_control",
    "content_length",
    "content_type",
    "cookies",
    "data",
    "date",
    "files",
    "form",
    "full_path",
    "headers",
    "host",
    "host_url",
    "if_match",
    "if_modified_since",
    "if_none_match",
    "if_range",
    "if_unmodified_since",
    "is_secure",
    "max_forwards",
    "mimetype",
    "mimetype_params",
    "path",
    "pragma",
    "query_string",
    "range",
    "referrer",
    "remote_user",
    "root_url",
    "url",
    "url_root",
    "user_agent",
    "values",
)


@dataclass
class Line:
    item: str
    amount: int = 1


@dataclass
class Order:
    name: str
    lines: list[Line] = field(default_factory=list)
    note: str | None = None
    price: float = 0.0
    urgent: bool = False


def make_application() -> App:
    """Return an application with routes of every shape, sessions, forms, typed bodies, files, streams and templates."""
    folder = Path(tempfile.mkdtemp(prefix="ferrule-fuzz-"))
    (folder / "file.txt").write_text("0123456789" * 100, encoding="utf-8")
    app = App(
        "fuzz",
        config_file=None,
        static_folder=str(folder),
        static_url_path="/static",
        config={"SECRET_KEY": "a key for fuzzing, and for nothing else", "MAX_CONTENT_LENGTH": 100_000},
    )
    app.register_blueprint(_looking())
    app.register_blueprint(_sessions(), url_prefix="/session")
    app.register_blueprint(_answers(), url_prefix="/<tenant>/answers")
    return app


def _looking() -> Blueprint:
    blueprint = Blueprint("looking", "fuzz")

    @blueprint.route("/", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    @blueprint.route("/look/<path:rest>", methods=["GET", "POST"])
    def everything(rest: str = "") -> dict[str, Any]:
        kinds = {name: type(getattr(request, name)).__name__ for name in ATTRIBUTES}
        texts = [dict(request.args), dict(request.form), dict(request.cookies), list(request.headers), request.url]
        return {"kinds": kinds, "texts": texts, "rest": rest, "json": repr(request.get_json(silent=True))}

    @blueprint.post("/json")
    def json_body() -> Any:
        return {"body": request.get_json()}

    @blueprint.post("/upload")
    def upload() -> dict[str, int]:
        return {str(name): len(file.read()) for name, file in request.files.items()}

    @blueprint.post("/form")
    def one_field() -> str:
        return request.form["name"]

    @blueprint.route("/order", methods=["GET", "POST"])
    def order() -> Order:
        return request.parse(Order, source="query" if request.method == "GET" else None)

    @blueprint.get("/number/<int:number>/<float:ratio>/<uuid:identifier>")
    def converted(number: int, ratio: float, identifier: Any) -> list[Any]:
        return [number, ratio, str(identifier)]

    @blueprint.route("/later/<name>", methods=["GET", "POST"])
    async def later(name: str) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"name": name, "args": request.args, "form": request.form, "session": len(session)}

    @blueprint.get("/folder/")
    def folder() -> str:
        return url_for(".everything", rest=request.path, _external=True)

    blueprint.add_url_rule("/shelf/<int:place>", view_func=Shelf.as_view("shelf"))
    return blueprint


class Shelf(MethodView):
    """A view as a class, with methods of both kinds."""

    def get(self, place: int) -> dict[str, Any]:
        """Answer with the place and the query."""
        return {"place": place, "q": request.args.getlist("q", type=int)}

    async def put(self, place: int) -> tuple[Line, int]:
        """Answer with what was sent, read as a type."""
        return request.parse(Line), 201


def _sessions() -> Blueprint:
    blueprint = Blueprint("sessions", "fuzz")

    @blueprint.route("/", methods=["GET", "POST"])
    def remember() -> dict[str, Any]:
        session["path"] = request.full_path
        session.permanent = "permanent" in request.args
        flash(request.headers.get("User-Agent", ""))
        return {"seen": len(session), "flashed": get_flashed_messages()}

    @blueprint.get("/clear")
    def clear() -> str:
        session.clear()
        return "cleared"

    return blueprint


def _answers() -> Blueprint:
    blueprint = Blueprint("answers", "fuzz")

    @blueprint.get("/redirect")
    def elsewhere(tenant: str) -> Any:
        try:
            return redirect(request.args.get("where", "/"))
        except ValueError:
            abort(400)

    @blueprint.get("/template")
    def template(tenant: str) -> str:
        return render_template_string("{{ tenant }} {{ request.args }} {{ session.get('path') }}", tenant=tenant)

    @blueprint.get("/stream")
    def stream(tenant: str) -> Any:
        def parts() -> Iterator[str]:
            yield tenant
            yield request.path

        return stream_with_context(parts())

    @blueprint.get("/events")
    async def events(tenant: str) -> Any:
        async def parts() -> AsyncIterator[str]:
            yield tenant
            await asyncio.sleep(0)
            yield str(session.get("path"))

        return stream_with_context(parts())

    @blueprint.get("/headers")
    def headers(tenant: str) -> Any:
        return tenant, 200, {"X-Tenant": "".join(char for char in tenant if char.isprintable() and char.isascii())}

    return blueprint
