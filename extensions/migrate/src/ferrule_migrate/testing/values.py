"""Values for a column that nobody described: by its type, and by what its checks compare it with."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range

__all__ = ["literals_in", "others", "value"]

_DAY: Final = date(2020, 1, 1)
_SMALLEST: Final = 32_000
"""What fits into every type of whole numbers but MySQL's ``TINYINT``."""

_LITERAL: Final = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])|'((?:[^']|'')*)'")

_BY_NAME: Final[Mapping[str, Callable[[int], Any]]] = {
    "BIT": lambda number: "1",
    "CIDR": lambda number: f"10.{number % 256}.0.0/16",
    "HSTORE": lambda number: {"made_up": str(number)},
    "INET": lambda number: f"192.0.2.{number % 256}",
    "INTERVAL": lambda number: timedelta(days=number),
    "MACADDR": lambda number: f"08:00:2b:01:02:{number % 256:02x}",
    "MACADDR8": lambda number: f"08:00:2b:01:02:03:04:{number % 256:02x}",
    "MONEY": str,
    "OID": lambda number: number,
    "TINYINT": lambda number: number % 2,  # which is also what stands for a boolean
    "TSQUERY": lambda number: f"word{number}",
    "TSVECTOR": lambda number: f"word{number}",
    "DATERANGE": lambda number: Range(_DAY + timedelta(days=number), None),
    "INT4RANGE": lambda number: Range(number, number + 1),
    "INT8RANGE": lambda number: Range(number, number + 1),
    "NUMRANGE": lambda number: Range(Decimal(number), None),
    "TSRANGE": lambda number: Range(_moment(sa.DateTime(), "", number), None),
    "TSTZRANGE": lambda number: Range(_moment(sa.DateTime(timezone=True), "", number), None),
    "XML": lambda number: f"<made-up>{number}</made-up>",
    "YEAR": lambda number: 2000 + number % 100,
}
"""Values for types of single databases, by the names of their classes."""


def value(type_: sa.types.TypeEngine[Any], name: str, number: int) -> Any:
    """Return a value of a type, another one for each number as far as there are many.

    Args:
        type_: The type, as it was reflected.
        name: The column's name, which texts begin with.
        number: Which value, from 1.
    """
    special = _BY_NAME.get(type(type_).__name__)
    if special is not None:
        return special(number)
    enums = getattr(type_, "enums", None) or getattr(type_, "values", None)  # MySQL's SET has values
    if enums:
        return [*enums][number % len(enums)]
    for kind, make in _BY_KIND:
        if isinstance(type_, kind):
            return make(type_, name, number)
    inner = getattr(type_, "data_type", None)  # a domain's
    return value(inner, name, number) if inner is not None else number


def _text(type_: Any, name: str, number: int) -> str:
    text = f"{name} {number}"
    return text if type_.length is None or len(text) <= type_.length else str(number)[-type_.length :]


def _decimal(type_: Any, name: str, number: int) -> Decimal:
    whole = 10 ** max((type_.precision or 10) - (type_.scale or 0), 0)
    return Decimal(number % whole)


def _moment(type_: Any, name: str, number: int) -> datetime:
    zone = UTC if getattr(type_, "timezone", False) else None
    return datetime(2020, 1, 1, 12, tzinfo=zone) + timedelta(days=number)


_BY_KIND: Final[tuple[tuple[type[Any], Callable[[Any, str, int], Any]], ...]] = (
    (sa.Boolean, lambda _, __, number: number % 2 == 0),
    (sa.BigInteger, lambda _, __, number: number),
    (sa.Integer, lambda _, __, number: number % _SMALLEST),
    (sa.Float, lambda _, __, number: float(number)),
    (sa.Numeric, _decimal),
    (sa.Uuid, lambda type_, _, number: uuid.UUID(int=number) if type_.as_uuid else str(uuid.UUID(int=number))),
    (sa.String, _text),
    (sa.DateTime, _moment),
    (sa.Date, lambda _, __, number: _DAY + timedelta(days=number)),
    (sa.Time, lambda _, __, number: time(number % 24, number % 60)),
    (sa.Interval, lambda _, __, number: timedelta(days=number)),
    (sa.LargeBinary, lambda _, name, number: f"{name} {number}".encode()),
    (sa.JSON, lambda _, __, number: {"made_up": number}),
    (sa.ARRAY, lambda type_, name, number: [value(type_.item_type, name, number)]),
)
"""Which kind of type gets which value; the first that fits."""


def literals_in(check: str) -> list[str]:
    """Return the numbers and texts that a check compares with, as they are written there, without quotes."""
    found = [(match[0], match[1]) for match in _LITERAL.finditer(check)]
    return list(dict.fromkeys(text.replace("''", "'") if text is not None else number for number, text in found))


def others(type_: sa.types.TypeEngine[Any], checks: str, number: int) -> Iterator[Any]:
    """Yield further values of a column, for where a check refuses the first.

    Args:
        type_: The type.
        checks: The texts of its checks.
        number: Which value, from 1.
    """
    literals = literals_in(checks)
    numbers = [Decimal(text) for text in literals if re.fullmatch(r"-?\d+(\.\d+)?", text)]
    if isinstance(type_, sa.Boolean):
        yield from (True, False)
    elif isinstance(type_, sa.Numeric | sa.Integer):
        number_of = type_.python_type
        yield from (number_of(each) for found in numbers for each in (found, found + number, found - number))
        yield from (number_of(each) for each in (0, 1, -number, 100 + number))
    elif isinstance(type_, sa.String):
        yield from _texts(type_, literals, [int(each) for each in numbers], number)


def _texts(type_: Any, literals: list[str], lengths: list[int], number: int) -> Iterator[str]:
    most = type_.length or 10_000
    made = [
        *literals,
        *(str(number).rjust(length, "x") for each in lengths for length in (each, each + 1, each - 1) if length > 0),
        "{}",  # MariaDB keeps JSON as a text with a check
        f"made.up{number}@example.com",
        f"https://example.com/{number}",
        f"made_up_{number}",
        f"MADE_UP_{number}",
        str(_DAY),
    ]
    yield from (text for text in made if len(text) <= most)
