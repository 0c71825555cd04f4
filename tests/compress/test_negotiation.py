"""Which encoding a request gets, against RFC 9110 and against Werkzeug's reading of the header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from ferrule_compress.negotiation import choose

ALL = ("zstd", "br", "gzip")


@pytest.mark.parametrize(
    ("header", "encoding", "takes_plain"),
    [
        (None, None, True),
        ("", None, True),
        ("gzip", "gzip", True),
        ("GZip", "gzip", True),
        ("x-gzip", "gzip", True),
        ("gzip, deflate, br, zstd", "zstd", True),
        ("gzip, deflate, br", "br", True),
        ("br;q=0.5, gzip;q=0.8", "gzip", True),
        ("gzip;q=0.001", "gzip", True),
        ("gzip;q=0", None, True),
        ("deflate, compress", None, True),
        ("*", "zstd", True),
        ("zstd;q=0, *", "br", True),
        ("*;q=0", None, False),
        ("gzip, *;q=0", "gzip", False),
        ("identity", None, True),
        ("identity, gzip;q=0.5", None, True),
        ("identity;q=0.5, gzip;q=0.5", "gzip", True),
        ("identity;q=0.5, gzip", "gzip", True),
        ("identity;q=0, gzip;q=0.1", "gzip", False),
        ("identity;q=0", None, False),
        ("gzip;q=0.5, *;q=0.8, br;q=0, zstd;q=0", None, True),
        ("identity, *;q=0", None, True),
        ("gzip;q=nonsense", None, True),
        (", ,;q=1,gzip", "gzip", True),
        ("br" + " " * 300 + ", gzip;q=0.5", "br", True),
    ],
)
def test_the_encoding_that_the_client_ranks_highest(
    header: str | None, encoding: str | None, takes_plain: bool
) -> None:
    assert choose(header, ALL) == (encoding, takes_plain)


def test_of_equals_the_first_that_is_offered() -> None:
    assert choose("br, gzip, zstd", ("gzip", "br")).encoding == "gzip"
    assert choose("*", ()).encoding is None


RANKS = st.integers(0, 1000).map(lambda thousandth: thousandth / 1000)
CODINGS = st.sampled_from([*ALL, "identity", "*", "deflate", "x-gzip"])


@given(st.dictionaries(CODINGS, RANKS), st.permutations(ALL))
def test_nothing_that_is_offered_is_ranked_higher(ranks: dict[str, float], offered: list[str]) -> None:
    header = ", ".join(f"{coding};q={rank}" for coding, rank in ranks.items())
    if "x-gzip" in ranks:  # one coding with two names, the better rank counts
        ranks["gzip"] = max(ranks.pop("x-gzip"), ranks.get("gzip", 0))
    others = ranks.get("*", 0)
    found = choose(header, offered)
    assert found.takes_plain == (ranks.get("identity", ranks.get("*", 1)) > 0)
    best = max(ranks.get(coding, others) for coding in ALL)
    if found.encoding is None:
        assert best == 0 or ranks.get("identity", others) > best
    else:
        chosen = [coding for coding in offered if ranks.get(coding, others) == best]
        assert best > 0
        assert found.encoding == chosen[0]
        assert ranks.get("identity", others) <= best or "identity" not in {**ranks, **dict.fromkeys(["*"])}


@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(st.sampled_from([*ALL, "*", "identity", ";q=", "0", "0.5", ",", " "])).map("".join),
    )
)
def test_no_header_breaks_it_and_werkzeug_agrees(header: str) -> None:
    accepted = parse_accept_header(header, Accept)
    found = choose(header, ("br",))
    quality = accepted.quality("br")
    if found.encoding == "br":
        assert quality > 0
        assert accepted.quality("identity") <= quality
    else:
        assert quality == 0 or accepted.quality("identity") > quality
