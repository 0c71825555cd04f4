"""The extension: an engine for each application, a session for each context, and queries that answer 404."""

from __future__ import annotations

from threading import Lock
from typing import Any, ClassVar, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.orm import DeclarativeBase, Session

from ferrule import App, Context, Extension, ExtensionError, abort, hookimpl
from ferrule.context import current_context

from .engines import make_engine
from .hookspecs import SQLAlchemyHooks
from .identities import can_exist
from .models import Model, model_from
from .pagination import Pagination
from .results import results
from .sessions import ContextSession
from .settings import SQLAlchemySettings

__all__ = ["SQLAlchemy", "db"]

T = TypeVar("T")


class SQLAlchemy(Extension):
    """SQLAlchemy for an application.

    The one that most applications need is :data:`db`, enabled as ``sqlalchemy``. An application with a declarative base
    of its own makes another, ``db = SQLAlchemy(model_class=Base)``, and enables it as ``module:db`` instead. An
    application has one: whichever object is used, such as the default one by other extensions, leads to the engine and
    the session of the one that is enabled.

    Args:
        app: An application to enlist the extension with, as :meth:`init_app` does.
        model_class: The application's own declarative base. Its tables join the ``MetaData`` of
            :class:`~ferrule_sqlalchemy.Model`.

    Attributes:
        Model: The base class of models. Type checkers know no base class that is an attribute: import it instead.

    Raises:
        SetupError: The base has tables, or a ``MetaData`` that was set up by hand.
    """

    name = "sqlalchemy"
    description = "An engine, a session for each context, and models"
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True
    settings_class: ClassVar[type[Any] | None] = SQLAlchemySettings
    hookspecs: ClassVar[type[SQLAlchemyHooks]] = SQLAlchemyHooks

    def __init__(self, app: App | None = None, *, model_class: type[DeclarativeBase] = Model) -> None:
        self.Model: type[Model] = model_from(model_class)
        if app is not None:
            self.init_app(app)

    @property
    def session(self) -> Session:
        """The session of the current context: made when first used, closed when the context goes.

        It is the very ``sqlalchemy.orm.Session``, not a proxy, so keep it no longer than the context lasts, and write
        ``db.session.close()`` where Flask-SQLAlchemy had ``db.session.remove()``. What is not committed is rolled back.

        Raises:
            ContextError: There is no context.
            ExtensionError: The extension is not enabled in the application.
        """
        # PERF: every query comes this way. The class is the key: all objects of it lead to one session.
        context = current_context()
        session: Session | None = context.state.get(SQLAlchemy)
        return self._open_session(context) if session is None else session

    def _open_session(self, context: Context) -> Session:
        session = context.state[SQLAlchemy] = ContextSession(self.engine_of(context.app))
        context.defer(lambda: _close(context))  # after all teardown hooks, any of which may still use it
        return session

    @property
    def engine(self) -> sa.Engine:
        """The engine of the current application, made when first used.

        Raises:
            ContextError: There is no context.
            ExtensionError: The extension is not enabled in the application.
            ConfigError: The settings make no engine.
        """
        return self.engine_of(current_context().app)

    def engine_of(self, app: App) -> sa.Engine:
        """Return the engine of an application; for work outside of a context.

        Args:
            app: The application.

        Raises:
            ExtensionError: The extension is not enabled in it.
            ConfigError: The settings make no engine.
        """
        return cast(_EngineSlot, _enabled_in(app).state(app)).engine(app)

    @property
    def metadata(self) -> sa.MetaData:
        """The ``MetaData`` with the tables of all models."""
        return self.Model.metadata

    def create_all(self) -> None:
        """Create the tables that are not there. It changes none that is: that is what migrations are for."""
        self.metadata.create_all(self.engine)

    def drop_all(self) -> None:
        """Drop the tables of all models."""
        self.metadata.drop_all(self.engine)

    def get_or_404(self, entity: type[T], ident: Any, *, description: str | None = None, **options: Any) -> T:
        """Return the object with a primary key, or answer 404.

        Args:
            entity: The model.
            ident: The primary key; a tuple or a dict where it has several columns.
            description: What the error page says.
            **options: For ``Session.get``.
        """
        session, mapper = self.session, sa.inspect(entity)
        if not can_exist(mapper, ident, session.get_bind(mapper).dialect.name):
            abort(404, description)
        found = session.get(entity, ident, **options)
        return abort(404, description) if found is None else found

    def first_or_404(self, statement: sa.Select[T], *, description: str | None = None) -> T:
        """Return the first result of a statement, or answer 404. Give it a ``limit(1)`` where there may be many.

        Args:
            statement: What to select: one model, or one column.
            description: What the error page says.
        """
        found = results(self.session, statement).first()
        return abort(404, description) if found is None else found

    def one_or_404(self, statement: sa.Select[T], *, description: str | None = None) -> T:
        """Return the only result of a statement; answer 404 if there is none, or more than one.

        Args:
            statement: What to select: one model, or one column.
            description: What the error page says.
        """
        try:
            return results(self.session, statement).one()
        except (NoResultFound, MultipleResultsFound):
            abort(404, description)

    def paginate(
        self,
        select: sa.Select[T],
        *,
        page: int | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = True,
    ) -> Pagination[T]:
        """Return a page of what a statement selects. Let it be ordered, or the pages are of no order.

        Args:
            select: What to select: one model, or one column.
            page: The number of the page, from 1; ``?page=`` of the request unless given, else 1.
            per_page: How many items are on a page; ``?per_page=`` unless given, else 20.
            max_per_page: The most items on a page; ``None`` for no limit.
            error_out: Answer 404 where a number is none, or a page other than the first is empty. Else a number that is
                none is 1, or 20.
            count: Ask for the number of all items, too: one query more, unless the page tells.
        """
        return Pagination(
            select,
            self.session,
            page=page,
            per_page=per_page,
            max_per_page=max_per_page,
            error_out=error_out,
            count=count,
        )

    def make_state(self, app: App) -> _EngineSlot:
        """Make the place of an application's engine."""
        return _EngineSlot()

    @hookimpl
    def app_ready(self, app: App) -> None:
        """Make the engine, so that a wrong URI or a missing driver stops the start; it does not connect."""
        self.engine_of(app)

    @hookimpl
    def shell_context(self, app: App) -> dict[str, Any]:
        """Return ``db`` and the models."""
        registries = {self.Model.registry, Model.registry}
        return {"db": self} | {m.class_.__name__: m.class_ for registry in registries for m in registry.mappers}

    @hookimpl
    def app_shutdown(self, app: App) -> None:
        """Close the connections."""
        cast(_EngineSlot, self.state(app)).dispose()


