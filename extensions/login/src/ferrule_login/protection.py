"""Session protection: a session that comes from another browser than the one that logged in."""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from ferrule import Context

from .identity import agent_of, bound_id, is_fresh, set_fresh
from .settings import LoginSettings

__all__ = ["agent_in", "withstands"]

_SIZE: Final = 9


def agent_in(ctx: Context) -> str:
    """Return a digest of the name by which the browser of a request calls itself (``User-Agent``).

    The address is left out: on a phone it changes by the hour.
    """
    environ = ctx.environ or {}
    return _digest(environ.get("HTTP_USER_AGENT", ""))


def withstands(ctx: Context, settings: LoginSettings) -> bool:
    """Protect a session that is used by another browser than the one that logged in.

    With ``"basic"`` the login is no longer fresh, with ``"strong"`` it is none; but a session that is permanent, or was
    Flask-Login's, goes on stale.

    Returns:
        Whether the session may be used.
    """
    mode, session = settings.session_protection, ctx.session
    if mode is None or (known := agent_of(session)) == agent_in(ctx):
        return True
    if mode == "strong" and known is not None and not session.permanent:
        ctx.app.hooks.login_session_protected(ctx, mode, bound_id(session))
        return False
    if is_fresh(session):
        set_fresh(session, False)
        ctx.app.hooks.login_session_protected(ctx, "basic", bound_id(session))
    return True


@lru_cache(maxsize=256)  # PERF: a site is visited by few kinds of browsers
def _digest(agent: str) -> str:
    return blake2b(agent.encode("utf-8", "surrogateescape"), digest_size=_SIZE).hexdigest()
