"""What a session may hold, and the bytes that it is stored as.

The format is MessagePack. Types that MessagePack does not have travel in its extension types, which lie beside all
other values; so nothing that an application stores can be mistaken for a tag of ours. There is no pickle in it: reading
runs no code but this module's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from markupsafe import Markup
from msgspec.msgpack import Decoder, Encoder, Ext

__all__ = ["MAX_DEPTH", "dumps", "loads"]

MAX_DEPTH: Final = 64
"""How deep containers may be nested. Far from where reading or writing would exhaust the stack."""

_MOST_REFUSALS: Final = 10
_INTEGERS: Final = range(-(2**63), 2**64)
"""The integers that MessagePack has."""


class _Extension(NamedTuple):
    """How one type travels that MessagePack does not have. A code is for ever: cookies outlive releases."""

    code: int
    kind: type
    taken_apart: Callable[[Any], Any]
    made: Callable[[Any], Any]


class _UnstorableError(Exception):
    """Something was found that cannot be stored; where, is looked up afterwards."""


def dumps(session: Mapping[str, Any]) -> bytes:
    """Store a session.

    ``None``, ``bool``, ``int`` of any size, ``float``, ``str``, ``bytes``, ``dict``, ``list``, ``tuple``, ``set``,
    ``frozenset``, ``datetime`` (its time zone as an offset), ``date``, ``time``, ``timedelta``, ``Decimal``, ``UUID``
    and ``Markup`` come back as they are. An instance of a subclass comes back as one of the class in this list, an
    object with an ``__html__`` method as ``Markup``.

    Nothing is compressed. A session holds secrets beside what a visitor typed, and the length of a text compressed from
    both tells how much they resemble each other (CRIME, CVE-2012-4929; BREACH, CVE-2013-3587).

    Args:
        session: What to store.

    Raises:
        TypeError: The session holds something else; the text names each place.
    """
    held = dict(session)
    try:
        return _encode(_packed(held, 0))
    except _UnstorableError:
        raise TypeError("\n".join(islice(_refusals(held, "session", 0), _MOST_REFUSALS))) from None


def loads(data: bytes) -> dict[str, Any] | None:
    """Return the session that some bytes are, ``None`` if they are none.

    Args:
        data: Authentic bytes: what they take to read is not bounded here.
    """
    try:
        session = _decode(data)
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError):
        return None
    return session if type(session) is dict else None


def _packed(value: Any, depth: int) -> Any:
    """Return a value in types that MessagePack has."""
    kind = type(value)
    if kind in _HELD or (kind is str and _is_unicode(value)) or (kind is int and value in _INTEGERS):
        return value
    if (kind is list or kind is dict) and depth > MAX_DEPTH:
        raise _UnstorableError
    if kind is list:
        return [_packed(item, depth + 1) for item in value]
    if kind is dict and all(type(key) is str and _is_unicode(key) for key in value):
        return {key: _packed(item, depth + 1) for key, item in value.items()}
    return _extended(value, depth)


def _extended(value: Any, depth: int) -> Any:
    """Return a value as an extension; an instance of a subclass as one of the class that can be stored."""
    kind = type(value)
    # Of the type, not of the value: a proxy answers for what it stands for, and would be gone before it is read again.
    html = getattr(kind, "__html__", None)
    if callable(html) and kind is not Markup:
        return _packed(Markup(html(value)), depth)  # noqa: S704 - the object says that it is HTML
    for base in kind.__mro__:
        if base in _EXACT and base is not kind:
            return _packed(_EXACT[base](value), depth)
        if base in _BY_KIND:
            extension = _BY_KIND[base]
            return Ext(extension.code, _encode(_packed(extension.taken_apart(value), depth)))
    raise _UnstorableError


def _unpacked(code: int, data: memoryview) -> Any:
    return _BY_CODE[code].made(_decode(data))


def _is_unicode(text: str) -> bool:
    """Tell whether a text can be written as UTF-8, which surrogates cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _pairs(parts: Any) -> dict[Any, Any]:
    each = iter(parts)
    return dict(zip(each, each, strict=True))


def _folded(value: Any) -> list[Any]:
    """Return a moment with what its text leaves out: in which of the two hours it is, when the clock is set back."""
    kind: Any = datetime if isinstance(value, datetime) else time  # not its own, which may write it otherwise
    return [kind.isoformat(value), value.fold]


def _refusals(value: Any, place: str, depth: int) -> Iterator[str]:
    """Go through the places inside a value that cannot be stored; every item is a line for the error."""
    if not isinstance(value, _CONTAINERS):
        try:
            _packed(value, 0)
        except _UnstorableError:
            cure = "store its id, or a dict, list, str or number made of it"
            yield f"{place}: {type(value).__name__} cannot be stored in a session; {cure}"
    elif depth > MAX_DEPTH:
        yield f"{place[:60]}…: is nested more than {MAX_DEPTH} deep, or in itself; a session cannot store that"
    elif isinstance(value, dict):
        for key, item in value.items():
            shown = json.dumps(key, ensure_ascii=False) if isinstance(key, str) else repr(key)
            yield from _refusals(key, f"{place}, key {shown}", depth + 1)
            yield from _refusals(item, f"{place}[{shown}]", depth + 1)
    else:
        for index, item in enumerate(value):
            where = f"{place}[{index}]" if isinstance(value, (list, tuple)) else f"{place}, a member"
            yield from _refusals(item, where, depth + 1)


_CONTAINERS: Final = (dict, list, tuple, set, frozenset)
_HELD: Final = frozenset({type(None), bool, float, bytes})
_EXACT: Final[dict[type, Callable[[Any], Any]]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    bytes: lambda value: bytes(memoryview(value)),
    list: list,
    dict: lambda value: dict(value.items()),
}
_ANY_TEXT: Final = ("utf-8", "surrogatepass")
_MICROSECOND: Final = timedelta(microseconds=1)
_EXTENSIONS: Final = (
    _Extension(1, tuple, list, tuple),
    _Extension(2, set, list, set),
    _Extension(3, frozenset, list, frozenset),
    _Extension(4, Markup, str.__str__, Markup),
    _Extension(5, UUID, lambda value: value.bytes, lambda data: UUID(data.hex())),
    _Extension(6, datetime, _folded, lambda parts: datetime.fromisoformat(parts[0]).replace(fold=parts[1])),
    _Extension(7, date, date.isoformat, date.fromisoformat),
    _Extension(8, time, _folded, lambda parts: time.fromisoformat(parts[0]).replace(fold=parts[1])),
    _Extension(9, timedelta, lambda value: value // _MICROSECOND, lambda count: count * _MICROSECOND),
    _Extension(10, Decimal, str, Decimal),
    # These only where MessagePack's own type does not hold them.
    _Extension(11, int, hex, lambda text: int(text, 16)),
    _Extension(12, str, lambda text: text.encode(*_ANY_TEXT), lambda data: data.decode(*_ANY_TEXT)),
    _Extension(13, dict, lambda value: list(chain.from_iterable(value.items())), _pairs),
)
_BY_KIND: Final = {extension.kind: extension for extension in _EXTENSIONS}
_BY_CODE: Final = {extension.code: extension for extension in _EXTENSIONS}
_encode: Final = Encoder().encode
_decode: Final = Decoder(ext_hook=_unpacked).decode
