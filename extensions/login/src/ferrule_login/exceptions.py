"""The exceptions that the login extension raises beside those of the core.

::

    FerruleError
    └── NotAUserError (TypeError)    something stands where a user belongs
"""

from ferrule import FerruleError

__all__ = ["NotAUserError"]


class NotAUserError(FerruleError, TypeError):
    """A user loader returned, or :func:`login_user` was given, what is no user or has no id yet."""
