"""The remember cookie in one request: it logs somebody in, is replaced, made and forgotten.

What becomes of the cookie is decided when somebody asks for the user, or logs in or out, and done when the response is
complete. So a cookie is replaced in the store only where an answer carries the new one, and the last word counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from time import time
from typing import Any, Final, Protocol, TypeAlias

from werkzeug.wrappers import Response

from ferrule import App, Context, flash

from ..fingerprints import fingerprint_of, is_fingerprint_of
from ..settings import LoginSettings
from ..stores import stores_of
from ..stores.families import Family, RememberStore, Verdict, digest_of, new_selector, new_validator
from ..users import UserProtocol, id_of
from . import cookies, tickets
from .tickets import Ticket

__all__ = ["RememberCookie", "sent_ticket"]

_PARTS: Final = 100
"""A cookie that is refreshed is sent again when this part of its lifetime is over, not with each response."""

_USER_AGENT: Final = 255


Send: TypeAlias = Callable[[Response], object]


@dataclass(frozen=True)
class _Plan:
    """What is to be done with the cookie when the response is complete.

    Attributes:
        step: Does it in the store, and returns what does it in the response.
        remembers: Whether the browser has a good cookie afterwards.
    """

    step: Callable[[], Send]
    remembers: bool = True


class _Login(Protocol):
    """What is asked of the extension."""

    localize_callback: Callable[[Any], str] | None

    def settings(self, app: App) -> LoginSettings: ...


class RememberCookie:
    """Remembers users by a cookie; see :class:`Remembering`.

    Args:
        login: The extension.
        load: Finds a user by id.
    """

    def __init__(self, login: _Login, load: Callable[[Context, str], UserProtocol | None]) -> None:
        self._login = login
        self._load = load

    def find(self, ctx: Context) -> UserProtocol | None:
        """Return the user whom the request's cookie remembers; a cookie that remembers nobody is deleted."""
        if ctx.state.get(self) is not None or cookies.sent_with(ctx) is None:
            return None
        ticket = sent_ticket(ctx)
        user = None if ticket is None else self._user_of(ctx, ticket)
        if user is None:
            # The family stays: an older cookie of it, which a thief may have, must not end the newest one.
            self._decide(ctx, _Plan(lambda: partial(cookies.delete, ctx.app), remembers=False))
        return user

    def _user_of(self, ctx: Context, ticket: Ticket) -> UserProtocol | None:
        user = self._load(ctx, ticket.user_id)
        if user is None or not user.is_active or not is_fingerprint_of(ctx.app, user, ticket.fingerprint):
            return None
        store = stores_of(ctx.app).remembered
        if store is None or not ticket.selector:
            # One from a time with a store may be ended, one from a time without cannot be: each counts in its own.
            return user if store is None and not ticket.selector else None
        verdict = store.check(ticket.selector, digest_of(ticket.validator), int(time()))
        if verdict is Verdict.CURRENT:
            self._plan(ctx, partial(self._rotate, ctx, ticket, user, store))
        elif verdict in {Verdict.REPLAYED, Verdict.ENDED}:
            self._tell(ctx)  # each browser that has a cookie of the family: one of them is the user's
        if verdict is Verdict.REPLAYED:
            ctx.app.hooks.login_remember_replayed(ctx, user)
        return user if verdict in {Verdict.CURRENT, Verdict.REPLACED} else None

    def remember(self, ctx: Context, user: UserProtocol, duration: timedelta | None) -> None:
        """Remember a user who is being logged in.

        Raises:
            ConfigError: There is no secret key.
            TypeError: The duration is no ``timedelta``.
            ValueError: The duration is shorter than a second.
        """
        tickets.demand_key(ctx.app)
        lifetime = _seconds(self._settings(ctx).remember_cookie_duration if duration is None else duration)
        self._plan(ctx, partial(self._begin, ctx, user, lifetime))

    def forget(self, ctx: Context) -> None:
        """Remember nobody at this browser: its cookie is deleted, and its family ended."""
        self._decide(ctx, _Plan(partial(_forget, ctx), remembers=False))

    def is_remembered(self, ctx: Context, user: UserProtocol) -> bool:
        """Tell whether this browser has, or gets, a cookie that remembers a user as it is now. No store is asked."""
        if (plan := ctx.state.get(self)) is not None:
            return bool(plan.remembers)
        ticket = sent_ticket(ctx)
        return ticket is not None and _is_good(ctx, ticket, user)

    def rebind(self, ctx: Context, user: UserProtocol) -> None:
        """Bind the cookie, if the request has one of that user's, to the fingerprint as it is now."""
        ticket = sent_ticket(ctx)
        if ctx.state.get(self) is None and ticket is not None and ticket.user_id == id_of(user):
            self._plan(ctx, partial(self._extend, ctx, ticket, user, ticket.expires))

    def end_all(self, ctx: Context, user: UserProtocol) -> None:
        """Forget a user at every browser. Without a store, the epoch has done it."""
        if (store := stores_of(ctx.app).remembered) is not None:
            store.end_all(id_of(user))

    def refresh(self, ctx: Context, user: UserProtocol) -> None:
        """Let the lifetime of the cookie begin anew, if the request has one of that user's."""
        if ctx.state.get(self) is not None or not self._settings(ctx).remember_cookie_refresh_each_request:
            return
        ticket, now = sent_ticket(ctx), int(time())
        if ticket is None or not _is_good(ctx, ticket, user):
            return
        if now >= ticket.expires - ticket.lifetime + ticket.lifetime / _PARTS:
            self._plan(ctx, partial(self._extend, ctx, ticket, user, now + ticket.lifetime))

    def _plan(self, ctx: Context, step: Callable[[], Send]) -> None:
        self._decide(ctx, _Plan(step))

    def _decide(self, ctx: Context, plan: _Plan) -> None:
        if ctx.state.get(self) is None:
            # A hook would cost each request that has no such cookie. And what the request writes is committed by then,
            # be it by a function after it: SQLite has one writer.
            ctx.completing = [*ctx.completing, partial(self._finish, ctx)]
        ctx.state[self] = plan

    def _finish(self, ctx: Context, response: Response) -> None:
        """Do with the cookie what was decided last."""
        plan: _Plan = ctx.state[self]
        send = plan.step()
        # An error that comes later has a response of its own, which comes by here again.
        ctx.state[self] = replace(plan, step=lambda: send)
        send(response)

    def _begin(self, ctx: Context, user: UserProtocol, lifetime: int) -> Send:
        app, now, store = ctx.app, int(time()), stores_of(ctx.app).remembered
        ticket = Ticket(
            user_id=id_of(user), fingerprint=fingerprint_of(app, user), lifetime=lifetime, expires=now + lifetime
        )
        if store is not None:
            _end_sent(ctx)
            ticket = replace(ticket, selector=new_selector(), validator=new_validator())
            store.begin(_family(ctx, ticket, now))
        return _sending(ctx, ticket)

    def _rotate(self, ctx: Context, ticket: Ticket, user: UserProtocol, store: RememberStore) -> Send:
        now, refreshes = int(time()), self._settings(ctx).remember_cookie_refresh_each_request
        successor = replace(
            ticket,
            fingerprint=fingerprint_of(ctx.app, user),
            validator=new_validator(),
            expires=now + ticket.lifetime if refreshes else ticket.expires,
        )
        if store.rotate(digest_of(ticket.validator), _family(ctx, successor, now), now):
            return _sending(ctx, successor)
        return _nothing  # a request at the same time was first, and its answer has the new one

    def _extend(self, ctx: Context, ticket: Ticket, user: UserProtocol, expires: int) -> Send:
        now, store = int(time()), stores_of(ctx.app).remembered
        longer = replace(ticket, fingerprint=fingerprint_of(ctx.app, user), expires=expires)
        if store is None or store.extend(digest_of(ticket.validator), _family(ctx, longer, now), now):
            return _sending(ctx, longer)
        return _nothing

    def _tell(self, ctx: Context) -> None:
        settings, localize = self._settings(ctx), self._login.localize_callback
        if message := settings.remember_replayed_message:
            flash(str(localize(message)) if localize else message, settings.message_category)

    def _settings(self, ctx: Context) -> LoginSettings:
        return self._login.settings(ctx.app)


