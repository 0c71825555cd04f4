"""The hooks that the SQLAlchemy extension opens to others."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ferrule import App, Context, hookspec

__all__ = ["Change", "Operation", "SQLAlchemyHooks"]

Operation: TypeAlias = Literal["insert", "update", "delete"]

Change: TypeAlias = tuple[object, Operation]
"""An object of a model, and what a transaction did with its row."""


class SQLAlchemyHooks:
    """What other extensions may be told of engines, sessions and transactions.

    An extension that can do without this one marks its implementations with ``@hookimpl(optionalhook=True)``. All are
    called dependencies first, and what they return is ignored.
    """

    @hookspec()
    def sqlalchemy_engine_created(self, app: App, bind_key: str | None, engine: Engine) -> None:
        """An engine was made; it has not connected yet. The place for listeners to its events, such as tracing.

        Called once for each bind of an application, the default one, whose key is ``None``, first: when the application
        is completed, or earlier if something needs an engine earlier. An exception stops that, and with it the start.
        """

    @hookspec()
    def sqlalchemy_session_created(self, ctx: Context, session: Session) -> None:
        """A context uses its session for the first time. The session has not begun a transaction.

        Not called for a context that uses none. An exception reaches whoever asked for the session.
        """

    @hookspec()
    def sqlalchemy_models_committed(self, ctx: Context, changes: Sequence[Change]) -> None:
        """A transaction of the session was committed, and with it these changes, in the order of their flushes.

        Each object is there once, with what became of it in sum; what a rollback undid, be it to a savepoint, is not.
        The session can be used, and objects load their attributes anew; only in a ``with db.session.begin():`` block
        SQLAlchemy lets nobody use it any more.

        Not called where nothing changed. The data stands in the database whatever an implementation does; an exception
        reaches whoever called ``commit``. Changes by statements, such as ``sa.update(Note)``, make no objects, and are
        not told. The changes are collected only if somebody implements this.
        """
