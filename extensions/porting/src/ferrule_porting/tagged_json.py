"""The JSON in Flask's session cookies, which names the types that JSON does not have.

A value of such a type is an object with one key, its tag: ``{" t": [1, 2]}`` is a tuple. An object of the application's
own that looks like one stands in an object of its own, with two underscores behind its key.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from .json_provider import as_json_value

__all__ = ["TaggedJSONSerializer"]

_ESCAPED: Final = " di"
_ESCAPE: Final = "__"


class TaggedJSONSerializer:
    """Writes and reads tuples, bytes, ``Markup``, UUIDs and datetimes (as UTC, to the second) beside JSON's own types.

    Dates, decimals and dataclasses are written as Flask writes them, and read as the texts and dicts that they became.
    """

    def dumps(self, value: Any) -> str:
        """Return tagged JSON.

        Raises:
            TypeError: A value is of a type that Flask cannot store either.
        """
        return json.dumps(_tagged(value), separators=(",", ":"), default=as_json_value)

    def loads(self, value: str) -> Any:
        """Return what tagged JSON says. Any exception may leave it: the text is authentic, or was never looked at."""
        return _untagged(json.loads(value))


def _tagged(value: Any) -> Any:
    if isinstance(value, dict):
        return _tagged_dict({key: _tagged(item) for key, item in value.items()})
    if isinstance(value, list):
        return [_tagged(item) for item in value]
    for kind, tag, write in _WRITERS:
        if isinstance(value, kind):
            return {tag: write(value)}
    html = getattr(value, "__html__", None)
    return {" m": str(html())} if callable(html) else value


def _tagged_dict(tagged: dict[Any, Any]) -> dict[Any, Any]:
    key = next(iter(tagged), None)
    if len(tagged) == 1 and key in _READERS:
        return {_ESCAPED: {f"{key}{_ESCAPE}": tagged[key]}}
    return tagged


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {key: _untagged(item) for key, item in value.items()}
    key = next(iter(plain), "")
    return _READERS[key](plain[key]) if len(plain) == 1 and key in _READERS else plain


_WRITERS: Final[tuple[tuple[type, str, Callable[[Any], Any]], ...]] = (
    (tuple, " t", lambda value: [_tagged(item) for item in value]),
    (bytes, " b", lambda value: b64encode(value).decode("ascii")),
    (UUID, " u", lambda value: value.hex),
    (datetime, " d", http_date),
)
_READERS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        _ESCAPED: lambda escaped: {key.removesuffix(_ESCAPE): item for key, item in escaped.items()},
        " t": tuple,
        " b": b64decode,
        " m": Markup,
        " u": UUID,
        " d": parse_date,
    }
)
