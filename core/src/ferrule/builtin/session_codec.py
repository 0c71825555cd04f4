"""What a session may hold, and the bytes that it is stored as.

The format is MessagePack. Types that MessagePack does not have travel in its extension types, which lie beside all
other values; so nothing that an application stores can be mistaken for a tag of ours. There is no pickle in it: reading
runs no code but this module's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

from markupsafe import Markup
from msgspec.msgpack import Decoder, Encoder, Ext

__all__ = ["MAX_DEPTH", "dumps", "loads"]

MAX_DEPTH: Final = 64
"""How deep containers may be nested. Far from where reading or writing would exhaust the stack."""

_MOST_REFUSALS: Final = 10
_FOLD: Final = "~"


@dataclass(frozen=True, slots=True)
class _Extension:
    """How one type travels that MessagePack does not have. A code is for ever: cookies outlive releases."""

    code: int
    kind: type
    pack: Callable[[Any, int], bytes]
    unpack: Callable[[bytes], Any]


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
        return _encode(_pack_dict(held, 0))
    except _UnstorableError:
        raise TypeError("\n".join(islice(_refusals(held, "session", 0), _MOST_REFUSALS))) from None


def loads(data: bytes) -> dict[str, Any] | None:
    """Return the session that some bytes are, ``None`` if they are none.

    Args:
        data: Authentic bytes: what they take to read is not bounded here.
    """
    try:
        session = _decode(data)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        return None
    return session if type(session) is dict else None


def _packed(value: Any, depth: int) -> Any:
    pack = _PACKERS.get(type(value))
    return _pack_relative(value, depth) if pack is None else pack(value, depth)


def _pack_relative(value: Any, depth: int) -> Any:
    """Pack an instance of a subclass as one of the class that can be stored."""
    # Of the type, not of the value: a proxy answers for what it stands for, and would be gone before it is read again.
    html = getattr(type(value), "__html__", None)
    if callable(html):
        return _packed(Markup(html(value)), depth)  # noqa: S704 - the object says that it is HTML
    for kind in type(value).__mro__:
        if kind in _PACKERS:
            return _PACKERS[kind](_EXACT[kind](value) if kind in _EXACT else value, depth)
    raise _UnstorableError


def _pack_dict(value: dict[Any, Any], depth: int) -> Any:
    _check(depth)
    packed = {}
    for key, item in value.items():
        if type(key) is not str or not _is_unicode(key):
            return Ext(_PAIRS, _pack_pairs(value, depth))
        packed[key] = _packed(item, depth + 1)
    return packed


def _pack_pairs(value: dict[Any, Any], depth: int) -> bytes:
    """Pack a dict whose keys are not all texts: MessagePack's own maps cannot have extension types for keys."""
    return _pack_items(chain.from_iterable(value.items()), depth)


def _unpack_pairs(data: bytes) -> dict[Any, Any]:
    parts = iter(_decode(data))
    return dict(zip(parts, parts, strict=True))


def _pack_list(value: Iterable[Any], depth: int) -> list[Any]:
    _check(depth)
    return [_packed(item, depth + 1) for item in value]


def _pack_items(value: Iterable[Any], depth: int) -> bytes:
    return _encode(_pack_list(value, depth))


def _pack_int(value: int, _depth: int) -> Any:
    return value if -0x8000_0000_0000_0000 <= value <= 0xFFFF_FFFF_FFFF_FFFF else Ext(_INT, _int_to_bytes(value))


