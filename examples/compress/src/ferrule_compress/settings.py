"""The settings of the extension."""

from dataclasses import dataclass
from typing import Final, Literal

from ferrule import setting

from .encoders import Encoding

__all__ = ["CompressSettings"]

_TYPES: Final = (
    "text/*",
    "application/*+json",
    "application/*+xml",
    "application/javascript",
    "application/json",
    "application/wasm",
    "application/x-ndjson",
    "application/xml",
    "font/otf",
    "font/ttf",
    "image/svg+xml",
)


@dataclass(frozen=True, kw_only=True)
class CompressSettings:
    encodings: tuple[Encoding, ...] = setting(
        ("zstd", "br", "gzip"), doc="The encodings to offer; of those that a client likes equally, the first."
    )
    types: tuple[str, ...] = setting(
        _TYPES, doc="The media types to compress; `*` stands for anything. Never text/event-stream."
    )
    minimum_size: int = setting(1024, doc="The smallest body to compress, in bytes: a packet of the network is as big.")
    maximum_file_size: int = setting(
        8 * 2**20, doc="The biggest file to compress, in bytes; a bigger one is sent as it is. 0 for no file."
    )
    zstd_level: Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19] = setting(
        3, doc="How hard zstd tries, 1 to 19."
    )
    br_level: Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] = setting(4, doc="How hard Brotli tries, 0 to 11.")
    gzip_level: Literal[1, 2, 3, 4, 5, 6, 7, 8, 9] = setting(4, doc="How hard gzip tries, 1 to 9.")
    cross_site: bool = setting(
        False,
        doc="Compress also what answers a request with credentials that another site may have made (BREACH).",
    )

    def level(self, encoding: str) -> int:
        """Return how hard an encoding tries."""
        return {"zstd": self.zstd_level, "br": self.br_level, "gzip": self.gzip_level}[encoding]
