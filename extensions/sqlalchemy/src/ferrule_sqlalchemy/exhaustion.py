"""The answer where every connection of the pool is lent: 503, and the pool's settings in the log."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import ServiceUnavailable

from ferrule import Context
from ferrule.dispatch import answer_error

__all__ = ["RETRY_AFTER", "answer_exhausted"]

RETRY_AFTER: Final = 5
"""Seconds after which a client may come again; it has waited for ``pool_timeout`` already."""


def answer_exhausted(ctx: Context, error: PoolTimeout) -> Any:
    """Answer 503 with ``Retry-After`` (RFC 9110, section 10.2.3), by the application's handler for it if there is one.

    Args:
        ctx: The context.
        error: What the pool raised.
    """
    found = str(error).partition(" (Background")[0]
    ctx.app.logger.error(
        "Answered 503, since no database connection was free: %s. These are pool_size, max_overflow and pool_timeout in"
        " engine_options of [sqlalchemy]: allow more, or find what keeps connections long",
        found,
    )
    return answer_error(ctx, ServiceUnavailable(retry_after=RETRY_AFTER))
