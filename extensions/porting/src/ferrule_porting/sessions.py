"""Sessions in Flask's signed cookies, and the way from there to encrypted ones."""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from itsdangerous import BadData, BadPayload, TimedSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from ferrule import App, Request
from ferrule.builtin import CookieSessionInterface, EncryptedCookieSessionInterface
from ferrule.sessions import SessionMixin

from .tagged_json import TaggedJSONSerializer

__all__ = ["SecureCookieSessionInterface", "UpgradingSessionInterface"]

_MAX_INFLATED: Final = 1_048_576
_DEFLATED: Final = b"."


class _BoundedSerializer(URLSafeTimedSerializer):
    """Reads and writes what Flask does, but inflates no cookie beyond what any session is."""

    def load_payload(self, payload: bytes, *args: Any, **kwargs: Any) -> Any:
        data = base64_decode(payload.removeprefix(_DEFLATED))
        if payload.startswith(_DEFLATED):
            inflater = zlib.decompressobj()
            try:
                data = inflater.decompress(data, _MAX_INFLATED)
            except zlib.error as error:
                raise BadPayload("it is not compressed as it says") from error
            if not inflater.eof:
                raise BadPayload("it is cut, or too big")
        return TimedSerializer.load_payload(self, data, *args, **kwargs)


class SecureCookieSessionInterface(CookieSessionInterface):
    """Keeps the whole session in a signed cookie, Flask's own: both frameworks read what the other writes.

    Visitors can read the session, and cannot change it. The signature is made with ``SECRET_KEY`` itself and read with
    each of ``SECRET_KEY_FALLBACKS``, since that is what Flask does; all else in Ferrule derives its keys by
    ``app.keyring``. A cookie that was altered, is older than ``PERMANENT_SESSION_LIFETIME``, holds no dict or would
    inflate to more than a mebibyte is an empty session.

    Attributes:
        salt: Goes into the key, beside the secret.
        digest_method: The hash of the signature.
        key_derivation: How itsdangerous makes the key of secret and salt.
        serializer: Writes and reads what the cookie holds.
    """

    salt: str = "cookie-session"
    digest_method: Callable[[], Any] = staticmethod(hashlib.sha1)
    key_derivation: str = "hmac"
    serializer: Any = TaggedJSONSerializer()

    def get_signing_serializer(self, app: App) -> URLSafeTimedSerializer | None:
        """Return what signs and reads the cookies of an application, ``None`` without a secret key."""
        if not app.config["SECRET_KEY"]:
            return None
        options = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
        keys = [*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.config["SECRET_KEY"]]  # the last one signs
        return _BoundedSerializer(keys, salt=self.salt, serializer=self.serializer, signer_kwargs=options)

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        """Return the session of the request's cookie, a new one if there is none to read, ``None`` without a key."""
        return super().open_session(app, request) if app.config["SECRET_KEY"] else None

    def load(self, app: App, token: str) -> Mapping[str, Any] | None:
        """Return what a cookie was made of, ``None`` if it is too old, was altered, or held something else."""
        serializer = self.get_signing_serializer(app)
        if serializer is None or not _is_spelt_as_written(token):
            return None
        try:
            stored = serializer.loads(token, max_age=int(self.get_lifetime(app).total_seconds()))
        except BadData:
            return None
        return stored if isinstance(stored, dict) else None

    def store(self, app: App, session: SessionMixin) -> str:
        """Return the signed session.

        Raises:
            TypeError: It holds what Flask cannot store either.
        """
        serializer = self.get_signing_serializer(app)
        return "" if serializer is None else serializer.dumps(dict(session))


class UpgradingSessionInterface(EncryptedCookieSessionInterface):
    """Reads Flask's signed cookies, and writes encrypted ones: each session moves over when it is next opened.

    Attributes:
        signed: Reads Flask's cookies.
    """

    signed: SecureCookieSessionInterface = SecureCookieSessionInterface()

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        """Return the session of the request's cookie; one that came in Flask's has to be saved."""
        session = super().open_session(app, request)
        if session is not None and not session.new and _is_signed(request.cookies[self.get_cookie_name(app)]):
            session.modified = True
        return session

    def load(self, app: App, token: str) -> Mapping[str, Any] | None:
        """Return what a cookie of either kind was made of."""
        return self.signed.load(app, token) if _is_signed(token) else super().load(app, token)


def _is_signed(token: str) -> bool:
    return "." in token  # an encrypted one has none


def _is_spelt_as_written(token: str) -> bool:
    """Tell whether a signature is in base64 as it was written: itsdangerous passes over foreign characters in it."""
    signature = token.rpartition(".")[2].encode()
    try:
        return base64_encode(base64_decode(signature)) == signature
    except BadData:
        return False
