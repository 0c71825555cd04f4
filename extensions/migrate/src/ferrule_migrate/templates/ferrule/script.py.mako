"""${message}

Revision: ${up_revision}
Revises: ${down_revision | comma,n}
Created: ${create_date}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | tuple[str, ...] | None = ${repr(down_revision)}
branch_labels: str | tuple[str, ...] | None = ${repr(branch_labels)}
depends_on: str | tuple[str, ...] | None = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
% for bind_key, suffix in binds.items():


def upgrade_${suffix}() -> None:
    """On the database of the bind ${repr(bind_key)}."""
    ${context.get("upgrades_" + suffix) or "pass"}


def downgrade_${suffix}() -> None:
    """On the database of the bind ${repr(bind_key)}."""
    ${context.get("downgrades_" + suffix) or "pass"}
% endfor
