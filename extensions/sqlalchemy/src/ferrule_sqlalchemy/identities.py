"""Primary keys from outside: which values cannot be one, so that a look-up need not fail in the database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

__all__ = ["can_exist"]

_BITS: Final[tuple[tuple[type[sa.Integer], int], ...]] = ((sa.BigInteger, 64), (sa.SmallInteger, 16), (sa.Integer, 32))

_INTEGER: Final = re.compile(r"-?[0-9]{1,20}")
"""An integer of no more than 64 bits, as text."""


def can_exist(mapper: Mapper[Any], ident: Any, dialect: str) -> bool:
    """Tell whether a primary key can be in its table.

    A path such as ``/notes/99999999999999999999`` is as good as any other, but SQLite's driver takes integers of 64
    bits, PostgreSQL those of the column's type and no text with NUL in it; all else is an error. A text for an integer
    is one only where it is written as one: PostgreSQL refuses ``12a``, and MariaDB finds the twelfth by it.

    Args:
        mapper: The mapper of the model.
        ident: The primary key, as for ``Session.get``.
        dialect: The dialect's name.
    """
    return all(_fits(column, value, dialect) for column, value in _pairs(mapper, ident))


def _pairs(mapper: Mapper[Any], ident: Any) -> Iterable[tuple[sa.ColumnElement[Any], Any]]:
    columns = mapper.primary_key
    if isinstance(ident, Mapping):
        return [(column, ident.get(mapper.get_property_by_column(column).key)) for column in columns]
    return zip(columns, ident if isinstance(ident, (list, tuple)) else (ident,), strict=False)


def _fits(column: sa.ColumnElement[Any], value: Any, dialect: str) -> bool:
    if isinstance(value, str) and isinstance(column.type, sa.Integer):
        if not _INTEGER.fullmatch(value):
            return False
        value = int(value)
    if isinstance(value, str):
        return dialect != "postgresql" or "\0" not in value
    if isinstance(value, int) and isinstance(column.type, sa.Integer):
        bits = 64 if dialect != "postgresql" else next(bits for kind, bits in _BITS if isinstance(column.type, kind))
        return -(1 << bits - 1) <= value < 1 << bits - 1
    return True
