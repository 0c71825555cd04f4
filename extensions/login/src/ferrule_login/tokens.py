"""Tokens for links in mails: to reset a password, to confirm an address."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec

from ferrule import Context
from ferrule.context import current_context
from ferrule.keyring import CLOCK_SKEW

from .extension import Login
from .finding import load_user
from .fingerprints import fingerprint_of, is_fingerprint_of
from .settings import LoginSettings
from .stores import stores_of
from .users import UserProtocol, id_of

__all__ = ["Token", "make_token", "read_token", "use_token"]

_ID_SIZE: Final = 16


class _Claims(msgspec.Struct, array_like=True, frozen=True):
    """What is in a token.

    Attributes:
        id: Random bytes, by which it is told from others.
        user_id: Whose it is.
        fingerprint: That of the user when it was made.
        expires_at: When it expires, in seconds since the epoch.
        data: What the application put into it.
    """

    id: bytes
    user_id: str
    fingerprint: str
    expires_at: int
    data: str


@dataclass(frozen=True)
class Token:
    """What a token says that is valid.

    Attributes:
        user: The user that it was made for, loaded anew.
        data: What it was made with.
    """

    user: Any
    data: str


def make_token(user: UserProtocol, purpose: str, *, data: str = "", lifetime: timedelta | None = None) -> str:
    """Make a token for a link in a mail.

    It is valid once, for this user, purpose and time. It ends earlier if the user's fingerprint changes: with a new
    password, and when the user is signed out everywhere. It is encrypted; whoever reads the mail, or a log with the
    link, learns nothing of the user or the data from it, but can use it.

    Args:
        user: The user.
        purpose: What it is for, such as ``"reset"``: a name in the code, one for each kind of link.
        data: Something to be read with it, such as the mail address that it confirms.
        lifetime: How long it is valid; ``[login] token_lifetime`` unless given.

    Returns:
        Letters, digits, ``-`` and ``_``: about 170 characters, and more with data.

    Raises:
        NotAUserError: It is no user, or has no id yet.
        ConfigError: There is no secret key.
        ContextError: There is no context.
    """
    app = current_context().app
    user_id = id_of(user, "make_token")
    lasts = app.config.settings(LoginSettings).token_lifetime if lifetime is None else lifetime
    expires_at = int(time.time() + lasts.total_seconds())
    claims = _Claims(secrets.token_bytes(_ID_SIZE), user_id, fingerprint_of(app, user), expires_at, data)
    return app.keyring.encrypter(_salt_of(purpose)).encrypt(msgspec.msgpack.encode(claims))


def read_token(token: str, purpose: str) -> Token | None:
    """Return what a token says, and leave it as it is: for the page that a link leads to.

    Mail servers follow links to look for malware, and browsers load them ahead; so a token must not be used up by a
    ``GET``. Show a form, and call :func:`use_token` where that is sent to.

    Args:
        token: Any text.
        purpose: What it must be for.

    Returns:
        The token; ``None`` if it was altered, has expired or been used, was made for something else, by a key that is
        no longer in the ring, or for a user who is no more or whose fingerprint has changed. Which of these it was is
        not told.

    Raises:
        SetupError: There is no user loader.
        ContextError: There is no context.
    """
    ctx = current_context()
    claims = _claims_of(ctx, token, purpose)
    if claims is None or stores_of(ctx.app).tokens.is_spent(claims.id.hex()):
        return None
    return _token(ctx, claims)


def use_token(token: str, purpose: str) -> Token | None:
    """Return what a token says, and use it up: of any number of requests with one token, one gets it.

    Call it last, when all else that was sent is in order. With ``sqlalchemy`` enabled all workers know which tokens
    were used; otherwise this process does. A token for a new password is good for one in any case: it is bound to the
    old one.

    Args:
        token: Any text.
        purpose: What it must be for.

    Returns:
        As :func:`read_token`.

    Raises:
        StoreError: The table of used tokens is not there.
        SetupError: There is no user loader.
        ContextError: There is no context.
    """
    ctx = current_context()
    claims = _claims_of(ctx, token, purpose)
    found = None if claims is None else _token(ctx, claims)
    if claims is None or found is None:
        return None
    is_first = stores_of(ctx.app).tokens.spend(claims.id.hex(), claims.expires_at + CLOCK_SKEW, time.time())
    return found if is_first else None


def _claims_of(ctx: Context, token: str, purpose: str) -> _Claims | None:
    """Return what stands in a token that is genuine and has not expired."""
    data = ctx.app.keyring.encrypter(_salt_of(purpose)).decrypt(token)
    if data is None:
        return None
    try:
        claims = msgspec.msgpack.decode(data, type=_Claims)
    except msgspec.MsgspecError:  # another version made it
        return None
    return claims if time.time() < claims.expires_at else None


def _token(ctx: Context, claims: _Claims) -> Token | None:
    user = load_user(ctx.app.extension(Login), ctx, claims.user_id)
    if user is None or not is_fingerprint_of(ctx.app, user, claims.fingerprint):
        return None
    return Token(user, claims.data)


def _salt_of(purpose: str) -> str:
    return f"login token {purpose}"
