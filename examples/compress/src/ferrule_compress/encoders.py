"""The three encodings behind one interface: a block in, bytes out, at once where the client waits for them."""

import zlib
from collections.abc import Callable
from typing import Final, Literal, Protocol, TypeAlias

import brotli  # type: ignore[import-untyped]  # the distribution has no types
import zstandard

__all__ = ["ENCODERS", "Encoder", "Encoding", "encoded"]

Encoding: TypeAlias = Literal["zstd", "br", "gzip"]
"""The encodings by their names in ``Content-Encoding``."""

_GZIP: Final = 16 + zlib.MAX_WBITS


class Encoder(Protocol):
    """The encoder of one body."""

    def encode(self, block: bytes) -> bytes:
        """Take a block; return what is ready, which may be nothing."""

    def flush(self) -> bytes:
        """Return the rest of all that was taken, so that the client can decode it now."""

    def finish(self) -> bytes:
        """Return the end of the body."""


class Zstd:
    """Zstandard (RFC 8878), whose window stays within the 8 MiB that browsers allow (RFC 9659) up to level 19."""

    def __init__(self, level: int, size: int = -1) -> None:
        self._encoder = zstandard.ZstdCompressor(level=level).compressobj(size)
        self.encode = self._encoder.compress

    def flush(self) -> bytes:
        return self._encoder.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def finish(self) -> bytes:
        return self._encoder.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)


class Brotli:
    """Brotli (RFC 7932)."""

    def __init__(self, level: int, size: int = -1) -> None:
        encoder = brotli.Compressor(quality=level)
        self.encode: Callable[[bytes], bytes] = encoder.process
        self.flush: Callable[[], bytes] = encoder.flush
        self.finish: Callable[[], bytes] = encoder.finish


class Gzip:
    """gzip (RFC 1952), without a time in it: the same body gives the same bytes."""

    def __init__(self, level: int, size: int = -1) -> None:
        self._encoder = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
        self.encode: Callable[[bytes], bytes] = self._encoder.compress

    def flush(self) -> bytes:
        return self._encoder.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._encoder.flush()


ENCODERS: Final[dict[str, Callable[..., Encoder]]] = {"zstd": Zstd, "br": Brotli, "gzip": Gzip}
"""What makes the encoder of one body, of a level and, where it is known, the body's size in bytes."""


def encoded(body: bytes, encoding: str, level: int) -> bytes:
    """Return a whole body, encoded."""
    encoder = ENCODERS[encoding](level, len(body))
    return encoder.encode(body) + encoder.finish()
