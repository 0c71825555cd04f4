"""The errors of the extension."""

from sqlalchemy.exc import UnboundExecutionError

from ferrule import ConfigError, FerruleError

__all__ = ["TransactionError", "UnboundBindError"]


class TransactionError(FerruleError, RuntimeError):
    """A transaction cannot be what it was asked to be: it was cut in pieces, or is not the first, or overlaps."""


class UnboundBindError(ConfigError, UnboundExecutionError):
    """A bind is asked for that is not configured: by name, or by a model that has its table there."""
