"""JSON as Flask's default provider writes it, to the byte."""

import dataclasses
import decimal
import json
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from werkzeug.http import http_date

from ferrule.json import JSONProvider

__all__ = ["DefaultJSONProvider", "as_json_value"]


def as_json_value(value: Any) -> Any:
    """Return what stands in JSON for a value that it does not have, as Flask has it.

    Dates and datetimes are HTTP dates (RFC 9110, section 5.6.7), decimals and UUIDs texts, dataclasses objects, and
    what has an ``__html__`` method is that HTML.

    Raises:
        TypeError: There is nothing that could stand for it.
    """
    if isinstance(value, date):
        return http_date(value)
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(f"{type(value).__name__} cannot be written as JSON; set app.json.default to say how")


class DefaultJSONProvider(JSONProvider):
    """Flask's default provider: the same attributes, the same bytes.

    Args:
        app: The application; it is not kept alive.

    Attributes:
        default: Called with a value that JSON does not have; returns one that it has, or raises ``TypeError``.
        ensure_ascii: Escape what is not ASCII.
        sort_keys: Sort the keys of objects, which must then be comparable.
        compact: Write responses without indentation and blanks; ``None``: not in debug.
        mimetype: The media type of responses.
    """

    default: Callable[[Any], Any] = staticmethod(as_json_value)
    ensure_ascii: bool = True
    sort_keys: bool = True
    compact: bool | None = None
    mimetype: str = "application/json"

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return ``obj`` as JSON text; keywords are those of :func:`json.dumps`, and win over the attributes."""
        written: dict[str, Any] = {
            "default": self.default,
            "ensure_ascii": self.ensure_ascii,
            "sort_keys": self.sort_keys,
        }
        return json.dumps(obj, **(written | kwargs))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what JSON text says; keywords are those of :func:`json.loads`."""
        try:
            return json.loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("the JSON is nested too deeply") from error

    def encode(self, obj: Any) -> bytes:
        """Return ``obj`` as a response carries it: compact or indented, with a line break at the end."""
        app = self._app()
        indented = (app is not None and app.debug) if self.compact is None else not self.compact
        shape: dict[str, Any] = {"indent": 2} if indented else {"separators": (",", ":")}
        return f"{self.dumps(obj, **shape)}\n".encode()