def _is_good(ctx: Context, ticket: Ticket, user: UserProtocol) -> bool:
    """Tell whether a cookie is a user's, and of the password and epoch that the user has now."""
    return ticket.user_id == user.get_id() and is_fingerprint_of(ctx.app, user, ticket.fingerprint)


def _family(ctx: Context, ticket: Ticket, now: int) -> Family:
    return Family(
        selector=ticket.selector,
        user_id=ticket.user_id,
        fingerprint=ticket.fingerprint,
        digest=digest_of(ticket.validator),
        created=now,
        used=now,
        expires=ticket.expires,
        user_agent=_agent(ctx),
    )


def _agent(ctx: Context) -> str:
    name = ctx.request.user_agent.string[:_USER_AGENT]
    return "".join(character if character.isprintable() else " " for character in name)


def _sending(ctx: Context, ticket: Ticket) -> Send:
    value = tickets.written(ctx.app, ticket)
    return lambda response: cookies.send(ctx.app, response, value, ticket.expires)


def _nothing(response: Response) -> None:
    """Leave the response as it is."""


def _forget(ctx: Context) -> Send:
    if cookies.sent_with(ctx) is None:
        return _nothing
    _end_sent(ctx)
    return partial(cookies.delete, ctx.app)


def _end_sent(ctx: Context) -> None:
    """End the family of the cookie that the request brought."""
    ticket, store = sent_ticket(ctx), stores_of(ctx.app).remembered
    if store is not None and ticket is not None and ticket.selector:
        store.end(ticket.selector)


def sent_ticket(ctx: Context) -> Ticket | None:
    """Return what the cookie of a request says, if it is of our making and has not expired."""
    value = cookies.sent_with(ctx)
    return None if value is None else tickets.read(ctx.app, value, time())


def _seconds(duration: object) -> int:
    if not isinstance(duration, timedelta):
        raise TypeError(f"login_user(duration={duration!r}): expected a datetime.timedelta")
    seconds = int(duration.total_seconds())
    if seconds < 1:
        raise ValueError(f"login_user(duration={duration!r}): expected a second or more")
    return seconds
