"""What Alembic runs as its environment. It leads back into the package, where the work is done."""

from typing import cast

from alembic import context
from alembic.runtime.environment import EnvironmentContext

from ferrule_migrate.running import run

run(cast(EnvironmentContext, context))
