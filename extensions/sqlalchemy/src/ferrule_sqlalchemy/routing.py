"""Which database a statement goes to: the one of its model, or of its table."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import visitors

from ferrule import App
from ferrule.callers import described

from .binds import unbound
from .engines import Engines
from .metadatas import METADATAS
from .sessions import ContextSession

__all__ = ["RoutedSession", "bind_key_of"]


class RoutedSession(ContextSession):
    """A session whose statements go to the database of their model, by ``__bind_key__``, or else of their first table.

    What has neither, such as ``sa.text("…")``, goes to the default one, and so does a union of models, of which
    SQLAlchemy tells no model; ``session.execute(…, bind_arguments={"mapper": Letter})``, or
    ``{"bind": db.engines["archive"]}``, sends it elsewhere.

    Args:
        bind: The engine of the default bind; ``None`` if there is none.
        app: The application, whose name is for messages.
        engines: Its engines by bind key.
        **options: For ``sqlalchemy.orm.Session``.
    """

    def __init__(self, bind: sa.Engine | None = None, *, app: App, engines: Engines, **options: Any) -> None:
        super().__init__(bind, **options)
        self._app_name = app.name
        self.engines = engines

    def get_bind(
        self,
        mapper: Any = None,
        *,
        clause: sa.ClauseElement | None = None,
        bind: sa.Engine | sa.Connection | None = None,
        **_others: Any,
    ) -> sa.Engine | sa.Connection:
        """Return where to execute something.

        Args:
            mapper: The model, or its mapper.
            clause: The statement, or a table.
            bind: What was asked for by name; it is returned as it is.

        Raises:
            UnboundBindError: The application has no such bind.
        """
        if bind is not None:
            return bind
        # PERF: an application, and its extensions, of one database pay for a comparison.
        key = None if len(METADATAS) == 1 else _wanted(mapper, clause)
        if key is None and self.bind is not None:
            return self.bind
        if key in self.engines:
            return self.engines[key]
        raise unbound(self._app_name, key, self.engines, _described(mapper, clause))


def _wanted(mapper: Any, clause: sa.ClauseElement | None) -> str | None:
    table = None if mapper is None else _mapper(mapper).local_table
    return bind_key_of(table if table is not None else clause)


def bind_key_of(clause: Any) -> str | None:
    """Return the bind key of the first table in a clause; ``None`` where there is none, and for the default bind.

    Args:
        clause: A table, a statement, or ``None``.
    """
    table = _first_table(clause)
    return None if table is None else cast("str | None", table.metadata.info.get("bind_key"))


def _first_table(clause: Any) -> sa.Table | None:
    if isinstance(clause, sa.Table) or clause is None:
        return clause
    return next((each for each in visitors.iterate(clause) if isinstance(each, sa.Table)), None)


def _mapper(mapper: Any) -> Mapper[Any]:
    return cast("Mapper[Any]", mapper if isinstance(mapper, Mapper) else sa.inspect(mapper).mapper)


def _described(mapper: Any, clause: Any) -> str:
    """Return the model, and where it is written, or the table."""
    table = _first_table(clause)
    if mapper is not None:
        return f"model {described(_mapper(mapper).class_)}"
    return "" if table is None else f"table {table.name!r}"
