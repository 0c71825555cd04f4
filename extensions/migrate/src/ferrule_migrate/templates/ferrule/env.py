"""Alembic's environment of this project: `ferrule db` runs it instead of the one that is inside of ferrule-migrate.

Arguments of ``alembic.context.configure`` that are given to ``run`` come over those of the configuration and of hooks.
What you write around it happens around the revisions.
"""

from typing import cast

from alembic import context
from alembic.runtime.environment import EnvironmentContext

from ferrule_migrate.running import run

run(cast(EnvironmentContext, context))
