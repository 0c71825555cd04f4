"""The users of a model: found by primary key, saved with the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from ferrule import SetupError
from ferrule_sqlalchemy import db
from ferrule_sqlalchemy.identities import can_exist

from ...users import parts_missing_in

__all__ = ["ModelUsers"]


def _whole_number(text: str) -> int | None:
    number = int(text)
    return number if str(number) == text else None  # int() takes spaces, underscores and other scripts' digits, too


_CONVERTERS: Final[Mapping[type, Callable[[str], Any]]] = MappingProxyType({int: _whole_number, str: str, UUID: UUID})


class ModelUsers:
    """Finds the users of a model by primary key, and saves them.

    Args:
        model: The model: its primary key is one column, of whole numbers, texts or UUIDs.

    Raises:
        SetupError: It is no model of users, or has another primary key.
    """

    def __init__(self, model: Any) -> None:
        mapper = sa.inspect(model, raiseerr=False)
        if not isinstance(mapper, Mapper):
            raise SetupError(f"{model!r} is no model of SQLAlchemy")
        if missing := parts_missing_in(model):
            raise SetupError(f"{model.__qualname__} has no {', '.join(missing)}; derive it from UserMixin, too")
        self.model = model
        self.mapper: Mapper[Any] = mapper
        self._convert = _converter(model, mapper)

    def load(self, user_id: str) -> Any | None:
        """Return the user with an id; ``None`` for what cannot be one's, and where there is none."""
        try:
            ident = self._convert(user_id)
        except ValueError:
            return None
        session = db.session
        if ident is None or not can_exist(self.mapper, ident, session.get_bind(self.mapper).dialect.name):
            return None
        return session.get(self.model, ident)

    def save(self, user: Any) -> None:
        """Commit what has changed of a user, and all else in the session; a transaction that is open does it itself."""
        with db.transaction() as session:
            session.add(user)

    def raise_epoch(self, user: Any) -> None:
        """Raise the epoch of a user in the database, in one step: two that do it at a time do it twice.

        It is committed as :meth:`save` commits.
        """
        with db.transaction() as session:
            session.add(user)
            user.session_epoch = sa.func.coalesce(type(user).session_epoch, 0) + 1
            session.flush()  # what it is now is read when somebody asks


def _converter(model: Any, mapper: Mapper[Any]) -> Callable[[str], Any]:
    columns = mapper.primary_key
    found = _python_type(columns[0]) if len(columns) == 1 else None
    if found is None or found not in _CONVERTERS:
        names = ", ".join(f"{column.name} ({column.type!r})" for column in columns)
        raise SetupError(
            f"the primary key of {model.__qualname__} is {names}; users are found by one column of whole numbers, texts"
            " or UUIDs. Put `@app.extension(Login).user_loader` above a function that finds them"
        )
    return _CONVERTERS[found]


def _python_type(column: sa.ColumnElement[Any]) -> type | None:
    try:
        return column.type.python_type
    except NotImplementedError:
        return None
