"""Messages that one request leaves for the next page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .context import current_context, session

__all__ = ["flash", "get_flashed_messages"]

_KEY: Final = "_flashes"


def flash(message: str, category: str = "message") -> None:
    """Leave a message for the next page that shows them.

    Args:
        message: The text; escaped where it is shown unless it is ``Markup``.
        category: A name that the page may sort and colour by, such as ``"error"``.
    """
    context = current_context()
    session[_KEY] = [*session.get(_KEY, []), (category, message)]
    context.app.hooks.message_flashed(context, message, category)


def get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Take the messages; further calls during the same request return the same ones.

    Args:
        with_categories: Return pairs of category and message.
        category_filter: Only these categories; all unless given.
    """
    context = current_context()
    if context._flashes is None:
        context._flashes = [tuple(pair) for pair in session.pop(_KEY)] if _KEY in session else []
    wanted = set(category_filter)
    pairs = [pair for pair in context._flashes if not wanted or pair[0] in wanted]
    return pairs if with_categories else [message for _, message in pairs]
