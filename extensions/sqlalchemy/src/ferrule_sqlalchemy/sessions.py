"""The session of a context: SQLAlchemy's own, which gives its connections back whatever raises."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, SessionTransaction

__all__ = ["ContextSession"]


class ContextSession(Session):
    """A session that leaves no connection checked out when it is closed.

    SQLAlchemy's own keeps the connection if its rollback fails, until the garbage collector comes by: a pool of five is
    then empty after five such failures.

    Args:
        bind: The engine of what has no other; ``None`` if there is none.
    """

    def __init__(self, bind: Engine | None) -> None:
        super().__init__(bind)
        self._lent: dict[Engine, Connection] = {}

    def close(self) -> None:
        """Roll back what is not committed, and return the connections; one that cannot be rolled back is discarded."""
        try:
            super().close()
        except BaseException as error:
            for connection in self._lent.values():
                _discard(connection, error)
            raise


@event.listens_for(ContextSession, "after_begin")
def _note_connection(session: ContextSession, _transaction: SessionTransaction, connection: Connection) -> None:
    session._lent[connection.engine] = connection


def _discard(connection: Connection, reason: BaseException) -> None:
    """Return a connection's place to its pool, but not the connection, whose state nobody knows."""
    if not connection.closed:
        connection.invalidate(reason)
        connection.close()
