"""What Alembic is not to see: the revisions of extensions that are not enabled."""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext

from ..left_behind import is_left
from ..shipping import label_in
from .run import Run

__all__ = ["overlook"]


def overlook(context: MigrationContext, current: Run) -> None:
    """Keep Alembic from seeing revisions of extensions that are not enabled; their rows stay as they are.

    Which extensions that were is noted in ``current.left``, when the database is asked.

    Args:
        context: What reads and writes the revisions that a database is at.
        current: The run.
    """
    ask, database = context.get_current_heads, current.database

    def seen() -> tuple[str, ...]:
        heads = ask()
        left = [head for head in heads if is_left(head, current.shipments) and head not in _known(context)]
        current.left[database] = frozenset(str(label_in(head)) for head in left)
        return tuple(head for head in heads if head not in left)

    context.get_current_heads = seen  # type: ignore[method-assign]  # Alembic has no place for it


def _known(context: MigrationContext) -> set[str]:
    return {script.revision for script in context.script.walk_revisions()} if context.script is not None else set()
