"""What a remember cookie says, and that it is of our own making."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, field, fields
from typing import Final

from ferrule import App

__all__ = ["Ticket", "demand_key", "read", "written"]

_PURPOSE: Final = "ferrule.login.remember"


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What a remember cookie says.

    Attributes:
        user_id: Who is remembered.
        fingerprint: The user's fingerprint when the cookie was made; another password, or epoch, is another one.
        lifetime: How long it lasts, in seconds.
        expires: When it ends, in seconds since the epoch.
        selector: Names the family in the store: one browser's cookies, each made of the one before. Empty where there
            is no store.
        validator: Proves which of the family it is; the store has a digest of it. No text
            of a ticket has it, such as that of a traceback with variables.
    """

    user_id: str
    fingerprint: str
    lifetime: int
    expires: int
    selector: str = ""
    validator: str = field(default="", repr=False)


_TYPES: Final = tuple({"str": str, "int": int}[str(part.type)] for part in fields(Ticket))
_NAMES: Final = tuple(part.name for part in fields(Ticket))


def demand_key(app: App) -> None:
    """See that cookies can be made.

    Raises:
        ConfigError: There is no secret key.
    """
    app.keyring.encrypter(_PURPOSE)


def written(app: App, ticket: Ticket) -> str:
    """Return the cookie's value: encrypted and authenticated, for this purpose alone.

    So a forged one costs no look at a database, the id of a user is shown to nobody, and a key that is taken out of the
    ring ends all cookies that were made with it.

    Args:
        app: Whose keys are used.
        ticket: What it says.
    """
    data = json.dumps(astuple(ticket), separators=(",", ":"))
    return app.keyring.encrypter(_PURPOSE).encrypt(data.encode())


def read(app: App, value: str, now: float) -> Ticket | None:
    """Return what a cookie says; ``None`` for one that is not of our making, or that has expired.

    Args:
        app: Whose keys are used.
        value: Any text.
        now: The time, in seconds since the epoch.
    """
    data = app.keyring.encrypter(_PURPOSE).decrypt(value) if app.keyring else None
    if data is None:
        return None
    try:
        values = json.loads(data)
    except ValueError:
        return None
    # Authentic, yet perhaps of a version with other parts.
    if not isinstance(values, list) or tuple(map(type, values)) != _TYPES:
        return None
    ticket = Ticket(**dict(zip(_NAMES, values, strict=True)))
    return ticket if now < ticket.expires else None
