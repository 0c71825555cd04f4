"""Every encoder gives back what it took, whole or in blocks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ferrule_compress.encoders import ENCODERS, encoded

Decode = Callable[[str | None, bytes], bytes]

BODIES = st.one_of(st.binary(max_size=3000), st.text().map(lambda text: (text * 40).encode()))
LEVELS = {"zstd": (1, 3, 19), "br": (0, 4, 11), "gzip": (1, 4, 9)}


@pytest.mark.parametrize("encoding", ENCODERS)
@given(body=BODIES)
def test_a_whole_body_comes_back(decode: Decode, encoding: str, body: bytes) -> None:
    for level in LEVELS[encoding]:
        assert decode(encoding, encoded(body, encoding, level)) == body


@pytest.mark.parametrize("encoding", ENCODERS)
@given(blocks=st.lists(st.tuples(st.binary(max_size=500), st.booleans()), max_size=20))
def test_blocks_come_back_flushed_or_not(decode: Decode, encoding: str, blocks: list[tuple[bytes, bool]]) -> None:
    encoder = ENCODERS[encoding](LEVELS[encoding][1])
    data = b"".join(encoder.encode(block) + (encoder.flush() if flushed else b"") for block, flushed in blocks)
    assert decode(encoding, data + encoder.finish()) == b"".join(block for block, _ in blocks)


@pytest.mark.parametrize("encoding", ENCODERS)
def test_one_body_gives_the_same_bytes_each_time(encoding: str) -> None:
    body = b"the same body, " * 1000
    assert len({encoded(body, encoding, LEVELS[encoding][1]) for _ in range(3)}) == 1


def test_the_window_of_zstd_is_what_browsers_take_at_every_level() -> None:
    for level in range(1, 20):
        encoder = ENCODERS["zstd"](level)
        data = encoder.encode(b"x") + encoder.flush()
        assert zstandard.get_frame_parameters(data).window_size <= 8 * 2**20
