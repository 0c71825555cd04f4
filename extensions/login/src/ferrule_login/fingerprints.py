"""Fingerprints of users: what a login is bound to, so that it ends when the password changes or the epoch rises."""

from base64 import urlsafe_b64encode
from hashlib import blake2b
from hmac import compare_digest
from typing import Final
from weakref import WeakKeyDictionary

from ferrule import App
from ferrule.keyring import KeyRing

from .users import UserProtocol

__all__ = ["fingerprint_of", "is_fingerprint_of"]

_SALT: Final = "login fingerprint"
_SIZE: Final = 18
"""Bytes of a fingerprint: 144 bits, 24 characters in a cookie."""

_KEYLESS: Final = (b"",)
"""An application without a secret key may keep sessions on the server all the same; a store is not forged."""

_KEYS: Final[WeakKeyDictionary[KeyRing, tuple[bytes, ...]]] = WeakKeyDictionary()


def fingerprint_of(app: App, user: UserProtocol) -> str:
    """Return the fingerprint of a user: a digest under the secret key of the id and of what ``get_fingerprint`` says.

    Sessions, remember cookies and tokens have it in them. It changes with the password and with the epoch, and says
    nothing about either.

    Args:
        app: The application.
        user: The user, who has an id. One whose class has no ``get_fingerprint`` is bound by the id alone.

    Returns:
        24 characters of base64url (RFC 4648, section 5): keyed BLAKE2b (RFC 7693) under the newest key of the ring.
    """
    return _digest(_keys_of(app.keyring)[0], _material(user))


def is_fingerprint_of(app: App, user: UserProtocol, claimed: object) -> bool:
    """Tell whether something is the fingerprint of a user, under the secret key or one of the older keys.

    The time that it takes says nothing of where two fingerprints differ.

    Args:
        app: The application.
        user: The user.
        claimed: What stands in a session, a cookie or a token; anything.
    """
    if not isinstance(claimed, str) or not claimed.isascii():
        return False
    material = _material(user)
    return any(compare_digest(claimed, _digest(key, material)) for key in _keys_of(app.keyring))


def _material(user: UserProtocol) -> bytes:
    user_id, get_fingerprint = str(user.get_id()), getattr(user, "get_fingerprint", None)
    bound_to = "" if get_fingerprint is None else get_fingerprint()
    return f"{len(user_id)}:{user_id}{bound_to}".encode("utf-8", "surrogatepass")


def _digest(key: bytes, material: bytes) -> str:
    # PERF: for every user that is loaded; HMAC-SHA256 takes three times as long.
    return urlsafe_b64encode(blake2b(material, key=key, digest_size=_SIZE).digest()).decode("ascii")


def _keys_of(keyring: KeyRing) -> tuple[bytes, ...]:
    keys = _KEYS.get(keyring)
    if keys is None:
        keys = _KEYS[keyring] = keyring.derive(_SALT) if keyring else _KEYLESS
    return keys
