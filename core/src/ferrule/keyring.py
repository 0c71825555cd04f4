"""The key ring: everything that is derived from the secret key, and how keys are rotated.

One ``secret_key`` serves every purpose, and no two purposes share a key: each has a *salt*, its name, and HKDF-SHA256
(RFC 5869) derives from key and salt the keys of that purpose alone. The first key of the ring writes; all of them read.
A key is rotated by putting a new one in front, and retired by taking it out.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time
from base64 import urlsafe_b64encode
from binascii import a2b_base64
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from .exceptions import ConfigError

__all__ = ["CLOCK_SKEW", "MAX_TOKEN_LENGTH", "Encrypter", "KeyRing", "Signer"]

Clock = Callable[[], float]

CLOCK_SKEW: Final = 30
"""How far ahead, in seconds, the clock of the replica that made a token may go."""

MAX_TOKEN_LENGTH: Final = 65_536
"""The longest token, in characters, that is made or looked at. Servers cut a header long before."""

KEY_RECIPE: Final = 'python -c "import secrets; print(secrets.token_hex())"'

_FORMAT: Final = b"\x01"
_KEY_ID_SIZE: Final = 4
_HEADER_SIZE: Final = len(_FORMAT) + _KEY_ID_SIZE
_NONCE_SIZE: Final = 12
_BODY: Final = _HEADER_SIZE + _NONCE_SIZE
_TIME: Final = struct.Struct(">q")

_STANDARD: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
"""From the alphabet of URLs to that of RFC 4648, section 4; what is of the latter alone becomes foreign."""
_LAST: Final = ("", "", "AQgw", "AEIMQUYcgkosw048")
"""The characters that may be the last of 2, or 3, after the groups of 4: those without loose bits."""


class _Cipher(Protocol):
    """An authenticated cipher with associated data (RFC 5116)."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...


class KeyRing:
    """The secret key of an application, those it replaced, and what is derived from them.

    Args:
        secret_key: The key that writes, and reads. ``None``: the ring is empty, and false.
        fallbacks: Older keys, which still read.
        clock: Tells the time, in seconds since the epoch.

    Raises:
        ConfigError: A key is empty or neither ``str`` nor ``bytes``, or the fallbacks are one text instead of several.
    """

    def __init__(
        self, secret_key: str | bytes | None, fallbacks: Sequence[str | bytes] = (), *, clock: Clock = time.time
    ) -> None:
        if mistakes := list(_mistakes(secret_key, fallbacks)):
            raise ConfigError.listing("in the secret keys", mistakes)
        self._keys = () if secret_key is None else tuple(map(_as_bytes, (secret_key, *fallbacks)))
        self._clock = clock
        self._encrypters: dict[str, Encrypter] = {}
        self._signers: dict[str, Signer] = {}

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._keys)} keys>"

    def encrypter(self, salt: str) -> Encrypter:
        """Return what encrypts for one purpose; the same object every time.

        Args:
            salt: The purpose's name. Not a user's or a session's: what differs between those belongs in the data.

        Raises:
            ConfigError: There is no secret key.
        """
        # PERF: looked up for every session; deriving the keys and setting up the ciphers takes 10 µs.
        found = self._encrypters.get(salt)
        return found or self._encrypters.setdefault(salt, Encrypter(self._needed("encrypt", salt), salt, self._clock))

    def signer(self, salt: str) -> Signer:
        """Return what signs for one purpose; the same object every time.

        Args:
            salt: The purpose's name. Not a user's or a session's: what differs between those belongs in the data.

        Raises:
            ConfigError: There is no secret key.
        """
        found = self._signers.get(salt)
        return found or self._signers.setdefault(salt, Signer(self._needed("sign", salt), salt, self._clock))

    def derive(self, salt: str) -> tuple[bytes, ...]:
        """Return the keys of one purpose, 32 bytes each, newest first: for what neither encrypts nor signs.

        It takes 10 µs a key: keep them as long as the ring is the application's.

        Args:
            salt: The purpose's name. Not a user's or a session's: what differs between those belongs in the data.

        Raises:
            ConfigError: There is no secret key.
        """
        return tuple(_derive(key, "keys", _as_bytes(salt), 32) for key in self._needed("derive keys", salt))

    def _needed(self, verb: str, salt: str) -> tuple[bytes, ...]:
        if not self._keys:
            raise ConfigError(
                f"a secret key is needed to {verb} for {salt!r}, and none is set; set secret_key in the configuration"
                " file, FERRULE_SECRET_KEY in the environment or app.config['SECRET_KEY'] to what this prints:"
                f" {KEY_RECIPE}"
            )
        return self._keys


