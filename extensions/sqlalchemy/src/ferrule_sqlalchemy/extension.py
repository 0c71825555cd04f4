"""The extension: engines for each application, and a session for each context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, cast

import sqlalchemy as sa
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, registry

from ferrule import App, Check, Context, Extension, ExtensionError, hookimpl
from ferrule.context import current_context

from . import lazy_loads
from .autocommit import commit_at_the_end
from .binds import unbound
from .checks import findings
from .engines import Engines, EngineSlot
from .exhaustion import answer_exhausted
from .factory import SessionFactory
from .hookspecs import SQLAlchemyHooks
from .metadatas import METADATAS
from .models import DeclarativeClass, Model, model_from
from .names import Names
from .queries import Queries
from .sessions import ContextSession
from .settings import SQLAlchemySettings
from .tables import ALL, BindKeys, chosen, refuse_to_wait
from .transactions import Transactions, refuse_bare_views

__all__ = ["SQLAlchemy", "db"]


class SQLAlchemy(Queries, Transactions, Names, Extension):
    """SQLAlchemy for an application.

    The one that most applications need is :data:`db`, enabled as ``sqlalchemy``. An application with a declarative base
    of its own makes another, ``db = SQLAlchemy(model_class=Base)``, and enables it as ``module:db`` instead. An
    application has one: whichever object is used, such as the default one by other extensions, leads to the engine and
    the session of the one that is enabled.

    Args:
        app: An application to enlist the extension with, as :meth:`init_app` does.
        metadata: Whose naming convention the tables that follow have, instead of Ferrule's.
        model_class: The application's own declarative base. Its tables join the ``MetaData`` of
            :class:`~ferrule_sqlalchemy.Model`, and it follows the same conventions, for what it does not say itself.
        engine_options: Arguments of ``sqlalchemy.create_engine`` for each engine; the configuration's are put over
            them.
        session_options: Arguments of ``sqlalchemy.orm.Session``, and ``class_``, a subclass of it to use instead; the
            configuration's are put over them.
        disable_autonaming: Generate no table names for models that derive from :attr:`Model`, or from the own base.

    Attributes:
        Model: The base class of models. Type checkers know no base class that is an attribute: import it instead, or
            derive from the own base.
        sessions: Makes the sessions.

    Raises:
        SetupError: A base or a ``MetaData`` has tables, a schema, or a naming convention where there is another.
    """

    name = "sqlalchemy"
    description = "An engine, a session for each context, and models"
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True
    settings_class: ClassVar[type[Any] | None] = SQLAlchemySettings
    hookspecs: ClassVar[type[SQLAlchemyHooks]] = SQLAlchemyHooks

    def __init__(
        self,
        app: App | None = None,
        *,
        metadata: sa.MetaData | None = None,
        model_class: DeclarativeClass = Model,
        engine_options: Mapping[str, Any] | None = None,
        session_options: Mapping[str, Any] | None = None,
        disable_autonaming: bool = False,
    ) -> None:
        if metadata is not None:
            METADATAS.join(metadata, f"{type(self).__name__}(metadata=…)")
        self.Model: type[Model] = model_from(model_class, autonaming=not disable_autonaming)
        self._engine_options = dict(engine_options or {})
        self.sessions: SessionFactory = SessionFactory(session_options or {})
        if app is not None:
            self.init_app(app)

    @property
    def session(self) -> Session:
        """The session of the current context: made when first used, closed when the context goes.

        It is the very ``sqlalchemy.orm.Session``, not a proxy, so keep it no longer than the context lasts. What is not
        committed is rolled back: when the context goes, or, if the view raised, when somebody who answers the error
        uses the session.

        Raises:
            ContextError: There is no context.
            ExtensionError: The extension is not enabled in the application.
        """
        # PERF: every query comes this way. The class is the key: all objects of it lead to one session.
        context = current_context()
        session: ContextSession | None = context.state.get(SQLAlchemy)
        if session is None:
            return self._open_session(context)
        if context.failures:
            session.undo_after(context.failures)
        return session

    def _open_session(self, context: Context) -> Session:
        enabled = _enabled_in(context.app)
        session = context.state[SQLAlchemy] = enabled.sessions.make(context, enabled.engines_of(context.app))
        lazy_loads.watch(session, context.app)
        context.defer(lambda: _close(context))  # after all teardown hooks, any of which may still use it
        enabled.sessions.announce(context, session)
        return session

    @property
    def engine(self) -> sa.Engine:
        """The engine of the current application's default bind.

        Raises:
            ContextError: There is no context.
            ExtensionError: The extension is not enabled in the application.
            ConfigError: The settings make no engines, or there is no default bind.
        """
        return self.engine_of(current_context().app)

    @property
    def engines(self) -> Engines:
        """The engines of the current application by bind key, ``None`` for the default bind.

        Raises:
            ContextError: There is no context.
            ExtensionError: The extension is not enabled in the application.
            ConfigError: The settings make no engines.
        """
        return self.engines_of(current_context().app)

    def get_engine(self, bind_key: str | None = None) -> sa.Engine:
        """Return an engine of the current application.

        Args:
            bind_key: Its bind; ``None`` for the default one.

        Raises:
            UnboundBindError: The bind is not configured.
        """
        return self.engine_of(current_context().app, bind_key)

    def engine_of(self, app: App, bind_key: str | None = None) -> sa.Engine:
        """Return an engine of an application; for work outside of a context.

        Args:
            app: The application.
            bind_key: Its bind; ``None`` for the default one.

        Raises:
            ExtensionError: The extension is not enabled in it.
            ConfigError: The settings make no engines, or the bind is not configured.
        """
        engines = self.engines_of(app)
        if bind_key not in engines:
            raise unbound(app.name, bind_key, engines)
        return engines[bind_key]

    def engines_of(self, app: App) -> Engines:
        """Return the engines of an application by bind key, made when first used; for work outside of a context.

        Args:
            app: The application.

        Raises:
            ExtensionError: The extension is not enabled in it.
            ConfigError: The settings make no engines.
        """
        return cast(EngineSlot, _enabled_in(app).state(app)).engines(app)

    @property
    def metadata(self) -> sa.MetaData:
        """The ``MetaData`` with the tables of the default bind."""
        return METADATAS[None]

    @property
    def metadatas(self) -> dict[str | None, sa.MetaData]:
        """The ``MetaData`` by bind key, made when asked for: ``sa.Table("log", db.metadatas["archive"], …)``."""
        return METADATAS

    def create_all(self, bind_key: BindKeys = ALL) -> None:
        """Create the tables that are not there. It changes none that is: that is what migrations are for.

        Args:
            bind_key: The bind, ``None`` for the default one, or a list of them; all unless given.

        Raises:
            UnboundBindError: A bind that has tables, or is named, is not configured; nothing was done.
        """
        for metadata, engine in self._chosen(bind_key):
            metadata.create_all(engine)

    def drop_all(self, bind_key: BindKeys = ALL) -> None:
        """Drop the tables of all models.

        Args:
            bind_key: As for :meth:`create_all`.

        Raises:
            UnboundBindError: As for :meth:`create_all`.
            TransactionError: The context's session holds locks on a server, for which this would wait; nothing was
                done.
        """
        found = self._chosen(bind_key)
        refuse_to_wait(current_context().state.get(SQLAlchemy), [engine for _, engine in found])
        for metadata, engine in found:
            metadata.drop_all(engine)

    def reflect(self, bind_key: BindKeys = ALL) -> None:
        """Load the tables that are in the databases, and that no model has, into :attr:`metadatas`.

        Args:
            bind_key: As for :meth:`create_all`.

        Raises:
            UnboundBindError: As for :meth:`create_all`.
        """
        for metadata, engine in self._chosen(bind_key):
            metadata.reflect(engine)

    def _chosen(self, bind_key: BindKeys) -> list[tuple[sa.MetaData, sa.Engine]]:
        app = current_context().app
        return chosen(app, self.engines_of(app), bind_key, self.registries)

    @property
    def registries(self) -> set[registry]:
        """Where the models are: the own base's, and that of ``Model``, from which models of extensions derive."""
        return {self.Model.registry, Model.registry}

    @staticmethod
    def allow_lazy() -> AbstractContextManager[None]:
        """Let objects be loaded one by one in a ``with`` block, unseen by the guard against N+1 queries."""
        return lazy_loads.allow_lazy()

    def make_state(self, app: App) -> EngineSlot:
        """Make the place of an application's engines."""
        return EngineSlot(self._engine_options)

    @hookimpl
    def app_ready(self, app: App) -> None:
        """Make the engines, so that a wrong URI or a missing driver stops the start; they do not connect."""
        refuse_bare_views(app.view_functions)
        self.engines_of(app)
        self.sessions.check(app)
        if app.config.settings(SQLAlchemySettings).autocommit:
            commit_at_the_end(app, lambda context: context.state.get(SQLAlchemy))

    @hookimpl
    def handle_exception(self, ctx: Context, exc: Exception) -> Any:
        """Answer 503 where every connection is lent."""
        return answer_exhausted(ctx, exc) if isinstance(exc, PoolTimeout) else None

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        """Yield models without a bind; for production, how each database answers, and settings that are risky."""
        return findings(app, self.engines_of(app), self.registries, deploy=deploy)

    @hookimpl
    def shell_context(self, app: App) -> dict[str, Any]:
        """Return ``db`` and the models."""
        mappers = [mapper for each in self.registries for mapper in each.mappers]
        return {"db": self} | {mapper.class_.__name__: mapper.class_ for mapper in mappers}

    @hookimpl
    def app_shutdown(self, app: App) -> None:
        """Close the connections."""
        cast(EngineSlot, self.state(app)).dispose()


def _close(context: Context) -> None:
    session: ContextSession = context.state.pop(SQLAlchemy)
    session.finish()


def _enabled_in(app: App) -> SQLAlchemy:
    enabled = app.extensions.get(SQLAlchemy.name)
    if isinstance(enabled, SQLAlchemy):
        return enabled
    raise ExtensionError(
        f"the extension {SQLAlchemy.name!r} is not enabled in {app.name!r}; add it to `extensions` in the configuration"
        " file, or call db.init_app(app)"
    )


db: SQLAlchemy = SQLAlchemy()
"""The default object, enabled as ``sqlalchemy``."""
