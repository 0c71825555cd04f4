"""``ferrule db``: the commands of migrations."""

from .group import db

__all__ = ["db"]
