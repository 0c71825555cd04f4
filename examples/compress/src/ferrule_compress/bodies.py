"""What of a response is compressed, and how its body is replaced."""

import re
from collections.abc import Iterator
from fnmatch import translate
from functools import lru_cache
from typing import Final

from werkzeug.wrappers import Response

from .encoders import ENCODERS, Encoder, encoded
from .entity_tags import with_suffix
from .settings import CompressSettings

__all__ = ["compress", "is_compressible", "is_whole", "vary"]

_FINAL: Final = frozenset(
    {
        "content-digest",  # RFC 9530
        "content-encoding",
        "content-md5",
        "digest",
        "repr-digest",
        "transfer-encoding",
        "x-accel-redirect",  # the server in front sends a file instead
        "x-sendfile",
    }
)
"""Headers of a body that is not to be touched: it is encoded, summed up, or sent by somebody else."""


def is_compressible(response: Response, settings: CompressSettings, minimum: int) -> bool:
    """Tell, by the headers alone, whether a response is one that is compressed for those who take it."""
    head = {name.lower(): value for name, value in response.headers}
    length = head.get("content-length", "")
    size = int(length) if length.isdecimal() else None  # none of a stream
    if size is not None and size < minimum and "content-range" not in head:  # PERF: first, since most are small
        return False
    if not _is_typed(head.get("content-type", ""), settings.types) or not _FINAL.isdisjoint(head):
        return False
    if "cache-control" in head and "no-transform" in ",".join(response.headers.getlist("Cache-Control")).lower():
        return False
    return size is None or size <= settings.maximum_file_size or not response.direct_passthrough


@lru_cache(maxsize=256)
def _is_typed(content_type: str, types: tuple[str, ...]) -> bool:
    media = content_type.partition(";")[0].strip().lower()
    return media != "text/event-stream" and any(re.fullmatch(translate(pattern.lower()), media) for pattern in types)


def is_whole(response: Response) -> bool:
    """Tell whether a response has the whole body that its headers tell of: no part of it, and not none."""
    # 205 has no content (RFC 9110, section 15.3.6); 206 and 304 tell of the body that 200 would have, and so say Vary.
    return (
        response.status_code >= 200
        and response.status_code not in (204, 205, 206, 304)
        and ("Content-Range" not in response.headers)
    )


def vary(response: Response) -> None:
    """Say that another client may get another body."""
    present = response.headers.getlist("Vary")
    if not present:
        response.headers.add("Vary", "Accept-Encoding")
    elif not {"*", "accept-encoding"} & {name.strip().lower() for name in ",".join(present).split(",")}:
        response.headers.set("Vary", ", ".join([*present, "Accept-Encoding"]))


def compress(response: Response, encoding: str, level: int, minimum: int, *, is_head: bool) -> None:
    """Replace the body of a response by the encoded one, and the headers that told of it.

    Args:
        response: The response.
        encoding: The encoding.
        level: How hard it tries.
        minimum: The smallest body to compress, in bytes.
        is_head: The body is not sent: it is not encoded, and its length, which nobody knows, is not told.
    """
    is_known = response.is_sequence
    body = b"".join(response.iter_encoded()) if is_known else b""
    if is_known and len(body) < minimum:
        return
    headers = response.headers
    if is_known and not is_head:
        response.response = [encoded(body, encoding, level)]
        headers.set("Content-Length", str(len(response.response[0])))
    else:
        response.response = EncodedBlocks(response, ENCODERS[encoding](level))
        response.direct_passthrough = False
        headers.pop("Content-Length", None)
    headers.set("Content-Encoding", encoding)
    headers.pop("Accept-Ranges", None)  # parts are those of the body as it is
    if "ETag" in headers:
        headers.set("ETag", with_suffix(headers["ETag"], encoding))


class EncodedBlocks:
    """The blocks of a stream, encoded one by one. What a generator yields is sent at once, a file as it fills blocks.

    Args:
        response: The response, with the body as it is.
        encoder: The encoder.
    """

    def __init__(self, response: Response, encoder: Encoder) -> None:
        self._source = response.response
        self._blocks = response.iter_encoded()
        self._encoder = encoder
        self._is_file = response.direct_passthrough

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            data = self._encoder.encode(block)
            if block and not self._is_file:  # who yields it may be long about the next
                data += self._encoder.flush()
            if data:
                yield data
        yield self._encoder.finish()

    def close(self) -> None:
        """Close the source, which may hold a context or a file."""
        getattr(self._source, "close", lambda: None)()
