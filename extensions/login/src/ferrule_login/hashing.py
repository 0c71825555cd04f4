"""Hashes of passwords: made with Argon2id, and read in Werkzeug's formats, too."""

from __future__ import annotations

import re
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from werkzeug import security

from .exceptions import PasswordTooLongError

if TYPE_CHECKING:
    import argon2  # PERF: a shared library, which an application without passwords never loads

__all__ = ["OWASP_MINIMA", "Hasher", "hasher_with", "mistakes_in"]

OWASP_MINIMA: Final = ((47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5))
"""Pairs of memory (KiB) and passes of Argon2id that are equally strong, and the least that OWASP recommends
(https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html, "Argon2id")."""

SHORTEST_BOUND: Final = 64
"""Passwords of as many characters must be allowed (NIST SP 800-63B-4, section 3.1.1.2)."""

_SALT_SIZE: Final = 16
_HASH_SIZE: Final = 32
_LEGACY: Final = re.compile(r"scrypt:[1-9]\d*:[1-9]\d*:[1-9]\d*|pbkdf2:[a-z0-9_]+:[1-9]\d*")


@dataclass(frozen=True, kw_only=True)
class Hasher:
    """Makes hashes, and checks passwords against them, with the same work whether or not there is a user.

    Attributes:
        time_cost: Passes over the memory.
        memory_cost: Memory of a check, in KiB.
        parallelism: Lanes of that memory.
        longest: The longest password, in bytes of UTF-8.
        legacy: The method of Werkzeug whose hashes some users still have, such as ``scrypt:32768:8:1``; empty for none.
    """

    time_cost: int
    memory_cost: int
    parallelism: int
    longest: int
    legacy: str = ""
    _decoy: str = field(init=False, repr=False, compare=False)
    _legacy_decoy: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Salt and hash at random: no password has this hash, and to find that out takes all the work of a check.
        salt, digest = (_base64(secrets.token_bytes(size)) for size in (_SALT_SIZE, _HASH_SIZE))
        costs = f"m={self.memory_cost},t={self.time_cost},p={self.parallelism}"
        object.__setattr__(self, "_decoy", f"$argon2id$v=19${costs}${salt}${digest}")
        object.__setattr__(self, "_legacy_decoy", f"{self.legacy}${secrets.token_hex(8)}${secrets.token_hex(64)}")

    @cached_property
    def _argon2(self) -> argon2.PasswordHasher:
        from argon2 import PasswordHasher  # PERF: 9 ms, and a shared library

        return PasswordHasher(self.time_cost, self.memory_cost, self.parallelism, _HASH_SIZE, _SALT_SIZE)

    def hash(self, password: str) -> str:
        """Return the hash of a new password, parameters and a new salt included.

        Raises:
            PasswordTooLongError: It is longer than the bound. It is not cut: nobody would know which part counts.
        """
        text = self._bytes_of(password)
        if text is None:
            raise PasswordTooLongError(
                f"a password of {len(password)} characters has more than {self.longest} bytes; refuse it in the form,"
                " or raise password_max_bytes in [login] of the configuration file"
            )
        return self._argon2.hash(text)

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether a password is the one that was hashed.

        Args:
            stored: The hash: of Argon2, or of Werkzeug's ``generate_password_hash``. ``None``, and what is no hash,
                fits no password; the work is the same.
            password: What was typed. One that is longer than the bound fits no hash.
        """
        text, stored = self._bytes_of(password), stored or ""
        is_legacy = stored.startswith(("scrypt:", "pbkdf2:"))
        fits = self._fits(self._decoy if is_legacy or not stored else stored, text or b"")
        if is_legacy or self.legacy:
            fits_legacy = _fits_legacy(stored if is_legacy else self._legacy_decoy, "" if text is None else password)
            fits = fits_legacy if is_legacy else fits
        return fits and text is not None

    def _fits(self, stored: str, text: bytes) -> bool:
        from argon2 import exceptions  # PERF: as above

        try:
            return self._argon2.verify(stored, text)
        except exceptions.VerifyMismatchError:
            return False
        except (exceptions.InvalidHashError, exceptions.VerificationError, UnicodeEncodeError):
            return stored != self._decoy and self._fits(self._decoy, text)  # what is no hash took no time

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash was made otherwise than :meth:`hash` makes it today."""
        from argon2 import exceptions  # PERF: as above

        try:
            return self._argon2.check_needs_rehash(stored)
        except (exceptions.InvalidHashError, UnicodeEncodeError):
            return True

    def _bytes_of(self, password: str) -> bytes | None:
        """Return one spelling of a password (NIST SP 800-63B-4, section 3.1.1.2); ``None`` for one that is too long.

        The bound is on what was sent: to normalise takes time, and a text may become eleven times as long.
        """
        if len(password) > self.longest or len(password.encode("utf-8", "surrogatepass")) > self.longest:
            return None
        return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=64)
def hasher_with(*, time_cost: int, memory_cost: int, parallelism: int, longest: int, legacy: str) -> Hasher:
    """Return the hasher with some parameters; the same object every time."""
    return Hasher(time_cost=time_cost, memory_cost=memory_cost, parallelism=parallelism, longest=longest, legacy=legacy)


def mistakes_in(hasher: Hasher) -> Iterator[tuple[str, str]]:
    """Yield what keeps parameters from working: the setting, and what is wrong with it."""
    if hasher.time_cost < 1:
        yield "argon2_time_cost", "at least one pass is needed"
    if hasher.parallelism < 1:
        yield "argon2_parallelism", "at least one lane is needed"
    if hasher.memory_cost < 8 * hasher.parallelism:
        yield "argon2_memory_cost", f"Argon2 needs at least {8 * hasher.parallelism} KiB for this parallelism"
    if hasher.longest < SHORTEST_BOUND:
        yield "password_max_bytes", f"passwords of {SHORTEST_BOUND} characters must be allowed (NIST SP 800-63B-4)"
    if hasher.legacy and not _LEGACY.fullmatch(hasher.legacy):
        yield "legacy_hashes", "no method of Werkzeug's; write what its hashes begin with, such as scrypt:32768:8:1"


def _fits_legacy(stored: str, password: str) -> bool:
    try:
        return security.check_password_hash(stored, password)
    except ValueError:  # no hash after all, or a password with half of a surrogate pair
        return False


def _base64(data: bytes) -> str:
    return b64encode(data).rstrip(b"=").decode("ascii")
