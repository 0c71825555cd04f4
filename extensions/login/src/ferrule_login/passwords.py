"""Passwords: hashed and checked as the configuration says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ferrule import App
from ferrule.context import current_context

from .hashing import Hasher, hasher_with, mistakes_in
from .settings import LoginSettings

__all__ = ["HasPassword", "check_password", "hash_password", "hasher_of", "needs_rehash", "password_mistakes"]


class HasPassword(Protocol):
    """A user with a password. It is said to be read-only, so that a column that is never NULL has this type, too."""

    @property
    def password_hash(self) -> str | None:
        """What :func:`hash_password` made of the password; ``None`` or empty for a user who has none."""
        ...


def hash_password(password: str) -> str:
    """Return the hash of a new password, to be kept in the user's ``password_hash``: about 100 characters.

    It is made with Argon2id (RFC 9106), by default with what OWASP recommends at least, 19 MiB and two passes
    (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html). The password is normalised to
    NFKC before, since keyboards spell ``é`` in two ways (NIST SP 800-63B-4, section 3.1.1.2).

    Args:
        password: The password. How short it may be is for a form to say.

    Raises:
        PasswordTooLongError: It has more bytes than ``[login] password_max_bytes``. It is not cut off.
        ContextError: There is no context.
    """
    return hasher_of(current_context().app).hash(password)


def check_password(user: HasPassword | None, password: str) -> bool:
    """Tell whether a password is a user's.

    Args:
        user: The user; ``None`` where none was found. Then the answer is ``False`` after the same work, so that the
            time that it takes tells nobody who has an account. The same goes for a user without a password.
        password: What was typed. One that is too long is nobody's.

    Raises:
        ContextError: There is no context.
    """
    return hasher_of(current_context().app).verify(None if user is None else user.password_hash, password)


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than the configured ones, or in Werkzeug's formats.

    Once its password was found to be right, make a new one of it. :func:`authenticate` does.

    Args:
        password_hash: The hash.

    Raises:
        ContextError: There is no context.
    """
    return hasher_of(current_context().app).is_outdated(password_hash)


def hasher_of(app: App) -> Hasher:
    """Return what hashes passwords as an application's configuration says."""
    settings = app.config.settings(LoginSettings)
    return hasher_with(
        time_cost=settings.argon2_time_cost,
        memory_cost=settings.argon2_memory_cost,
        parallelism=settings.argon2_parallelism,
        longest=settings.password_max_bytes,
        legacy=settings.legacy_hashes,
    )


def password_mistakes(app: App) -> Iterator[str]:
    """Yield what of the configuration keeps passwords from being hashed."""
    for name, mistake in mistakes_in(hasher_of(app)):
        origin = app.config.origin(f"LOGIN_{name.upper()}")
        yield f"{origin} {name}={getattr(app.config.settings(LoginSettings), name)!r}: {mistake}"
