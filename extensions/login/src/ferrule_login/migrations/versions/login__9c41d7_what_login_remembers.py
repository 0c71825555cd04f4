"""failed attempts, used tokens, remembered browsers

Revision: login__9c41d7
Revises:
Created: 2026-11-30 02:50:00
"""

import sqlalchemy as sa
from alembic import op

revision: str = "login__9c41d7"
down_revision: str | tuple[str, ...] | None = None
branch_labels: str | tuple[str, ...] | None = ("login",)
depends_on: str | tuple[str, ...] | None = None


def upgrade() -> None:
    op.create_table(
        "login_attempts",
        sa.Column("bucket", sa.String(length=32), nullable=False),
        sa.Column("forgotten_at", sa.Double(), nullable=False),
        sa.Column("open_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_login_attempts")),
    )
    op.create_index(op.f("ix_login_attempts_forgotten_at"), "login_attempts", ["forgotten_at"])
    op.create_table(
        "login_spent_tokens",
        sa.Column("token_id", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_login_spent_tokens")),
    )
    op.create_index(op.f("ix_login_spent_tokens_expires_at"), "login_spent_tokens", ["expires_at"])
    op.create_table(
        "login_remembered",
        sa.Column("selector", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=True),
        sa.Column("rotated", sa.BigInteger(), nullable=True),
        sa.Column("replayed", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("user_agent", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("selector", name=op.f("pk_login_remembered")),
    )
    op.create_index(op.f("ix_login_remembered_expires"), "login_remembered", ["expires"])
    op.create_index(op.f("ix_login_remembered_user_id"), "login_remembered", ["user_id"])


def downgrade() -> None:
    op.drop_table("login_remembered")
    op.drop_table("login_spent_tokens")
    op.drop_table("login_attempts")
