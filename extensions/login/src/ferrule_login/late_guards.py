"""Guards that were put above a route instead of below it, and so missed the view that the route had already taken."""

import contextlib
from collections.abc import Callable
from typing import Any, Final

from ferrule import App

__all__ = ["guard_views", "remember"]

_GUARDED: Final = "__ferrule_login_guarded__"


def remember(view: Callable[..., Any], guarded: Callable[..., Any]) -> None:
    """Note on a view what guards it."""
    with contextlib.suppress(AttributeError):  # a bound method takes no notes
        setattr(view, _GUARDED, guarded)


def guard_views(app: App) -> None:
    """Put the guard before each view of which an application has the bare function and nowhere the guarded one.

    Decorators work from the bottom up: above a route, :func:`login_required` comes when the route has taken the view.
    Where both are registered, somebody meant one of them to be open.
    """
    views = app.view_functions
    registered = {id(view) for view in views.values()}
    for endpoint, view in views.items():
        guarded: Any = getattr(view, _GUARDED, None)
        # The note of a view is copied to what wraps it, by functools.wraps; there it says nothing.
        if getattr(guarded, "__wrapped__", None) is view and id(guarded) not in registered:
            views[endpoint] = guarded
