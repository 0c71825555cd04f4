"""An application with compression, and what undoes it."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]  # the distribution has no types
import pytest
import zstandard

from ferrule import App

MakeApp = Callable[..., App]
Decode = Callable[[str | None, bytes], bytes]


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    """Make an application in an empty folder; the arguments are settings of the extension."""

    def make(**settings: Any) -> App:
        config = {f"COMPRESS_{name.upper()}": value for name, value in settings.items()}
        config["SECRET_KEY"] = "for tests: long, and random enough"
        extensions = ["compress"]
        return App(
            "shop", root_path=str(tmp_path), config_file=None, env="testing", extensions=extensions, config=config
        )

    return make


@pytest.fixture(scope="session")
def decode() -> Decode:
    """What a client does with a body."""

    def decode(encoding: str | None, body: bytes) -> bytes:
        if encoding == "gzip":
            return zlib.decompress(body, 31)
        if encoding == "zstd":
            decoder = zstandard.ZstdDecompressor(max_window_size=8 * 2**20).decompressobj()  # what browsers take
            return decoder.decompress(body)
        if encoding == "br":
            return bytes(brotli.decompress(body))
        assert encoding is None
        return body

    return decode
