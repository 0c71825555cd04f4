"""The extension: what it records by itself, and what others may have recorded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from ferrule import App, Context, Extension, hookimpl
from ferrule.context import current_context

from .events import AuditEvent, describe
from .hookspecs import AuditHooks
from .recording import gather
from .settings import AuditSettings

__all__ = ["Audit", "record"]

_VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"


class Audit(Extension):
    """Records who logs in and out, and what the application tells it besides, in the table ``audit_events``."""

    name = "audit"
    description = "Records who did what, and when."
    settings_class: ClassVar[type[AuditSettings]] = AuditSettings
    hookspecs: ClassVar[type[AuditHooks]] = AuditHooks
    requires: ClassVar[tuple[str, ...]] = ("sqlalchemy",)
    after: ClassVar[tuple[str, ...]] = ("login",)
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True

    def record(self, ctx: Context, action: str, user_id: str | None = None, **details: Any) -> None:
        """Record an event when the context ends, also if its work is rolled back.

        Args:
            ctx: The context.
            action: What it is, such as ``note.deleted``; 64 characters at most.
            user_id: Who does it.
            **details: What else there is to know, as JSON has it. No passwords and no tokens.
        """
        with_address = ctx.app.config.settings(AuditSettings).addresses
        gather(ctx, self, describe(ctx, action, user_id, details, with_address=with_address))

    @hookimpl
    def app_init(self, app: App) -> None:
        """Show the page, where people can log in to read it."""
        if "login" in app.extensions:
            from .page import blueprint_for  # login is optional

            app.register_blueprint(blueprint_for(app))

    @hookimpl(optionalhook=True)
    def login_user_logged_in(self, ctx: Context, user: Any) -> None:
        """Record a login."""
        self.record(ctx, "login", user.get_id())

    @hookimpl(optionalhook=True)
    def login_user_remembered(self, ctx: Context, user: Any) -> None:
        """Record a login by a remember cookie."""
        self.record(ctx, "login.remembered", user.get_id())

    @hookimpl(optionalhook=True)
    def login_remember_replayed(self, ctx: Context, user: Any) -> None:
        """Record a remember cookie that was used twice."""
        self.record(ctx, "login.remember_replayed", user.get_id())

    @hookimpl(optionalhook=True)
    def login_user_logged_out(self, ctx: Context, user: Any) -> None:
        """Record a logout."""
        self.record(ctx, "logout", user.get_id())

    @hookimpl(optionalhook=True)
    def login_signed_out_everywhere(self, ctx: Context, user: Any) -> None:
        """Record the end of all sessions of a user."""
        self.record(ctx, "logout.everywhere", user.get_id())

    @hookimpl(optionalhook=True)
    def login_confirmed(self, ctx: Context, user: Any) -> None:
        """Record that a user has shown a password once more."""
        self.record(ctx, "login.confirmed", user.get_id())

    @hookimpl(optionalhook=True)
    def login_refused(self, ctx: Context, user: Any, reason: str) -> None:
        """Record a login that was refused, but none of those that come too fast: they would fill the table.

        What was entered for the account is left out, since people enter passwords there by mistake.
        """
        if reason != "throttled":
            self.record(ctx, "login.refused", None if user is None else user.get_id(), reason=reason)

    @hookimpl(optionalhook=True)
    def login_session_protected(self, ctx: Context, mode: str, user_id: str) -> None:
        """Record a session that another browser used."""
        self.record(ctx, "session.protected", user_id, mode=mode)

    @hookimpl(optionalhook=True)
    def migrate_versions(self, app: App) -> Path:
        """Return the folder of the revisions."""
        return _VERSIONS

    @hookimpl(optionalhook=True)
    def migrate_tables(self, app: App) -> Iterable[sa.FromClause]:
        """Return the table that they make."""
        return [AuditEvent.__table__]


def record(action: str, **details: Any) -> None:
    """Record something that the current user does, or that a command does; see :meth:`Audit.record`.

    Args:
        action: What it is, such as ``note.deleted``.
        **details: What else there is to know, as JSON has it. No passwords and no tokens.

    Raises:
        ContextError: There is no context.
        ExtensionError: The extension is not enabled.
    """
    ctx = current_context()
    login: Any = ctx.app.extensions.get("login")
    ctx.app.extension(Audit).record(ctx, action, None if login is None else login.user(ctx).get_id(), **details)
