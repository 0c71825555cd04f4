"""The exceptions that the login extension raises beside those of the core.

::

    FerruleError
    ├── NotAUserError (TypeError)                 something stands where a user belongs
    ├── PasswordTooLongError (ValueError)         a new password is longer than the bound
    ├── StoreError (RuntimeError)                 the tables of a store cannot be used
    └── TooManyAttemptsError (TooManyRequests)    an attempt came too early; the answer is 429
"""

from __future__ import annotations

import math

from werkzeug.exceptions import TooManyRequests

from ferrule import FerruleError

__all__ = ["NotAUserError", "PasswordTooLongError", "StoreError", "TooManyAttemptsError"]


class NotAUserError(FerruleError, TypeError):
    """A user loader returned, or :func:`login_user` was given, what is no user or has no id yet."""


class PasswordTooLongError(FerruleError, ValueError):
    """A new password is longer than ``[login] password_max_bytes``."""


class StoreError(FerruleError, RuntimeError):
    """A store cannot be used: its tables are not there, or the database is locked."""


class TooManyAttemptsError(FerruleError, TooManyRequests):
    """An attempt came too early after others that failed; nothing was checked.

    Unless it is caught, the answer is 429 with ``Retry-After``; ``@app.errorhandler(429)`` makes a page of it.

    Args:
        wait: Seconds until the next attempt may be made.

    Attributes:
        description: A sentence that says when.
        retry_after: The seconds, rounded up.
    """

    description: str
    retry_after: int

    def __init__(self, wait: float) -> None:
        seconds = max(1, math.ceil(wait))
        TooManyRequests.__init__(self, _text_for(seconds), retry_after=seconds)


def _text_for(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    when = f"{seconds} seconds" if seconds > 1 else "a second"
    return f"Too many attempts failed. Try again in {when if seconds < 120 else f'{minutes} minutes'}."
