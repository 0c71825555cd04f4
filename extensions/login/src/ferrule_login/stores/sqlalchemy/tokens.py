"""Used tokens in a database, shared by all workers."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from .tables import SPENT_TOKENS
from .transactions import purge, run

__all__ = ["DatabaseTokens"]


class DatabaseTokens:
    """Which tokens were used; see :class:`~ferrule_login.stores.TokenStore`.

    Args:
        engine: The database.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def spend(self, token_id: str, expires_at: float, now: float) -> bool:
        """Use a token up: of several who insert one key, the database lets in one."""
        statement = sa.insert(SPENT_TOKENS).values(token_id=token_id, expires_at=expires_at)
        try:
            run(self._engine, lambda connection: connection.execute(statement))
        except IntegrityError:
            return False
        purge(self._engine, SPENT_TOKENS.c.token_id, SPENT_TOKENS.c.expires_at < now)
        return True

    def is_spent(self, token_id: str) -> bool:
        """Tell whether a token was used."""
        statement = sa.select(SPENT_TOKENS.c.token_id).where(SPENT_TOKENS.c.token_id == token_id)
        return run(self._engine, lambda connection: connection.scalar(statement)) is not None
