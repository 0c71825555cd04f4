"""Files that members put up for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response

from .accounts import members_only

blueprint = Blueprint("files", __name__, url_prefix="/files", static_folder="static", static_url_path="/own")


def folder() -> Path:
    path = Path(current_app.instance_path, "files")
    path.mkdir(exist_ok=True)
    return path


@blueprint.route("/", methods=["GET", "POST"], strict_slashes=False)
@members_only
def overview() -> Any:
    if request.method == "GET":
        return render_template("files/overview.html", names=sorted(path.name for path in folder().iterdir()))
    upload = request.files.get("file")
    name = secure_filename(upload.filename or "") if upload else ""
    if upload is None or name.rpartition(".")[2] not in current_app.config["ALLOWED_FILES"]:
        flash("Only text and pictures.", "error")
        return redirect(request.url)
    upload.save(folder() / name)
    current_app.logger.info("%s put up %s", g.person["name"], name)
    return redirect(url_for(".send", name=name))


@blueprint.get("/<path:name>")
def send(name: str) -> Response:
    return send_from_directory(folder(), name, as_attachment="download" in request.args, max_age=60)


@blueprint.delete("/<name>")
@members_only
def delete(name: str) -> tuple[str, int]:
    path = folder() / secure_filename(name)
    if not path.is_file():
        abort(404)
    path.unlink()
    return "", 204
