"""What makes sessions: an application's options, and who wants to be told."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from ferrule import App, ConfigError, Context

from .binds import place_of
from .commits import RecordingSession
from .engines import Engines
from .routing import RoutedSession
from .sessions import ContextSession, session_class, session_mistakes
from .settings import SQLAlchemySettings

__all__ = ["SessionFactory"]


class _Plan(NamedTuple):
    """How the sessions of one application are made, and whether that is told."""

    make: partial[ContextSession]
    is_told: bool
    tells_changes: bool


class SessionFactory:
    """Makes sessions. Options and hooks are looked up once, when the application is complete.

    Args:
        given: The options of the constructor; those of the settings come before them.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = dict(given)
        self._plans: WeakKeyDictionary[App, _Plan] = WeakKeyDictionary()

    def make(self, context: Context, engines: Engines) -> ContextSession:
        """Make a session.

        Args:
            context: Whose it is.
            engines: The engines of its application.

        Raises:
            ConfigError: The options make no session.
        """
        plan = self._plans.get(context.app) or self.check(context.app)
        session = plan.make(engines.get(None), app=context.app, engines=engines)
        if plan.tells_changes and isinstance(session, RecordingSession):
            session.tell = partial(context.app.hooks.sqlalchemy_models_committed, context)
        session.begins_after(context.failures)
        return session

    def announce(self, context: Context, session: Session) -> None:
        """Tell who wants to know that a context has its session."""
        plan = self._plans.get(context.app)
        if plan is None or plan.is_told:
            context.app.hooks.sqlalchemy_session_created(context, session)

    def check(self, app: App) -> _Plan:
        """Look options and hooks up, so that a wrong option stops the start.

        Args:
            app: The application.

        Raises:
            ConfigError: The options make no session.
        """
        settings = app.config.settings(SQLAlchemySettings).session_options
        places = {"SQLAlchemy(session_options=…)": self._given, place_of(app, "session_options"): settings}
        if mistakes := [f"{where}: {mistake}" for where, each in places.items() for mistake in session_mistakes(each)]:
            raise ConfigError("\n".join(mistakes))
        options = {**self._given, **settings}
        is_told, tells_changes = (
            bool(app.plugins.implementations(f"sqlalchemy_{hook}")) for hook in ("session_created", "models_committed")
        )
        kinds = (RecordingSession, RoutedSession) if tells_changes else (RoutedSession,)
        plan = _Plan(partial(session_class(options.pop("class_", Session), *kinds), **options), is_told, tells_changes)
        if app.finalized:  # until then extensions may join
            self._plans[app] = plan
        return plan
