"""Whether databases are at the last revision, and as the models say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alembic.operations.ops import MigrateOperation, ModifyTableOps, OpContainer

from ..revisions import Findings
from ..scripts import Repository
from .looking import pending
from .targets import destination
from .writing import Wanted, compared

__all__ = ["check", "lines_of"]


def check(repository: Repository) -> Findings:
    """Look for pending revisions, then for differences; see :func:`ferrule_migrate.check`."""
    destination(repository.scripts, "head")
    lacking = pending(repository)
    if lacking:
        return Findings(pending=tuple(lacking))
    found = compared(repository, Wanted()).generated_revisions
    return Findings(differences=tuple(line for ops in found[-1].upgrade_ops_list for line in lines_of(ops.ops)))


def lines_of(operations: Iterable[MigrateOperation]) -> Iterator[str]:
    """Describe operations, a line each.

    Args:
        operations: Such as ``upgrade_ops.ops``; those on one table may stand in a group.
    """
    for operation in operations:
        if isinstance(operation, ModifyTableOps | OpContainer):
            yield from lines_of(operation.ops)
        else:
            yield _line(operation)


def _line(operation: MigrateOperation) -> str:
    """Return what an operation does, as Alembic's own log has it: verb, kind, and names."""
    kind = type(operation).__name__.removesuffix("Op")
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    about = getattr(operation, "to_diff_tuple", None)
    names = [
        str(value)
        for name in ("schema", "table_name", "column_name", "index_name", "constraint_name")
        if (value := getattr(operation, name, None))
    ]
    column = getattr(operation, "column", None)
    if column is not None:
        names.append(str(column.name))
    return f"{words} {'.'.join(names)}" if about is not None else words
