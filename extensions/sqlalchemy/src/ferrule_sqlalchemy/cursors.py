"""Cursors: places in an ordered list, as texts that nobody else can read or make."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from ferrule.keyring import KeyRing

__all__ = ["Cursors", "Place"]

SALT: Final = "ferrule_sqlalchemy cursor"

_FORMAT: Final = 1
_FINGERPRINT_SIZE: Final = 12

_PLAIN: Final = (type(None), bool, int, float, str)

_WRITTEN: Final[Mapping[type, tuple[str, Callable[[Any], Any]]]] = {
    Decimal: ("decimal", str),
    UUID: ("uuid", str),
    bytes: ("bytes", lambda value: b64encode(value).decode()),
    date: ("date", date.isoformat),
    datetime: ("datetime", datetime.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
}
_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "decimal": Decimal,
    "uuid": UUID,
    "bytes": b64decode,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda value: timedelta(*value),
}


@dataclass(frozen=True)
class Place:
    """A place in an ordered list, and which way to go from there.

    Attributes:
        values: The values of the keys, as the driver had them.
        is_backward: Go to the list's beginning.
        is_inclusive: What is at the place itself comes, too.
    """

    values: tuple[Any, ...]
    is_backward: bool = False
    is_inclusive: bool = False

    def turned(self) -> Place:
        """Return the same place with all that does not follow it."""
        return replace(self, is_backward=not self.is_backward, is_inclusive=not self.is_inclusive)


class Cursors:
    """Writes and reads the cursors of one list; made anew for each page.

    A cursor is encrypted and authenticated with the key ring of the application: it holds values of columns that the
    visitor may not be shown. The ring's fallbacks read what they wrote.

    Args:
        keyring: The keys.
        described: What the list is, in values that JSON has. Cursors of other lists are none of this one.
    """

    def __init__(self, keyring: KeyRing, described: Iterable[Any]) -> None:
        self._keyring = keyring
        self._described = described

    @cached_property
    def _fingerprint(self) -> str:
        told = json.dumps([_FORMAT, *self._described]).encode()
        return b64encode(sha256(told).digest()[:_FINGERPRINT_SIZE]).decode()

    def write(self, place: Place) -> str:
        """Make a cursor.

        Args:
            place: The place.

        Raises:
            ConfigError: There is no secret key.
            ValueError: A value is of a type that cannot stand in a cursor, or there is too much of it.
        """
        values = list(map(_written, place.values))
        told = [self._fingerprint, place.is_backward, place.is_inclusive, values]
        return self._keyring.encrypter(SALT).encrypt(json.dumps(told, separators=(",", ":")).encode())

    def read(self, cursor: str) -> Place | None:
        """Return the place of a cursor; ``None`` if it is none of this list.

        Args:
            cursor: Any text.
        """
        told = self._keyring.encrypter(SALT).decrypt(cursor)
        if told is None:
            return None
        fingerprint, is_backward, is_inclusive, values = json.loads(told)  # it is authentic, so it is of this form
        if fingerprint != self._fingerprint:
            return None
        return Place(tuple(map(_read, values)), is_backward, is_inclusive)


def _written(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if type(value) not in _WRITTEN:
        raise ValueError(
            f"paginate_by_key: the select is ordered by a value of type {type(value).__name__}, which cannot stand in a"
            f" cursor; order by numbers, texts, bytes, dates, times or UUIDs, or cast it to one of them"
        )
    name, write = _WRITTEN[type(value)]
    return [name, write(value)]


def _read(value: Any) -> Any:
    return _READ[value[0]](value[1]) if isinstance(value, list) else value
