"""Points in time, as a reader counts them."""

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["ago"]

_STEPS: Final = (
    (timedelta(days=1), "yesterday", "{} days ago"),
    (timedelta(hours=1), "an hour ago", "{} hours ago"),
    (timedelta(minutes=1), "a minute ago", "{} minutes ago"),
)
_NAMED: Final = timedelta(days=7)
"""How long ago a day is named by its date."""


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Return how long ago something was, or the day (UTC) if that is a week or more.

    Args:
        moment: When it was; aware.
        now: What that is compared with; the present unless given.
    """
    passed = (now or datetime.now(UTC)) - moment
    if passed >= _NAMED:
        return f"{moment.day} {moment:%B %Y}"
    for unit, one, many in _STEPS:
        if (count := passed // unit) > 0:
            return one if count == 1 else many.format(count)
    return "just now"
