"""Who the user of a request is: whom its session names, else whom a remember cookie does, else a request loader.

The order is Flask-Login's. The first that answers is believed; nobody is asked twice in a request.
"""

from hmac import compare_digest

from ferrule import Context, SetupError

from .declared import Declared
from .fingerprints import fingerprint_of, is_fingerprint_of
from .identity import bind, bound_fingerprint, bound_id, set_fingerprint
from .loaders import NO_LOADER, checked
from .protection import agent_in, withstands
from .users import UserProtocol

__all__ = ["bind_to", "find_user", "load_user"]


def find_user(login: Declared, ctx: Context) -> tuple[UserProtocol, str] | None:
    """Return the user of a request, and what found it: ``"session"``, ``"remember"`` or ``"request"``."""
    if bound_id(ctx.session) is not None:
        if not withstands(ctx, login.settings(ctx.app)):
            ctx.session.clear()
            login.remembering.forget(ctx)
            return None
        if (user := _of_session(login, ctx)) is not None:
            login.remembering.refresh(ctx, user)
            return user, "session"
    if (user := login.remembering.find(ctx)) is not None:
        bind_to(ctx, user, fresh=False)
        login.remembering.refresh(ctx, user)
        ctx.app.hooks.login_user_remembered(ctx, user)
        return user, "remember"
    if (user := _of_request(login, ctx)) is not None:
        return user, "request"
    return None


def _of_session(login: Declared, ctx: Context) -> UserProtocol | None:
    session = ctx.session
    user = load_user(login, ctx, bound_id(session) or "")
    if user is not None and _is_bound_to(login, ctx, user):
        return user
    session.clear()  # what else is in it belongs to somebody who is no more, or must not read it any more
    if user is not None:
        ctx.app.hooks.login_refused(ctx, user, "ended", None)
    return None


def _is_bound_to(login: Declared, ctx: Context, user: UserProtocol) -> bool:
    """Tell whether the session's login still is one: neither password nor epoch have changed since."""
    claimed, app = bound_fingerprint(ctx.session), ctx.app
    newest = fingerprint_of(app, user)
    if isinstance(claimed, str) and claimed.isascii() and compare_digest(claimed, newest):
        return True
    if is_fingerprint_of(app, user, claimed) or (claimed is None and login.settings(app).unbound_sessions):
        set_fingerprint(ctx.session, newest)  # so that the older key can be taken out one day
        return True
    return False


def load_user(login: Declared, ctx: Context, user_id: str) -> UserProtocol | None:
    """Let the application's loader find a user by id; ``None`` for one who is no more.

    Raises:
        NotAUserError: The loader returned something else.
        SetupError: There is no loader.
    """
    load = login.loader_in(ctx.app)
    if load is None:
        raise SetupError(NO_LOADER)
    return checked(load(ctx.app, user_id), load)


def _of_request(login: Declared, ctx: Context) -> UserProtocol | None:
    load = login.registered_request_loader
    return None if load is None else checked(load(ctx.app, ctx.request), load)


def bind_to(ctx: Context, user: UserProtocol, *, fresh: bool) -> None:
    """Make the session of a request that of a user, under a new identity; another user's is emptied first."""
    user_id, session = str(user.get_id()), ctx.session
    if bound_id(session) not in (None, user_id):
        session.clear()
    ctx.app.session_interface.renew(session)
    bind(session, user_id, fingerprint=fingerprint_of(ctx.app, user), agent=agent_in(ctx), fresh=fresh)
