"""Devices that have logged in before, and so are told from an attacker's: a cookie each.

After "Slow Down Online Guessing Attacks with Device Cookies" (OWASP,
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from werkzeug.wrappers import Response

from ferrule import Context
from ferrule.context import after_this_request

from ..settings import LoginSettings

__all__ = ["Device", "device_of", "know_device"]

_SALT: Final = "login device"
_ID_SIZE: Final = 16
_DIGEST_SIZE: Final = 8
_MOST_ACCOUNTS: Final = 8
_MAX_AGE: Final = 400 * 24 * 3600
"""Seconds that a device is known: as long as browsers keep a cookie (RFC 6265bis, section 5.5)."""


@dataclass(frozen=True)
class Device:
    """A browser, and the accounts that have been logged in to from it.

    Attributes:
        id: 16 random bytes.
        accounts: A digest of each account, the latest last.
    """

    id: bytes
    accounts: tuple[bytes, ...] = ()

    def knows(self, account: str) -> bool:
        """Tell whether an account has been logged in to from here."""
        return self._digest_of(account) in self.accounts

    def knowing(self, account: str) -> Device:
        """Return the device after a login; of many accounts, the earliest is forgotten."""
        digest = self._digest_of(account)
        others = tuple(each for each in self.accounts if each != digest)
        return replace(self, accounts=(*others, digest)[-_MOST_ACCOUNTS:])

    def _digest_of(self, account: str) -> bytes:
        text = account.encode("utf-8", "surrogatepass")
        return blake2b(text, key=self.id, digest_size=_DIGEST_SIZE).digest()


def device_of(ctx: Context) -> Device | None:
    """Return the device that a request comes from; ``None`` for one that is not known, and for a forged cookie.

    Args:
        ctx: The context of the request.
    """
    token = ctx.request.cookies.get(_cookie_of(ctx))
    data = token and ctx.app.keyring.encrypter(_SALT).decrypt(token, max_age=_MAX_AGE)
    if not data:
        return None
    return Device(data[:_ID_SIZE], tuple(_pieces(data[_ID_SIZE:])))


def know_device(ctx: Context, account: str) -> None:
    """Have the response say which device this is, and that an account has been logged in to from it.

    Args:
        ctx: The context of the request.
        account: The account.
    """
    device = (device_of(ctx) or Device(secrets.token_bytes(_ID_SIZE))).knowing(account)
    token = ctx.app.keyring.encrypter(_SALT).encrypt(device.id + b"".join(device.accounts))

    def tell(response: Response) -> Response:
        interface, app = ctx.app.session_interface, ctx.app
        response.set_cookie(
            _cookie_of(ctx),
            token,
            max_age=_MAX_AGE,
            path=interface.get_cookie_path(app),
            domain=interface.get_cookie_domain(app),
            secure=interface.get_cookie_secure(app),
            httponly=True,
            samesite="Lax",
        )
        return response

    after_this_request(tell)


def _cookie_of(ctx: Context) -> str:
    return ctx.app.config.settings(LoginSettings).throttle_cookie_name


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _DIGEST_SIZE):
        yield data[start : start + _DIGEST_SIZE]
