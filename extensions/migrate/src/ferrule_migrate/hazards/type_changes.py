"""Types compared: does one hold all values of another?"""

from __future__ import annotations

import math
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

__all__ = ["Change", "change_of", "enum_values"]

Change: TypeAlias = Literal["none", "wider", "narrower", "other"]

_DIGITS: Final = {
    "TINYINT": 2,
    "SMALLINT": 4,
    "MEDIUMINT": 6,
    "INTEGER": 9,
    "BIGINT": 18,
    "SMALL_INTEGER": 4,
    "BIG_INTEGER": 18,  # SQLAlchemy's own
}
"""The decimal digits that an integer type holds in any case."""

_TEXTS: Final = {"TINYTEXT": 2**8, "TEXT": 2**16, "UNICODE_TEXT": 2**16, "MEDIUMTEXT": 2**24, "LONGTEXT": 2**32}
"""The bytes under which MariaDB's types of text stay."""


def change_of(old: Any, new: Any, dialect_name: str) -> Change:
    """Tell what becomes of the values of a column whose type changes.

    Args:
        old: The type that it has.
        new: The type that it gets.
        dialect_name: The kind of database; in MariaDB the types of text have sizes.

    Returns:
        ``"other"`` where values are converted; ``"none"`` where SQLAlchemy's types are alike for the database.
    """
    old, new = _plain(old), _plain(new)
    if isinstance(old, sa.Enum) and isinstance(new, sa.Enum):
        return _compared(len({*old.enums} - {*new.enums}), len({*new.enums} - {*old.enums}))
    if isinstance(new, sa.Enum):
        return "narrower" if isinstance(old, sa.String) else "other"
    if dialect_name in {"mariadb", "mysql"} and {_name(old), _name(new)} <= {*_TEXTS}:
        return _sizes(_TEXTS[_name(old)], _TEXTS[_name(new)])
    for family, measure in _FAMILIES:
        if isinstance(old, family) and isinstance(new, family):
            change: Change = measure(old, new)
            return change
    if isinstance(old, sa.Integer) and isinstance(new, sa.Numeric):
        return "wider" if not _is_float(new) and _whole_digits(new) > _digits(old) else "other"
    return "none" if type(old) is type(new) else "other"


def enum_values(old: Any, new: Any) -> tuple[str, ...]:
    """Return the values that an enum loses; none where the types are not two enums."""
    if isinstance(old, sa.Enum) and isinstance(new, sa.Enum):
        return tuple(value for value in old.enums if value not in new.enums)
    return ()


def _plain(kind: Any) -> sa.types.TypeEngine[Any]:
    found: sa.types.TypeEngine[Any] = sa.types.to_instance(kind)
    while isinstance(found, sa.types.TypeDecorator):
        found = found.impl_instance
    return found


def _compared(lost: float, gained: float) -> Change:
    if lost > 0:
        return "narrower"
    return "wider" if gained > 0 else "none"


def _sizes(old: float, new: float) -> Change:
    return _compared(float(old > new), float(new > old))


def _length(kind: Any) -> float:
    return math.inf if kind.length is None else float(kind.length)


def _strings(old: Any, new: Any) -> Change:
    return _sizes(_length(old), _length(new))


def _name(kind: Any) -> str:
    return str(kind.__visit_name__).upper()


def _digits(kind: Any) -> int:
    return _DIGITS.get(_name(kind), 9)


def _integers(old: Any, new: Any) -> Change:
    if getattr(old, "unsigned", False) != getattr(new, "unsigned", False):
        return "narrower"
    return _sizes(_digits(old), _digits(new))


def _is_float(kind: Any) -> bool:
    return isinstance(kind, sa.Float)


def _whole_digits(kind: Any) -> float:
    return math.inf if kind.precision is None else kind.precision - (kind.scale or 0)


def _decimal_places(kind: Any) -> float:
    return math.inf if kind.precision is None else kind.scale or 0


def _numbers(old: Any, new: Any) -> Change:
    if _is_float(old) and _is_float(new):
        return "none" if type(old) is type(new) else _sizes(_binary_digits(old), _binary_digits(new))
    if _is_float(old) or _is_float(new):
        return "other"
    changes = {
        _sizes(_whole_digits(old), _whole_digits(new)),
        _sizes(_decimal_places(old), _decimal_places(new)),
    }
    return next((change for change in ("narrower", "wider") if change in changes), "none")


def _binary_digits(kind: Any) -> int:
    return 24 if type(kind).__name__ in {"REAL", "FLOAT"} else 53


def _times(old: Any, new: Any) -> Change:
    return "none" if bool(old.timezone) == bool(new.timezone) else "other"


_FAMILIES: Final[tuple[tuple[Any, Any], ...]] = (
    (sa.String, _strings),
    (sa.Integer, _integers),
    ((sa.Numeric, sa.Float), _numbers),
    (sa.DateTime, _times),
    (sa.Time, _times),
    (sa.LargeBinary, _strings),
)
