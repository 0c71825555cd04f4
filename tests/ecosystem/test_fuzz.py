"""A sample of what `make fuzz` does for an hour: requests that no honest client sends get answers all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule import App
from fuzz.application import make_application
from fuzz.promises import BrokenPromiseError, send
from fuzz.requests import environ_from

FOLDER: Final = Path(__file__).parents[2] / "fuzz"
# The files of a multipart body that breaks off are closed by Python, not by Werkzeug's parser.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")

CORPUS: Final = {path.stem: path.read_bytes() for path in sorted((FOLDER / "corpus").iterdir())}
WORDS: Final = [
    word.encode().decode("unicode_escape").encode("latin1")
    for word in re.findall(r'(?m)^"(.*)"$', (FOLDER / "words.dict").read_text(encoding="utf-8"))
]

Change: TypeAlias = tuple[int, int | None, bytes]  # where, how much goes (all that follows), what comes

places = st.integers(0, 400)
pieces = st.one_of(st.just(b""), st.sampled_from(WORDS), st.binary(max_size=8))
endings = st.builds(
    lambda name, place: CORPUS[name][place % len(CORPUS[name]) :], st.sampled_from(sorted(CORPUS)), places
)
changes = st.one_of(
    st.tuples(places, st.integers(0, 12), pieces),
    st.tuples(places, st.none(), endings),
)


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    app = make_application()
    yield app
    app.shutdown()


@pytest.mark.parametrize("name", CORPUS)
def test_every_request_of_the_corpus_gets_an_answer(app: App, name: str) -> None:
    assert send(app, CORPUS[name]) is not None


@settings(max_examples=400)
@given(start=st.sampled_from(sorted(CORPUS)), changed=st.lists(changes, min_size=1, max_size=4))
def test_a_request_that_was_tampered_with_breaks_no_promise(app: App, start: str, changed: list[Change]) -> None:
    send(app, reduce(_changed, changed, CORPUS[start]))


def _changed(data: bytes, change: Change) -> bytes:
    place, length, new = change
    place %= len(data) + 1
    return data[:place] + new + (b"" if length is None else data[place + length :])


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(("x", 500), id="a 500"),
        pytest.param(("x", {"X-Split": "a\0b"}), id="a header that splits"),
    ],
)
def test_a_broken_promise_would_be_seen(answer: Any) -> None:
    app = App("broken", config_file=None)
    app.get("/")(lambda: answer)
    with pytest.raises(BrokenPromiseError):
        send(app, b"GET / HTTP/1.1\nHost: localhost\n\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"GET /\n\n",
        b"GET / HTTP/1.1\nno colon\n\n",
        b"GET / HTTP/1.1\nX: a\x01b\n\n",
        b"G\0T / HTTP/1.1\n\n",
    ],
)
def test_what_no_server_hands_on_is_not_sent(data: bytes) -> None:
    assert environ_from(data) is None
