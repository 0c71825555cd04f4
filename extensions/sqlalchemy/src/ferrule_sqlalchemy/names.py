"""SQLAlchemy's own names as attributes of ``db``: what code that was written for Flask-SQLAlchemy goes on to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm

from .metadatas import METADATAS

__all__ = ["Names"]


class Names:
    """What ``db`` has of SQLAlchemy, so that a port changes imports only; new code imports the names themselves."""

    def Table(  # noqa: N802  # it is called like what it makes
        self, name: str, *items: Any, bind_key: str | None = None, **options: Any
    ) -> sa.Table:
        """Make a table without a model, such as of a many-to-many relationship.

        Args:
            name: Its name.
            *items: Columns and constraints; a ``MetaData`` before them is used instead of the bind's.
            bind_key: The bind that has it; ``None`` for the default one.
            **options: For ``sqlalchemy.Table``.
        """
        given = items[:1] if items and isinstance(items[0], sa.MetaData) else ()
        metadata = given[0] if given else METADATAS[bind_key]
        return sa.Table(name, metadata, *items[len(given) :], **options)

    if not TYPE_CHECKING:  # type checkers would take each misspelt name of db for one of these

        def __getattr__(self, name: str) -> Any:
            if hasattr(type(self), name):  # a property that raised AttributeError: let that be seen, by asking again
                return object.__getattribute__(self, name)
            for module in () if name.startswith("_") else (sa, orm):
                if hasattr(module, name):
                    return getattr(module, name)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
