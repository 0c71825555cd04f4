"""The tables: what the stores keep in the application's database, in the default bind."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from ferrule_sqlalchemy import Model

__all__ = ["ATTEMPTS", "SPENT_TOKENS", "TABLES"]

ATTEMPTS: Final = sa.Table(
    "login_attempts",
    Model.metadata,
    sa.Column("bucket", sa.String(32), primary_key=True),
    sa.Column("forgotten_at", sa.Double, nullable=False, index=True),
    sa.Column("open_at", sa.Double, nullable=False),
)
"""How many attempts failed: a row for each bucket, points in time in seconds since the epoch."""

SPENT_TOKENS: Final = sa.Table(
    "login_spent_tokens",
    Model.metadata,
    sa.Column("token_id", sa.String(32), primary_key=True),
    sa.Column("expires_at", sa.Double, nullable=False, index=True),
)
"""Which tokens were used, until they would have expired."""

TABLES: Final = (ATTEMPTS, SPENT_TOKENS)
"""All of them."""
