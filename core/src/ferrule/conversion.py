"""Responses made of values, by the current application."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from .context import current_context

__all__ = ["make_response"]


def make_response(*args: Any) -> Response:
    """Make a response of what a view could return, to set headers on it.

    Args:
        *args: The body; or body, status and headers, as a view returns them in a tuple. An empty response without any.
    """
    app = current_context().app
    if not args:
        return app.response_class()
    return app.make_response(args[0] if len(args) == 1 else args)