class Encrypter:
    """Encrypts and authenticates for one purpose, with the time; made by :meth:`KeyRing.encrypter`.

    A token is base64url (RFC 4648, section 5) without padding of ::

        format, 1 byte | key id, 4 | nonce, 12 | AES-256-GCM( time, 8, big-endian seconds | data ) | tag, 16

    and authenticates format, key id and salt as associated data besides. Its length tells the data's length.

    *Why AES-256-GCM* (NIST SP 800-38D) and not ChaCha20-Poly1305 (RFC 8439): processors have instructions for it, on
    which it takes two thirds of the time, and builds of OpenSSL that are bound to FIPS 140 know no other. Both have
    nonces of 12 bytes, drawn at random here since replicas share no counter; SP 800-38D (section 8.3) allows 2**32
    tokens under one key, for a chance below 2**-32 that two share a nonce. At 100 tokens a second that is 16 months:
    rotate the key before. A purpose has its own key, so others do not count.

    *Which key made a token* is told by the key id, which HKDF derives beside the key. So one key is tried, however many
    the ring holds, and the time that it takes tells nothing that the token does not say to everyone.
    """

    __slots__ = ("_ciphers", "_clock", "_header", "_invalid", "_salt")

    def __init__(self, keys: Sequence[bytes], salt: str, clock: Clock) -> None:
        # PERF: cryptography takes 23 ms to import; applications without sessions need not have it.
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._invalid = InvalidTag
        self._clock = clock
        self._salt = _as_bytes(salt)
        self._ciphers: dict[bytes, _Cipher] = {}
        for secret in keys:
            derived = _derive(secret, "encrypt AES-256-GCM", self._salt, 32 + _KEY_ID_SIZE)
            self._ciphers.setdefault(_FORMAT + derived[32:], AESGCM(derived[:32]))
        self._header = next(iter(self._ciphers))

    def encrypt(self, data: bytes) -> str:
        """Make a token of some bytes, with the first key of the ring.

        Args:
            data: What to encrypt. It is not compressed, and better not before either: a length that depends on how much
                a secret resembles what an attacker chose gives the secret away (CRIME, CVE-2012-4929).

        Returns:
            Letters, digits, ``-`` and ``_``: safe in a URL and in a cookie.

        Raises:
            ValueError: The token would be longer than :data:`MAX_TOKEN_LENGTH`, and not be read again.
        """
        header = self._header
        nonce = os.urandom(_NONCE_SIZE)
        text = _TIME.pack(int(self._clock())) + data
        return _bounded(_encoded(header + nonce + self._ciphers[header].encrypt(nonce, text, header + self._salt)))

    def decrypt(self, token: str, *, max_age: int | None = None) -> bytes | None:
        """Return what a token was made of.

        Args:
            token: Any text.
            max_age: The greatest age in whole seconds; ``None`` allows any.

        Returns:
            The data. ``None`` for a token that was altered, that is older than ``max_age`` or from the future (by more
            than :data:`CLOCK_SKEW`), or that was made for another purpose or with a key that is not in the ring. Which
            of these it was is not told.
        """
        raw = _decoded(token)
        if raw is None:
            return None
        header = raw[:_HEADER_SIZE]
        cipher = self._ciphers.get(header)
        if cipher is None or len(raw) < _BODY:
            return None
        try:
            text = cipher.decrypt(raw[_HEADER_SIZE:_BODY], raw[_BODY:], header + self._salt)
        except self._invalid:
            return None
        return _timely(text, self._clock(), max_age)


