"""Session cookies and tokens: any other byte, anywhere, and they are refused. `FORGERIES=100000` tries longer."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule.app import App
from ferrule.builtin import EncryptedCookieSessionInterface
from ferrule.keyring import KeyRing
from ferrule.sessions import Session

FORGERIES = int(os.environ.get("FORGERIES", "200"))
APP = App("tests", config_file=None, config={"SECRET_KEY": "key", "SECRET_KEY_FALLBACKS": ["old"]}, env="testing")
SESSIONS = EncryptedCookieSessionInterface()
RING = KeyRing("key", ["old"])
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FOREIGN = ".=!+/ \n\0é\ud800"

Reader = Callable[[str], object]

TOKENS: dict[str, tuple[str, Reader]] = {
    "session cookie": (SESSIONS.store(APP, Session(user=1)), lambda token: SESSIONS.load(APP, token)),
    "signer": (RING.signer("test").sign(b"user 1"), RING.signer("test").unsign),
    "encrypter": (RING.encrypter("test").encrypt(b"user 1"), RING.encrypter("test").decrypt),
    "signer with an old key": (KeyRing("old").signer("test").sign(b"user 1"), RING.signer("test").unsign),
    "encrypter with an old key": (KeyRing("old").encrypter("test").encrypt(b"user 1"), RING.encrypter("test").decrypt),
}
tokens = pytest.mark.parametrize("kind", TOKENS)


@tokens
def test_a_token_with_any_one_character_changed_added_or_missing_is_refused(kind: str) -> None:
    token, read = TOKENS[kind]
    assert read(token) in ({"user": 1}, b"user 1")
    for place in range(len(token) + 1):
        for cut in (0, 1):
            for other in ["", *ALPHABET, *FOREIGN]:
                altered = token[:place] + other + token[place + cut :]
                if altered != token:
                    assert read(altered) is None, altered


@tokens
@settings(max_examples=FORGERIES)
@given(draw=st.data())
def test_a_token_that_was_cut_and_pieced_together_is_refused(kind: str, draw: st.DataObject) -> None:
    _, read = TOKENS[kind]
    genuine = [other for other, _ in TOKENS.values()]
    pieces = st.text(ALPHABET + FOREIGN, max_size=8) | st.builds(
        lambda source, start, length: source[start : start + length],
        st.sampled_from(genuine),
        st.integers(0, 100),
        st.integers(0, 100),
    )
    altered = "".join(draw.draw(st.lists(pieces, max_size=4)))
    assert altered in genuine or read(altered) is None


@tokens
@settings(max_examples=FORGERIES)
@given(text=st.text(st.characters(exclude_categories=())) | st.text(ALPHABET + "."))
def test_no_text_is_a_token(kind: str, text: str) -> None:
    assert TOKENS[kind][1](text) is None
