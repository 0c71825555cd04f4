"""The key ring: what it encrypts and signs can be read by nobody else, changed by nobody, and rotated."""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from ferrule.exceptions import ConfigError
from ferrule.keyring import CLOCK_SKEW, MAX_TOKEN_LENGTH, KeyRing

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NOW = 1_700_000_000

Write = Callable[[bytes], str]
Read = Callable[..., bytes | None]


def _encryption(ring: KeyRing, salt: str = "test") -> tuple[Write, Read]:
    return ring.encrypter(salt).encrypt, ring.encrypter(salt).decrypt


def _signing(ring: KeyRing, salt: str = "test") -> tuple[Write, Read]:
    return ring.signer(salt).sign, ring.signer(salt).unsign


Use = Callable[..., tuple[Write, Read]]
both = pytest.mark.parametrize("use", [_encryption, _signing])


def _at(seconds: float, *keys: str) -> KeyRing:
    secret_key, *fallbacks = keys or ("key",)
    return KeyRing(secret_key, fallbacks, clock=lambda: seconds)


def _hkdf(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 as RFC 5869, section 2, writes it down, without a salt."""
    pseudorandom = hmac.digest(bytes(32), secret, "sha256")
    output = block = b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudorandom, block + info + bytes([counter]), "sha256")
        output += block
    return output[:length]


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _plain(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _handmade_token(data: bytes, *, seconds: int = NOW, nonce: bytes = b"n" * 12) -> str:
    derived = _hkdf(b"key", b"ferrule encrypt AES-256-GCM\0test", 36)
    header = b"\x01" + derived[32:]
    sealed = AESGCM(derived[:32]).encrypt(nonce, struct.pack(">q", seconds) + data, header + b"test")
    return _base64url(header + nonce + sealed)


@both
@given(data=st.binary(max_size=300))
def test_what_was_written_is_read_again(use: Use, data: bytes) -> None:
    write, read = use(KeyRing("key"))
    assert read(write(data)) == data


@both
@given(data=st.binary(max_size=300))
def test_a_token_needs_no_quoting_in_a_url_or_a_cookie(use: Use, data: bytes) -> None:
    write, _ = use(KeyRing("key"))
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", write(data))


@both
@given(data=st.binary(max_size=40), draw=st.data())
def test_a_token_with_any_other_character_is_refused(use: Use, data: bytes, draw: st.DataObject) -> None:
    write, read = use(KeyRing("key"))
    token = write(data)
    place = draw.draw(st.integers(0, len(token) - 1))
    other = draw.draw(st.one_of(st.sampled_from(ALPHABET + "=+/. \n"), st.characters()).filter(token[place].__ne__))
    assert read(token[:place] + other + token[place + 1 :]) is None


@both
@pytest.mark.parametrize("size", [0, 1, 2])
def test_a_token_has_one_spelling(use: Use, size: int) -> None:
    """The last character of base64 may have bits that mean nothing; here they must be zero."""
    write, read = use(KeyRing("key"))
    token = write(b"x" * size)
    assert [end for end in ALPHABET if read(token[:-1] + end) is not None] == [token[-1]]
    assert read(token + "=") is None
    assert read(token + "==") is None


@both
@given(data=st.binary(max_size=40), draw=st.data())
def test_a_cut_token_is_refused(use: Use, data: bytes, draw: st.DataObject) -> None:
    write, read = use(KeyRing("key"))
    token = write(data)
    start, end = sorted(draw.draw(st.tuples(*[st.integers(0, len(token))] * 2)))
    assert read(token[:start] + token[end:]) == (data if start == end else None)


@both
@given(data=st.binary(max_size=40), extra=st.text(min_size=1), draw=st.data())
def test_an_extended_token_is_refused(use: Use, data: bytes, extra: str, draw: st.DataObject) -> None:
    write, read = use(KeyRing("key"))
    token = write(data)
    place = draw.draw(st.integers(0, len(token)))
    assert read(token[:place] + extra + token[place:]) is None


@both
@given(data=st.binary(max_size=40), draw=st.data())
def test_a_token_with_two_characters_swapped_is_refused(use: Use, data: bytes, draw: st.DataObject) -> None:
    write, read = use(KeyRing("key"))
    letters = list(token := write(data))
    one, two = draw.draw(st.tuples(*[st.integers(0, len(letters) - 1)] * 2))
    letters[one], letters[two] = letters[two], letters[one]
    assert read("".join(letters)) == (data if "".join(letters) == token else None)


@both
def test_parts_of_two_tokens_do_not_make_a_third(use: Use) -> None:
    write, read = use(KeyRing("key"))
    one, two = write(b"one" * 9), write(b"two" * 9)
    for place in range(len(one)):
        mixed = one[:place] + two[place:]
        assert read(mixed) == {one: b"one" * 9, two: b"two" * 9}.get(mixed)


@both
@given(token=st.one_of(st.text(), st.text(ALPHABET + "."), st.text(ALPHABET, min_size=60, max_size=90)))
def test_no_text_is_an_error(use: Use, token: str) -> None:
    _, read = use(KeyRing("key"))
    assert read(token, max_age=10) is None


@given(rest=st.binary(max_size=60))
def test_a_genuine_header_does_not_help_a_forger(rest: bytes) -> None:
    encrypter = KeyRing("key").encrypter("test")
    header = _plain(encrypter.encrypt(b""))[:5]
    assert encrypter.decrypt(_base64url(header + rest)) is None


def test_two_tokens_of_the_same_data_differ() -> None:
    encrypter = KeyRing("key").encrypter("test")
    assert len({encrypter.encrypt(b"same") for _ in range(50)}) == 50


def test_an_encrypted_token_shows_nothing_of_its_data() -> None:
    token = KeyRing("key").encrypter("test").encrypt(b"attack at dawn")
    assert b"dawn" not in _plain(token)


@both
@pytest.mark.parametrize(
    ("keys", "salt"),
    [(("other",), "test"), (("key",), "tests"), (("key",), "tes"), (("key",), ""), (("ke", "y"), "test")],
)
def test_a_token_of_another_key_or_purpose_is_refused(use: Use, keys: tuple[str, ...], salt: str) -> None:
    write, _ = use(_at(NOW, "key"))
    _, read = use(_at(NOW, *keys), salt)
    assert read(write(b"data")) is None


def test_a_purpose_encrypts_and_signs_with_different_keys() -> None:
    ring = KeyRing("key")
    assert ring.encrypter("test").decrypt(ring.signer("test").sign(b"data")) is None
    assert ring.signer("test").unsign(ring.encrypter("test").encrypt(b"data")) is None


@both
def test_an_old_key_reads_until_it_is_removed(use: Use) -> None:
    old_token = use(_at(NOW, "old"))[0](b"data")
    assert use(_at(NOW, "new", "old"))[1](old_token) == b"data"
    assert use(_at(NOW, "newest", "new", "old"))[1](old_token) == b"data"
    assert use(_at(NOW, "new"))[1](old_token) is None


@both
def test_the_first_key_writes(use: Use) -> None:
    token = use(_at(NOW, "new", "old"))[0](b"data")
    assert use(_at(NOW, "new"))[1](token) == b"data"
    assert use(_at(NOW, "old"))[1](token) is None


@both
def test_a_key_may_be_its_own_fallback(use: Use) -> None:
    write, read = use(_at(NOW, "key", "key"))
    assert read(write(b"data")) == b"data"


@both
def test_text_and_its_utf8_are_the_same_key(use: Use) -> None:
    token = use(KeyRing("schlüssel"))[0](b"data")
    assert use(KeyRing("schlüssel".encode()))[1](token) == b"data"


@both
def test_a_key_may_have_bytes_that_are_not_text(use: Use) -> None:
    write, read = use(KeyRing("\udcff\udc80", [b"\xff\x80"]))
    assert read(write(b"data")) == b"data"


@both
@pytest.mark.parametrize(
    ("age", "expected"), [(0, b"data"), (9, b"data"), (10, b"data"), (10.9, b"data"), (11, None), (1e9, None)]
)
def test_a_token_expires_at_the_second(use: Use, age: float, expected: bytes | None) -> None:
    token = use(_at(NOW))[0](b"data")
    assert use(_at(NOW + age))[1](token, max_age=10) == expected


@both
def test_a_token_is_read_at_any_age_if_none_is_given(use: Use) -> None:
    token = use(_at(0))[0](b"data")
    assert use(_at(NOW))[1](token) == b"data"


@both
@pytest.mark.parametrize("max_age", [None, 0, 10])
def test_a_clock_may_go_wrong_only_a_little(use: Use, max_age: int | None) -> None:
    token = use(_at(NOW + CLOCK_SKEW))[0](b"data")
    assert use(_at(NOW))[1](token, max_age=max_age) == b"data"
    assert use(_at(NOW - 1))[1](token, max_age=max_age) is None


def test_the_derivation_beside_this_is_that_of_rfc_5869() -> None:
    """Appendix A.3, so that the tests below compare with the standard and not with themselves."""
    assert _hkdf(b"\x0b" * 22, b"", 42).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


def test_a_token_encrypted_by_hand_is_read() -> None:
    assert _at(NOW).encrypter("test").decrypt(_handmade_token(b"data"), max_age=0) == b"data"


def test_a_token_can_be_decrypted_by_hand() -> None:
    raw = _plain(_at(NOW).encrypter("test").encrypt(b"data"))
    derived = _hkdf(b"key", b"ferrule encrypt AES-256-GCM\0test", 36)
    assert raw[:5] == b"\x01" + derived[32:]
    assert AESGCM(derived[:32]).decrypt(raw[5:17], raw[17:], raw[:5] + b"test") == struct.pack(">q", NOW) + b"data"


def test_a_token_is_signed_with_the_derived_key() -> None:
    payload, _, signature = _at(NOW).signer("test").sign(b"data").partition(".")
    key = _hkdf(b"key", b"ferrule sign HMAC-SHA256\0test", 32)
    assert _plain(payload) == struct.pack(">q", NOW) + b"data"
    assert _plain(signature) == hmac.digest(key, payload.encode(), hashlib.sha256)


@both
def test_the_format_does_not_change_unnoticed(use: Use) -> None:
    """Cookies and links outlive a release: what an earlier one wrote must be readable."""
    token = {
        _encryption: "AeYfFjtubm5ubm5ubm5ubm5Z37ioZXKtoqpjBx2Ww5RjL-eXVWgRCSCCDwHT",
        _signing: "AAAAAGVT8QBkYXRh.NgHwJVtrtgiZmgA0FXaucseKhwWTKUbxNJ2hNrUE_cQ",
    }[use]
    assert use(_at(NOW))[1](token) == b"data"


def test_a_token_longer_than_the_bound_is_not_looked_at() -> None:
    fitting = _handmade_token(bytes(49_111))
    assert len(fitting) == MAX_TOKEN_LENGTH
    assert _at(NOW).encrypter("test").decrypt(fitting) == bytes(49_111)
    assert _at(NOW).encrypter("test").decrypt(_handmade_token(bytes(49_112))) is None


def test_a_signature_over_more_than_the_bound_is_not_looked_at() -> None:
    payload = _base64url(struct.pack(">q", NOW) + bytes(49_120))
    key = _hkdf(b"key", b"ferrule sign HMAC-SHA256\0test", 32)
    token = f"{payload}.{_base64url(hmac.digest(key, payload.encode(), hashlib.sha256))}"
    assert len(payload) < MAX_TOKEN_LENGTH < len(token)
    assert _at(NOW).signer("test").unsign(token) is None


@both
def test_a_token_that_would_not_be_read_again_is_not_made(use: Use) -> None:
    write, _ = use(KeyRing("key"))
    with pytest.raises(ValueError, match=r"a token of \d+ characters is longer than 65536; keep less data in it"):
        write(bytes(50_000))


def test_what_serves_a_purpose_is_made_once() -> None:
    ring = KeyRing("key")
    assert ring.encrypter("test") is ring.encrypter("test")
    assert ring.signer("test") is ring.signer("test")


@both
def test_without_a_key_the_error_tells_what_for_and_how_to_make_one(use: Use) -> None:
    with pytest.raises(ConfigError) as caught:
        use(KeyRing(None), "password reset")
    for part in ("'password reset'", "FERRULE_SECRET_KEY", "secrets.token_hex()"):
        assert part in str(caught.value)


def test_a_ring_without_a_key_is_false() -> None:
    assert not KeyRing(None)


def test_a_ring_with_a_key_is_true() -> None:
    assert KeyRing("key")


def test_fallbacks_alone_are_no_key() -> None:
    assert not KeyRing(None, ["old"])


@pytest.mark.parametrize("empty", ["", b""], ids=["str", "bytes"])
def test_an_empty_key_is_refused(empty: str | bytes) -> None:
    with pytest.raises(ConfigError, match=r"secret_key: is empty; .*token_hex"):
        KeyRing(empty)


@pytest.mark.parametrize("text", ["old", b"old"], ids=["str", "bytes"])
def test_one_text_is_not_taken_for_a_list_of_short_keys(text: str | bytes) -> None:
    with pytest.raises(ConfigError, match=r"secret_key_fallbacks: expected a list of keys, found (str|bytes)"):
        KeyRing("key", text)  # type: ignore[arg-type,unused-ignore]  # a str is a Sequence[str] to mypy, bytes are not


def test_all_mistakes_are_told_at_once_and_no_key() -> None:
    with pytest.raises(ConfigError) as caught:
        KeyRing(17, ["fine and secret", "", None])  # type: ignore[arg-type,list-item]  # the mistakes under test
    first, second, third, fourth = str(caught.value).splitlines()
    assert first == "3 mistakes in the secret keys"
    assert second == "  secret_key: expected str or bytes, found int"
    assert third.startswith("  secret_key_fallbacks[1]: is empty")
    assert fourth == "  secret_key_fallbacks[2]: expected str or bytes, found NoneType"
    assert "fine and secret" not in str(caught.value)


def test_a_ring_does_not_print_its_keys() -> None:
    assert repr(KeyRing("hush", ["hushed"])) == "<KeyRing of 2 keys>"


def test_importing_the_ring_loads_no_cryptography() -> None:
    code = "import sys, ferrule.keyring; print(sorted({'cryptography', 'itsdangerous'} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_derived_keys_are_of_key_and_purpose_newest_first() -> None:
    new, old = KeyRing("a new key", ["an old key"]).derive("ducks")
    assert len(new) == 32
    assert [old] == list(KeyRing("an old key").derive("ducks"))
    assert new not in {old, *KeyRing("a new key").derive("geese")}
    with pytest.raises(ConfigError, match="a secret key is needed to derive keys for 'ducks'"):
        KeyRing(None).derive("ducks")
