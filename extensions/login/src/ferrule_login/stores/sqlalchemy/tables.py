"""The tables: what the stores keep in the application's database, in the default bind."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from ferrule_sqlalchemy import Model

__all__ = ["ATTEMPTS", "REMEMBERED", "SPENT_TOKENS", "TABLES"]

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

REMEMBERED: Final = sa.Table(
    "login_remembered",
    Model.metadata,
    sa.Column("selector", sa.String(22), primary_key=True),
    sa.Column("user_id", sa.String(255), nullable=False, index=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("previous", sa.String(64)),
    sa.Column("rotated", sa.BigInteger),
    sa.Column("replayed", sa.BigInteger),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False, index=True),
    sa.Column("user_agent", sa.String(255), nullable=False),
)
"""Browsers that remember a user, with points in time in seconds since the epoch.

``digest`` is of the newest validator, ``previous`` of the one before, replaced at ``rotated``. A replay ended the
family at ``replayed``, if that is set; the row stays until the user is told of it.
"""

TABLES: Final = (ATTEMPTS, SPENT_TOKENS, REMEMBERED)
"""All of them."""
