"""The errors of the extension."""

from sqlalchemy.exc import UnboundExecutionError

from ferrule import ConfigError

__all__ = ["UnboundBindError"]


class UnboundBindError(ConfigError, UnboundExecutionError):
    """A bind is asked for that is not configured: by name, or by a model that has its table there."""
