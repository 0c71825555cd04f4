"""An attempt to log in: counted as failed before anything is checked, and taken back if it turns out to be right."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from ferrule import App, Context
from ferrule.context import current_context

from ..exceptions import TooManyAttemptsError
from ..settings import LoginSettings
from ..stores import Limit, stores_of
from .clients import network_of
from .devices import device_of, know_device
from .names import folded, skeleton_of

__all__ = ["Attempt", "begin_attempt", "throttling_mistakes", "trust_device"]

_LOGGER: Final = logging.getLogger(__name__)

_SALT: Final = "login attempts"
_LEAST: Final[Mapping[str, object]] = {
    **dict.fromkeys(("throttle_attempts", "throttle_account", "throttle_address"), 1),
    **dict.fromkeys(
        ("throttle_delay", "throttle_max_delay", "throttle_forget", "throttle_address_forget"),
        timedelta(milliseconds=1),
    ),
}


class Attempt:
    """An attempt that may be made, and counts as failed unless :meth:`succeed` is called."""

    __slots__ = ("_account", "_forgiven", "_forgotten", "_succeeded")

    def __init__(self, account: str, forgotten: Mapping[str, Limit], forgiven: Mapping[str, Limit]) -> None:
        self._account = account
        self._forgotten = forgotten
        self._forgiven = forgiven
        self._succeeded = False

    def succeed(self) -> None:
        """Say that the attempt was right: what was typed is the account's password, or whatever else it needs.

        Forgotten are the failures of this account from this address, or this device, and no others. So whoever has an
        account of their own does not clear the way to another by logging in now and then. The device is known from then
        on: the response sets a cookie.
        """
        self._succeeded = True
        if self._forgotten:  # else nothing is counted here
            know_device(current_context(), self._account)

    def _settle(self, app: App) -> None:
        """Take back what was counted, if the attempt was right; called when the context goes."""
        if not self._succeeded:
            return
        try:
            stores_of(app).attempts.settle(self._forgotten.keys(), self._forgiven, time.time())
        except Exception:  # who is logged in must not see an error since a counter could not be set back
            _LOGGER.exception("an attempt to log in that was right could not be taken back, and counts as failed")


def begin_attempt(account: str, *, purpose: str = "login") -> Attempt:
    """Count an attempt, before anything is checked; refuse it if it comes too early after others that failed.

    :func:`authenticate` calls this. Call it yourself where something else can be guessed, such as a code, or where
    something costs others time, such as a mail to whoever is named in a form: then every attempt counts.

    A device that the account has been logged in to from has a count of its own, and what strangers do does not keep its
    owner out. For all others, failures are counted for the account from this address, for the account from anywhere and
    for the address; see "Slow down guessing" in the documentation for what is behind this.

    Args:
        account: What the account is called by who wants to log in: a name, a mail address. It need not exist.
        purpose: What is counted together.

    Returns:
        The attempt. Outside of a request nothing is counted.

    Raises:
        TooManyAttemptsError: It comes too early. Nothing was counted: who asks too often waits no longer for it.
        ContextError: There is no context.
    """
    ctx = current_context()
    account = folded(account)
    settings = ctx.app.config.settings(LoginSettings)
    if not ctx.has_request or not settings.throttle:
        return Attempt(account, {}, {})
    forgotten, forgiven = _buckets(ctx, account, purpose, settings)
    wait = stores_of(ctx.app).attempts.charge({**forgotten, **forgiven}, time.time())
    if wait:
        raise TooManyAttemptsError(wait)
    attempt = Attempt(account, forgotten, forgiven)
    # When the context goes: the application's session, which is mostly opened later, has given back its connection by
    # then. So as many requests as the pool has connections do not wait for each other, nor one of SQLite's for itself.
    ctx.defer(lambda: attempt._settle(ctx.app))
    return attempt


def trust_device(account: str) -> None:
    """Know this device from now on, as after a login by password: for who has just shown a token from a mail.

    Args:
        account: The account, as :func:`authenticate` is given it.

    Raises:
        ContextError: There is no request.
    """
    ctx = current_context()
    if ctx.app.config.settings(LoginSettings).throttle:
        know_device(ctx, folded(account))


def throttling_mistakes(app: App) -> Iterator[str]:
    """Yield what of the configuration makes no sense."""
    settings = app.config.settings(LoginSettings)
    for name, least in _LEAST.items():
        value = getattr(settings, name)
        if value < least:
            shown = value.total_seconds() if isinstance(value, timedelta) else value
            yield f"{app.config.origin(f'LOGIN_{name.upper()}')} {name}={shown}: more than 0 is needed"


def _buckets(
    ctx: Context, account: str, purpose: str, settings: LoginSettings
) -> tuple[dict[str, Limit], dict[str, Limit]]:
    app, device = ctx.app, device_of(ctx)
    one, all_of_account = _limit(settings, settings.throttle_attempts), _limit(settings, settings.throttle_account)
    if device is not None and device.knows(account):
        forgotten = {_bucket(app, purpose, "device", account, device.id.hex()): one}
        return forgotten, {_bucket(app, purpose, "known devices", account): all_of_account}
    address = network_of(ctx.request.remote_addr)
    forgotten = {_bucket(app, purpose, "account and address", account, address): one}
    all_of_address = _limit(settings, settings.throttle_address, settings.throttle_address_forget.total_seconds())
    return forgotten, {  # the account as the loosest database finds it, which no success of another one empties
        _bucket(app, purpose, "account", skeleton_of(account)): all_of_account,
        _bucket(app, purpose, "address", address): all_of_address,
    }


def _limit(settings: LoginSettings, free: int, forget: float | None = None) -> Limit:
    return Limit(
        free=free,
        forget=settings.throttle_forget.total_seconds() if forget is None else forget,
        first_delay=settings.throttle_delay.total_seconds(),
        max_delay=settings.throttle_max_delay.total_seconds(),
    )


def _bucket(app: App, *parts: str) -> str:
    """Return a digest under the secret key: a table tells nobody who tries to log in, and from where.

    People type passwords into the field of the name, too.
    """
    digest = blake2b(key=app.keyring.derive(_SALT)[0], digest_size=16)
    for part in parts:
        text = part.encode("utf-8", "surrogatepass")
        digest.update(len(text).to_bytes(4, "big") + text)
    return digest.hexdigest()
