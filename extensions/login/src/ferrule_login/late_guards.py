"""Guards that were put above a route instead of below it, and so missed the view that the route had already taken."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from ferrule import App

__all__ = ["guard_views", "remember"]

_GUARDED: Final = "__ferrule_login_guarded__"


def remember(view: Callable[..., Any], guarded: Callable[..., Any]) -> None:
    """Note what guards it on a view, and on each that it wraps: the route may have taken any of them."""
    for each in _wrapped(view):
        with contextlib.suppress(AttributeError):  # a bound method takes no notes
            setattr(each, _GUARDED, (each, guarded))


def guard_views(app: App) -> None:
    """Put the guard before each view of which an application has the bare function and nowhere the guarded one.

    Decorators work from the bottom up: above a route, :func:`login_required` comes when the route has taken the view,
    and so does what stands between the two. Where both are registered, somebody meant one of them to be open.
    """
    views = app.view_functions
    registered = {id(each) for view in views.values() for each in _wrapped(view)}
    for endpoint, view in views.items():
        noted, guarded = getattr(view, _GUARDED, (None, None))
        # The note of a view is copied to what wraps it, by functools.wraps; there it says nothing.
        if guarded is not None and noted is view and id(guarded) not in registered:
            views[endpoint] = guarded


def _wrapped(view: Any) -> Iterator[Any]:
    """Yield a function, and those that it wraps (``functools.wraps``), from the outside in."""
    while view is not None:
        yield view
        view = getattr(view, "__wrapped__", None)
