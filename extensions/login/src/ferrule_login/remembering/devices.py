"""The browsers that remember a user, for a page on which users see them and end them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from time import time
from typing import Final

from ferrule import Context, SetupError
from ferrule.context import current_context

from ..fingerprints import is_fingerprint_of
from ..stores import stores_of
from ..stores.families import Family, RememberStore
from ..users import UserProtocol, id_of
from .remember_cookie import sent_ticket

__all__ = ["RememberedDevice", "forget_device", "forget_devices", "remembered_devices"]

_NO_STORE: Final = (
    "remembered browsers are kept nowhere but in their cookies; enable sqlalchemy, on a database that is not in memory,"
    " to list them and to end them one by one"
)


@dataclass(frozen=True, kw_only=True)
class RememberedDevice:
    """A browser that remembers a user.

    Attributes:
        id: What :func:`forget_device` knows it by. It may stand in a page: who has it can do nothing with it.
        created_at: When the user logged in there, in UTC.
        last_used_at: When the cookie last logged the user in, in UTC.
        expires_at: When the user is forgotten there, in UTC.
        user_agent: What the browser called itself then: text from outside, to be escaped.
        is_current: Whether it is the browser of the current request.
    """

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str
    is_current: bool


def remembered_devices(user: UserProtocol) -> list[RememberedDevice]:
    """Return the browsers that remember a user, the last used first.

    Args:
        user: The user.

    Raises:
        SetupError: There is no store: browsers are known to their cookies alone.
    """
    ctx = current_context()
    sent = sent_ticket(ctx) if ctx.has_request else None
    current = "" if sent is None else sent.selector
    return [_device(family, current) for family in _families(ctx, user)]


def forget_device(user: UserProtocol, device_id: str) -> bool:
    """Have a browser remember a user no longer. Its session goes on, unless ``sign_out_everywhere`` ends that.

    Args:
        user: The user: a browser that remembers somebody else is not touched.
        device_id: Which browser, as :class:`RememberedDevice` has it.

    Returns:
        Whether it did remember the user.

    Raises:
        SetupError: There is no store.
    """
    ctx = current_context()
    is_theirs = any(family.selector == device_id for family in _families(ctx, user))
    return is_theirs and _store(ctx).end(device_id)


def forget_devices(user: UserProtocol) -> int:
    """Have all browsers remember a user no longer. Their sessions go on.

    Args:
        user: The user.

    Returns:
        How many there were.

    Raises:
        SetupError: There is no store.
    """
    ctx = current_context()
    count = len(_families(ctx, user))
    _store(ctx).end_all(id_of(user))
    return count


def _store(ctx: Context) -> RememberStore:
    store = stores_of(ctx.app).remembered
    if store is None:
        raise SetupError(_NO_STORE)
    return store


def _families(ctx: Context, user: UserProtocol) -> list[Family]:
    """Return the families whose cookies are good: a new password has ended the others, whose rows stay for a while."""
    found = _store(ctx).of_user(id_of(user), int(time()))
    return [family for family in found if is_fingerprint_of(ctx.app, user, family.fingerprint)]


def _device(family: Family, current: str) -> RememberedDevice:
    return RememberedDevice(
        id=family.selector,
        created_at=datetime.fromtimestamp(family.created, UTC),
        last_used_at=datetime.fromtimestamp(family.used, UTC),
        expires_at=datetime.fromtimestamp(family.expires, UTC),
        user_agent=family.user_agent,
        is_current=family.selector == current,
    )