def _int_to_bytes(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _int_from_bytes(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _pack_text(value: str, _depth: int) -> Any:
    return value if _is_unicode(value) else Ext(_TEXT, _text_to_bytes(value))


def _is_unicode(text: str) -> bool:
    """Tell whether a text has no lone surrogates; JSON lets them through, UTF-8 has no bytes for them."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text_to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text_from_bytes(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _markup_from_bytes(data: bytes) -> Markup:
    return Markup(_text_from_bytes(data))  # noqa: S704 - it was Markup before it was stored


def _moment_to_bytes(kind: Any, value: datetime | time) -> bytes:
    # What isoformat leaves out: in which of the two hours a naive time is, when the clock is set back (PEP 495).
    return f"{kind.isoformat(value)}{_FOLD * value.fold}".encode()


def _moment_from_bytes(kind: Any, data: bytes) -> Any:
    text = data.decode()
    return kind.fromisoformat(text.removesuffix(_FOLD)).replace(fold=text.endswith(_FOLD))


def _as_is(value: Any, _depth: int) -> Any:
    return value


def _check(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _UnstorableError


def _unpacked(code: int, data: memoryview) -> Any:
    return _UNPACKERS[code](bytes(data))


def _extension_packer(extension: _Extension) -> Callable[[Any, int], Ext]:
    code, pack = extension.code, extension.pack
    return lambda value, depth: Ext(code, pack(value, depth))


def _refusals(value: Any, place: str, depth: int) -> Iterator[str]:
    """Yield a text for each place in a value that cannot be stored."""
    kind = type(value)
    if not issubclass(kind, (dict, list, tuple, set, frozenset)):
        yield from _refusal(value, place)
    elif depth > MAX_DEPTH:
        yield f"{place[:60]}…: is nested more than {MAX_DEPTH} deep, or in itself; a session cannot store that"
    elif issubclass(kind, dict):
        for key, item in value.items():
            yield from _refusals(key, f"{place}, key {_shown(key)}", depth + 1)
            yield from _refusals(item, f"{place}[{_shown(key)}]", depth + 1)
    else:
        for index, item in enumerate(value):
            where = f"{place}[{index}]" if issubclass(kind, (list, tuple)) else f"{place}, a member"
            yield from _refusals(item, where, depth + 1)


def _refusal(value: Any, place: str) -> Iterator[str]:
    try:
        _packed(value, 0)
    except _UnstorableError:
        yield (
            f"{place}: {type(value).__name__} cannot be stored in a session; store its id, or a dict, list, str or"
            " number made of it"
        )


def _shown(key: object) -> str:
    return json.dumps(key, ensure_ascii=False) if isinstance(key, str) else repr(key)


_INT: Final = 11
_TEXT: Final = 12
_PAIRS: Final = 13

_encode: Final = Encoder().encode
_decode: Final = Decoder(ext_hook=_unpacked).decode

_MICROSECOND: Final = timedelta(microseconds=1)

_EXTENSIONS: Final = (
    _Extension(1, tuple, _pack_items, lambda data: tuple(_decode(data))),
    _Extension(2, set, _pack_items, lambda data: set(_decode(data))),
    _Extension(3, frozenset, _pack_items, lambda data: frozenset(_decode(data))),
    _Extension(4, Markup, lambda value, _: _text_to_bytes(value), _markup_from_bytes),
    _Extension(5, UUID, lambda value, _: value.bytes, lambda data: UUID(bytes=data)),
    _Extension(6, datetime, lambda value, _: _moment_to_bytes(datetime, value), partial(_moment_from_bytes, datetime)),
    _Extension(
        7, date, lambda value, _: date.isoformat(value).encode(), lambda data: date.fromisoformat(data.decode())
    ),
    _Extension(8, time, lambda value, _: _moment_to_bytes(time, value), partial(_moment_from_bytes, time)),
    _Extension(
        9,
        timedelta,
        lambda value, _: _int_to_bytes(value // _MICROSECOND),
        lambda data: timedelta(microseconds=_int_from_bytes(data)),
    ),
    _Extension(10, Decimal, lambda value, _: str(value).encode(), lambda data: Decimal(data.decode())),
    _Extension(_INT, int, lambda value, _: _int_to_bytes(value), _int_from_bytes),
    _Extension(_TEXT, str, lambda value, _: _text_to_bytes(value), _text_from_bytes),
    _Extension(_PAIRS, dict, _pack_pairs, _unpack_pairs),
)

_EXACT: Final[dict[type, Callable[[Any], Any]]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    bytes: lambda value: bytes(memoryview(value)),
}
"""How an instance of a subclass of what MessagePack has becomes one of the class, whatever the subclass overrides."""

_UNPACKERS: Final = {extension.code: extension.unpack for extension in _EXTENSIONS}
_PACKERS: Final[dict[type, Callable[[Any, int], Any]]] = {
    # The last rows win: an int, a str and a dict need their extension only if MessagePack's own does not hold them.
    **{extension.kind: _extension_packer(extension) for extension in _EXTENSIONS},
    type(None): _as_is,
    bool: _as_is,
    float: _as_is,
    bytes: _as_is,
    int: _pack_int,
    str: _pack_text,
    list: _pack_list,
    dict: _pack_dict,
}