def _close(context: Context) -> None:
    session: Session = context.state.pop(SQLAlchemy)
    session.close()


class _EngineSlot:
    """The place of one application's engine."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._engine: sa.Engine | None = None

    def engine(self, app: App) -> sa.Engine:
        """Return the engine, made at the first call."""
        if self._engine is None:
            with self._lock:
                if self._engine is None:
                    settings = app.config.settings(SQLAlchemySettings)
                    engine = make_engine(settings, app.instance_path, lambda name: _place(app, name))
                    app.hooks.sqlalchemy_engine_created(app, None, engine)
                    self._engine = engine
        return self._engine

    def dispose(self) -> None:
        """Close the connections that are in the pool; the engine makes new ones if it is used again."""
        if self._engine is not None:
            self._engine.dispose()


def _enabled_in(app: App) -> SQLAlchemy:
    enabled = app.extensions.get(SQLAlchemy.name)
    if isinstance(enabled, SQLAlchemy):
        return enabled
    raise ExtensionError(
        f"the extension {SQLAlchemy.name!r} is not enabled in {app.name!r}; add it to `extensions` in the configuration"
        " file, or call db.init_app(app)"
    )


def _place(app: App, name: str) -> str:
    """Return where a setting came from, and how it is written there."""
    key = f"{SQLAlchemy.name.upper()}_{name.upper()}"
    origin = app.config.origin(key)
    written = {"file": f" {name}", "environment": ""}.get(origin.kind, f" {key}")
    return f"{origin}{written}"


db: SQLAlchemy = SQLAlchemy()
"""The default object, enabled as ``sqlalchemy``."""
