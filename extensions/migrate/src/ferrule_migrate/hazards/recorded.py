"""Operations, as they were recorded or are about to be written, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alembic.operations.ops import MigrateOperation, ModifyTableOps, OpContainer

__all__ = ["Recorded", "flattened"]


@dataclass(frozen=True)
class Recorded:
    """An operation, and where it is written.

    Attributes:
        operation: The operation.
        place: ``file:line`` of a revision, if it has a file.
    """

    operation: MigrateOperation
    place: str | None = None


def flattened(operations: Iterable[MigrateOperation]) -> Iterator[Recorded]:
    """Yield operations with those that containers hold in their place.

    Args:
        operations: Such as the ``ops`` of a directive's ``upgrade_ops``.
    """
    for operation in operations:
        if isinstance(operation, OpContainer | ModifyTableOps):
            yield from flattened(operation.ops)
        else:
            yield Recorded(operation)
