"""Secrets out of sight: values as they may be shown."""

import dataclasses
import re
import types
import typing
from collections.abc import Iterable, Mapping
from operator import is_
from typing import Any, Final

from ..typed.nesting import MAX_DEPTH
from .declare import is_secret

__all__ = ["MASK", "is_secret_inside", "is_secret_name", "masked"]

MASK: Final = "********"
"""What is shown instead of a secret."""

_SECRET_WORDS: Final = frozenset(
    {
        *("credential", "credentials", "dsn", "key", "keys", "pass", "passphrase", "passwd", "password", "passwords"),
        *("pwd", "secret", "secrets", "sslpassword", "token", "tokens"),
    }
)
_LISTS: Final = (list, tuple, set, frozenset)
_WORDS: Final = re.compile(r"[^\W_]+")
_URL_PASSWORD: Final = re.compile(r"(://[^/?#@:\s]*:)[^/?#@\s]+(?=@)")


def is_secret_name(name: object) -> bool:
    """Return whether an undeclared key says itself that it has a secret, as ``API_KEY`` and ``password`` do."""
    return isinstance(name, str) and not _SECRET_WORDS.isdisjoint(_WORDS.findall(name.lower()))


def masked(value: Any, kind: Any = Any, *, secret: bool = False, around: tuple[int, ...] = ()) -> Any:
    """Return a value as it may be shown.

    Args:
        value: The value. It is left as it is.
        kind: Its declared type, whose nested dataclasses may declare secrets of their own.
        secret: Whether the value is declared a secret: all in it is masked but ``None``, and the keys of tables.
        around: The identities of the tables and lists around the value.

    Returns:
        The value, a copy where something in it was masked: declared secrets, keys of tables that say so themselves, and
        passwords in URLs.
    """
    if id(value) in around or len(around) > MAX_DEPTH:
        return MASK
    items: Mapping[Any, Any]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        items = {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    elif isinstance(value, Mapping):
        items = value
    elif type(value) in _LISTS:
        items = dict(enumerate(value))
    elif secret:
        return None if value is None else MASK
    else:
        return _URL_PASSWORD.sub(rf"\1{MASK}", value) if isinstance(value, str) else value
    shown = {}
    for step, item in items.items():
        item_kind, is_secret_item = _inside(kind, step)
        shown[step] = masked(item, item_kind, secret=secret or is_secret_item, around=(*around, id(value)))
    if all(map(is_, shown.values(), items.values())):
        return value
    return list(shown.values()) if type(value) in _LISTS else shown


def is_secret_inside(kind: Any, path: Iterable[str | int]) -> bool:
    """Return whether something inside a value is a secret.

    Args:
        kind: The declared type of the value.
        path: The keys of tables and indices of lists that lead to it.
    """
    for step in path:
        kind, secret = _inside(kind, step)
        if secret:
            return True
    return False


def _inside(kind: Any, step: Any) -> tuple[Any, bool]:
    """Return the type of what has a key or an index in a value, and whether it is a secret."""
    declared = _declared(kind)
    return declared[step] if step in declared else (_item_kind(kind), is_secret_name(step))


def _declared(kind: Any) -> dict[Any, tuple[Any, bool]]:
    """Return the fields of a dataclass, each with its type and whether it is a secret."""
    table = next(filter(dataclasses.is_dataclass, _members(kind)), None)
    if table is None:
        return {}
    try:
        hints = typing.get_type_hints(table, include_extras=True)
    except NameError:  # a value can be shown whose type cannot be read
        hints = {}
    return {field.name: (hints.get(field.name, Any), is_secret(field)) for field in dataclasses.fields(table)}


def _item_kind(kind: Any) -> Any:
    """Return the type of what is in a list or table type; undeclared where that is not one type."""
    kinds = [typing.get_args(member)[-1] for member in _members(kind) if len(typing.get_args(member)) in (1, 2)]
    return kinds[0] if len(kinds) == 1 else Any


def _members(kind: Any) -> tuple[Any, ...]:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _members(args[0])
    return args if origin in (typing.Union, types.UnionType) else (kind,)