class Signer:
    """Signs for one purpose, with the time; made by :meth:`KeyRing.signer`. Who has a token can read what is in it.

    A token is ``payload.signature``, both base64url without padding; the payload is the time, 8 bytes of big-endian
    seconds, and the data; the signature is HMAC-SHA256 (RFC 2104), made and compared by itsdangerous.

    Keys are tried from the newest on, so the time that it takes tells which of them made a genuine token. That is no
    secret: it is the token's age, in rotations. A forged one is compared with all of them.
    """

    __slots__ = ("_bad_signature", "_clock", "_signer")

    def __init__(self, keys: Sequence[bytes], salt: str, clock: Clock) -> None:
        # PERF: loads only in applications that sign.
        import itsdangerous

        purpose = _as_bytes(salt)
        oldest_first = [_derive(secret, "sign HMAC-SHA256", purpose, 32) for secret in reversed(keys)]
        self._signer = itsdangerous.Signer(oldest_first, key_derivation="none", digest_method=hashlib.sha256)
        self._bad_signature = itsdangerous.BadSignature
        self._clock = clock

    def sign(self, data: bytes) -> str:
        """Make a token of some bytes, with the first key of the ring.

        Args:
            data: What to sign.

        Returns:
            Letters, digits, ``-``, ``_`` and one dot: safe in a URL and in a cookie.

        Raises:
            ValueError: The token would be longer than :data:`MAX_TOKEN_LENGTH`, and not be read again.
        """
        payload = _encoded(_TIME.pack(int(self._clock())) + data)
        return _bounded(self._signer.sign(payload).decode("ascii"))

    def unsign(self, token: str, *, max_age: int | None = None) -> bytes | None:
        """Return what a token was made of.

        Args:
            token: Any text.
            max_age: The greatest age in whole seconds; ``None`` allows any.

        Returns:
            The data. ``None`` for a token that was altered, that is older than ``max_age`` or from the future (by more
            than :data:`CLOCK_SKEW`), or that was made for another purpose or with a key that is not in the ring. Which
            of these it was is not told.
        """
        payload, _, signature = token.rpartition(".")
        raw = _decoded(payload)
        # itsdangerous passes over foreign characters and loose bits in a signature; here a token has one spelling.
        if raw is None or _decoded(signature) is None or len(token) > MAX_TOKEN_LENGTH:
            return None
        try:
            self._signer.unsign(token)
        except self._bad_signature:
            return None
        return _timely(raw, self._clock(), max_age)


def _mistakes(secret_key: object, fallbacks: object) -> Iterator[str]:
    keys = {} if secret_key is None else {"secret_key": secret_key}
    if isinstance(fallbacks, (str, bytes)) or not isinstance(fallbacks, Sequence):
        yield f"secret_key_fallbacks: expected a list of keys, found {type(fallbacks).__name__}"
    else:
        keys |= {f"secret_key_fallbacks[{index}]": key for index, key in enumerate(fallbacks)}
    for place, key in keys.items():
        if not isinstance(key, (str, bytes)):
            yield f"{place}: expected str or bytes, found {type(key).__name__}"
        elif not key:
            yield f"{place}: is empty; leave it out, or set it to what this prints: {KEY_RECIPE}"


def _as_bytes(text: str | bytes) -> bytes:
    # Bytes of the environment that are not UTF-8 reach Python as surrogates.
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def _derive(secret: bytes, use: str, salt: bytes, length: int) -> bytes:
    """Derive key material by HKDF-SHA256.

    The purpose goes where RFC 5869 wants what binds a key to its application, into ``info`` (section 3.2); HKDF's own
    salt, which would have to be stored, stays empty, as section 3.1 allows for a key that is random by itself.
    """
    # PERF: as in Encrypter.
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=length, salt=None, info=f"ferrule {use}\0".encode() + salt).derive(secret)


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes | None:
    """Return the bytes of a base64url text, ``None`` for any that :func:`_encoded` would not have written just so."""
    if len(text) > MAX_TOKEN_LENGTH:
        return None
    beyond = len(text) % 4
    if beyond and text[-1] not in _LAST[beyond]:
        return None
    # PERF: for every session. The module base64 and a look at what the bytes would be written as take twice as long.
    try:
        return a2b_base64(text.encode("ascii").translate(_STANDARD) + b"==="[: -len(text) % 4], strict_mode=True)
    except ValueError:
        return None


def _bounded(token: str) -> str:
    if len(token) > MAX_TOKEN_LENGTH:
        raise ValueError(f"a token of {len(token)} characters is longer than {MAX_TOKEN_LENGTH}; keep less data in it")
    return token


def _timely(text: bytes, now: float, max_age: int | None) -> bytes | None:
    """Take the time from the front of an authentic text, and return the rest if the time is right."""
    age = int(now) - _TIME.unpack_from(text)[0]
    if age < -CLOCK_SKEW or (max_age is not None and age > max_age):
        return None
    return text[_TIME.size :]
