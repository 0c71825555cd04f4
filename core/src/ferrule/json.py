"""JSON: the provider that an application reads and writes it with."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from werkzeug.wrappers import Response as WerkzeugResponse

if TYPE_CHECKING:
    from .app import App

__all__ = ["JSONProvider", "MsgspecProvider"]


class JSONProvider:
    """How an application reads and writes JSON. Override :meth:`dumps` and :meth:`loads` to use another library.

    Args:
        app: The application; it is not kept alive.
    """

    mimetype = "application/json"
    """The media type of the responses."""

    def __init__(self, app: App) -> None:
        self._app = weakref.ref(app)

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
    """The default: msgspec, which also writes dataclasses, structs, dates (RFC 3339), UUIDs, decimals and sets.

    Attributes:
        default: Called with a value that msgspec cannot write; returns one that it can, or raises ``TypeError``.
    """

    default: Callable[[Any], Any] | None = None

    def __init__(self, app: App) -> None:
        # PERF: msgspec takes longer to import than all of this package; an application that speaks no JSON never pays.
        import msgspec

        super().__init__(app)
        self._encoder = msgspec.json.Encoder(enc_hook=self._unknown)
        self._decoder = msgspec.json.Decoder()

    def encode(self, obj: Any) -> bytes:
        """Return ``obj`` as JSON in UTF-8."""
        return self._encoder.encode(obj)

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return ``obj`` as JSON text; keywords are those of :func:`json.dumps`, such as ``indent``."""
        if not kwargs:
            return self._encoder.encode(obj).decode()
        return json.dumps(self._decoder.decode(self._encoder.encode(obj)), **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what JSON text says; keywords are those of :func:`json.loads`."""
        try:
            return json.loads(s, **kwargs) if kwargs else self._decoder.decode(s)
        except RecursionError as error:
            raise ValueError("the JSON is nested too deeply") from error

    def _unknown(self, value: Any) -> Any:
        if value is None or isinstance(value, bool):  # a key, which msgspec leaves to us
            return json.dumps(value)
        if hasattr(value, "__html__"):
            return str(value.__html__())
        if self.default is not None:
            return self.default(value)
        raise TypeError(f"{type(value).__name__} cannot be written as JSON; set app.json.default to say how")


def _payload(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if args and kwargs:
        raise TypeError("JSON is made of positional or of keyword arguments, not of both")
    if not args:
        return kwargs or None
    return args[0] if len(args) == 1 else list(args)
