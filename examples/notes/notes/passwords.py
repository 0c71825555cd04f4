"""An extension of this application's own: passwords, hashed with Argon2 (RFC 9106)."""

import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ferrule import App, Extension, setting
from ferrule.context import current_context

__all__ = ["PasswordSettings", "Passwords", "Strongbox"]


@dataclass(frozen=True, kw_only=True)
class PasswordSettings:
    """The table ``[passwords]``; the defaults are the second choice of RFC 9106, section 4: 64 MiB for each check."""

    time_cost: int = setting(3, doc="How many passes over the memory.")
    memory_cost: int = setting(65_536, doc="How much memory a check takes, in KiB.")
    parallelism: int = setting(4, doc="How many lanes that memory has.")


@dataclass(frozen=True)
class Strongbox:
    """Makes hashes of passwords, and checks passwords against them.

    Args:
        hasher: Argon2 with the configured parameters.
    """

    hasher: PasswordHasher
    _decoy: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_decoy", self.hasher.hash(secrets.token_bytes(32)))

    def hash(self, password: str) -> str:
        """Return the hash of a new password."""
        return self.hasher.hash(_normalised(password))

    def opens(self, stored: str | None, password: str) -> bool:
        """Tell whether a password is the one that was hashed.

        Args:
            stored: The hash; ``None`` where there is no such user. The work is the same then, so that the time of the
                answer tells nobody which names are taken.
            password: What was typed.
        """
        try:
            self.hasher.verify(stored or self._decoy, _normalised(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with other parameters than those of today."""
        return self.hasher.check_needs_rehash(stored)


class Passwords(Extension):
    """Keeps one :class:`Strongbox` for each application; ``current_app.extension(Passwords).strongbox`` in a view."""

    name = "passwords"
    description = "Hashes passwords with Argon2."
    settings_class = PasswordSettings

    def make_state(self, app: App) -> Strongbox:
        """Make the strongbox, when it is first needed."""
        settings = app.config.settings(PasswordSettings)
        return Strongbox(PasswordHasher(settings.time_cost, settings.memory_cost, settings.parallelism))

    @property
    def strongbox(self) -> Strongbox:
        """The strongbox of the current application."""
        return cast(Strongbox, self.state(current_context().app))


def _normalised(password: str) -> bytes:
    """Return one spelling of a password: keyboards disagree about ``é`` (NIST SP 800-63B-4, section 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode()
