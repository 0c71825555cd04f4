"""JSON: the provider that an application reads and writes it with, and the functions that ask the current one."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Iterator
from functools import cache
from typing import IO, TYPE_CHECKING, Any, Final

from werkzeug.wrappers import Response as WerkzeugResponse

from .context import current_context, has_app_context

if TYPE_CHECKING:
    from .app import App

__all__ = ["JSONProvider", "MsgspecProvider", "dump", "dumps", "jsonify", "load", "loads"]

_LONGEST_PLACE: Final = 200


class JSONProvider:
    """How an application reads and writes JSON. Override :meth:`dumps` and :meth:`loads` to use another library.

    Args:
        app: The application; it is not kept alive. ``None``: the provider reads and writes, and makes no responses.
    """

    mimetype = "application/json"
    """The media type of the responses."""

    def __init__(self, app: App | None) -> None:
        self._app: Callable[[], App | None] = weakref.ref(app) if app is not None else lambda: None

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return ``obj`` as JSON text.

        Args:
            obj: What to write.
            **kwargs: For the library behind the provider.
        """
        raise NotImplementedError  # the base class names the contract; the default provider is MsgspecProvider

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what JSON text says.

        Args:
            s: The text, or its UTF-8 bytes.
            **kwargs: For the library behind the provider.

        Raises:
            ValueError: The text is not JSON (RFC 8259).
        """
        raise NotImplementedError  # the base class names the contract; the default provider is MsgspecProvider

    def dump(self, obj: Any, fp: IO[str], **kwargs: Any) -> None:
        """Write ``obj`` as JSON to a text file."""
        fp.write(self.dumps(obj, **kwargs))

    def load(self, fp: IO[str] | IO[bytes], **kwargs: Any) -> Any:
        """Return what the JSON in a file says."""
        return self.loads(fp.read(), **kwargs)

    def encode(self, obj: Any) -> bytes:
        """Return ``obj`` as JSON in UTF-8, as a response carries it."""
        return self.dumps(obj).encode()

    def response(self, *args: Any, **kwargs: Any) -> WerkzeugResponse:
        """Return a response with the arguments as JSON: one value, a list of several, or the keywords as an object.

        Raises:
            TypeError: Positional and keyword arguments were mixed.
        """
        app = self._app()
        if app is None:
            raise ReferenceError("the application of this JSON provider is gone")
        return app.response_class(self.encode(_payload(args, kwargs)), mimetype=self.mimetype)


class MsgspecProvider(JSONProvider):
    """The default: msgspec, which also writes dataclasses, structs, enums, dates (RFC 3339), UUIDs, decimals and sets.

    What cannot be written is a ``TypeError`` with the type, and a note with the place, such as ``['notes'][2].author``.

    Attributes:
        default: Called with a value that msgspec cannot write; returns one that it can, or raises ``TypeError``.
    """

    default: Callable[[Any], Any] | None = None

    def __init__(self, app: App | None) -> None:
        # PERF: msgspec takes longer to import than all of this package; an application that speaks no JSON never pays.
        import msgspec

        super().__init__(app)
        self._encoder = msgspec.json.Encoder(enc_hook=self._unknown)
        self._decoder = msgspec.json.Decoder()

    def encode(self, obj: Any) -> bytes:
        """Return ``obj`` as JSON in UTF-8."""
        try:
            return self._encoder.encode(obj)
        except (TypeError, ValueError, RecursionError) as error:
            if place := self._place(obj, ""):
                error.add_note(f"while JSON was made, at {place}")
            raise

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return ``obj`` as JSON text; keywords are those of :func:`json.dumps`, such as ``indent``."""
        if not kwargs:
            return self.encode(obj).decode()
        return json.dumps(obj if "default" in kwargs else self._decoder.decode(self.encode(obj)), **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what JSON text says; keywords are those of :func:`json.loads`."""
        try:
            return json.loads(s, **kwargs) if kwargs else self._decoder.decode(s)
        except RecursionError as error:
            raise ValueError("the JSON is nested too deeply") from error

    def _unknown(self, value: Any) -> Any:
        if hasattr(value, "__html__"):
            return str(value.__html__())
        if value is None or isinstance(value, bool):  # the key of a dict, as the standard library writes it
            return json.dumps(value)
        if self.default is not None:
            return self.default(value)
        for kind in (str, int, float):
            if isinstance(value, kind):  # a subclass
                return kind(value)
        raise TypeError(f"{type(value).__name__} cannot be written as JSON; set app.json.default to say how")

    def _place(self, value: Any, place: str) -> str:
        """Return where in a value the first thing stands that cannot be written."""
        for step, part in _parts(value) if len(place) < _LONGEST_PLACE else ():
            try:
                self._encoder.encode(part)
            except (TypeError, ValueError, RecursionError):
                return self._place(part, place + step)
        return place


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"[{key!r:.60}]", item) for key, item in value.items())
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from ((f"[{index}]", item) for index, item in enumerate(value))
    elif not isinstance(value, type):
        for name in getattr(value, "__struct_fields__", getattr(value, "__dataclass_fields__", ())):
            yield f".{name}", getattr(value, name, None)


def _payload(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if args and kwargs:
        raise TypeError("JSON is made of positional or of keyword arguments, not of both")
    if not args:
        return kwargs or None
    return args[0] if len(args) == 1 else list(args)


@cache
def _unbound() -> JSONProvider:
    return MsgspecProvider(None)


def _provider() -> JSONProvider:
    return current_context().app.json if has_app_context() else _unbound()


def dumps(obj: Any, **kwargs: Any) -> str:
    """Return ``obj`` as JSON text, by the provider of the current application; by the default one outside of any.

    Args:
        obj: What to write.
        **kwargs: For the provider's :meth:`~JSONProvider.dumps`.
    """
    return _provider().dumps(obj, **kwargs)


def loads(s: str | bytes, **kwargs: Any) -> Any:
    """Return what JSON text says; see :func:`dumps`.

    Args:
        s: The text, or its UTF-8 bytes.
        **kwargs: For the provider's :meth:`~JSONProvider.loads`.

    Raises:
        ValueError: The text is not JSON (RFC 8259).
    """
    return _provider().loads(s, **kwargs)


def dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Write ``obj`` as JSON to a text file; see :func:`dumps`."""
    _provider().dump(obj, fp, **kwargs)


def load(fp: IO[str] | IO[bytes], **kwargs: Any) -> Any:
    """Return what the JSON in a file says; see :func:`loads`."""
    return _provider().load(fp, **kwargs)


def jsonify(*args: Any, **kwargs: Any) -> WerkzeugResponse:
    """Make a response with the arguments as JSON: one value, a list of several, or the keywords as an object.

    Raises:
        TypeError: Positional and keyword arguments were mixed.
        ContextError: There is no context.
    """
    return current_context().app.json.response(*args, **kwargs)
