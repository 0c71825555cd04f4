"""The built-in extension that serves the application's static files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..context import current_context
from ..extensions import Extension
from ..hooks import hookimpl

if TYPE_CHECKING:
    from ..app import App

__all__ = ["StaticFiles"]


class StaticFiles(Extension):
    """Serves the static folder under the endpoint ``static``, unless the application has an endpoint of that name."""

    name = "static"
    description = "Serves the application's static folder."

    @hookimpl
    def app_init(self, app: App) -> None:
        """Add the rule."""
        if app.has_static_folder and "static" not in app.view_functions:
            app.add_url_rule(f"{app.static_url_path}/<path:filename>", "static", _static, host=app.static_host)


def _static(filename: str) -> Response:
    return current_context().app.send_static_file(filename)
