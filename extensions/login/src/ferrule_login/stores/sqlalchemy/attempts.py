"""Failed attempts in a database, shared by all workers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from ..levels import EMPTY, Level, Limit, after_failure, wait_of
from .tables import ATTEMPTS
from .transactions import purge, run

__all__ = ["DatabaseAttempts"]


class DatabaseAttempts:
    """How many attempts failed; see :class:`~ferrule_login.stores.AttemptStore`.

    Args:
        engine: The database.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def charge(self, limits: Mapping[str, Limit], now: float) -> float:
        """Count a failure in every bucket, or in none."""
        # Whoever is refused, and goes on all the same, costs a look and locks nothing.
        wait = run(self._engine, lambda connection: _wait(_levels(connection, limits), now))
        if not wait:
            wait = run(self._engine, lambda connection: _charge(connection, limits, now))
        purge(self._engine, ATTEMPTS.c.bucket, (ATTEMPTS.c.forgotten_at < now) & (ATTEMPTS.c.open_at < now))
        return wait

    def settle(self, forgotten: Collection[str], forgiven: Mapping[str, Limit], now: float) -> None:
        """Take back what was counted."""
        run(self._engine, lambda connection: _settle(connection, forgotten, forgiven, now))


def _charge(connection: sa.Connection, limits: Mapping[str, Limit], now: float) -> float:
    _insert_missing(connection, sorted(limits))
    levels = _levels(connection, limits, lock=True)
    if wait := _wait(levels, now):
        connection.rollback()
        return wait
    after = {bucket: after_failure(levels.get(bucket, EMPTY), limit, now) for bucket, limit in limits.items()}
    statement = (
        sa.update(ATTEMPTS)
        .where(ATTEMPTS.c.bucket == sa.bindparam("the_bucket"))
        .values(forgotten_at=sa.bindparam("forgotten"), open_at=sa.bindparam("open"))
    )
    connection.execute(
        statement,
        [
            {"the_bucket": bucket, "forgotten": level.forgotten_at, "open": level.open_at}
            for bucket, level in after.items()
        ],
    )
    return 0.0


def _settle(connection: sa.Connection, forgotten: Collection[str], forgiven: Mapping[str, Limit], now: float) -> None:
    _levels(connection, [*forgotten, *forgiven], lock=True)  # in the order in which all transactions lock
    connection.execute(sa.delete(ATTEMPTS).where(ATTEMPTS.c.bucket.in_(forgotten)))
    for bucket, limit in forgiven.items():
        earlier = sa.case((ATTEMPTS.c.open_at > now, now), else_=ATTEMPTS.c.open_at)
        statement = sa.update(ATTEMPTS).where(ATTEMPTS.c.bucket == bucket)
        connection.execute(statement.values(forgotten_at=ATTEMPTS.c.forgotten_at - limit.forget, open_at=earlier))


def _wait(levels: Mapping[str, Level], now: float) -> float:
    return max((wait_of(level, now) for level in levels.values()), default=0.0)


def _levels(connection: sa.Connection, buckets: Collection[str], *, lock: bool = False) -> dict[str, Level]:
    statement = sa.select(ATTEMPTS).where(ATTEMPTS.c.bucket.in_(sorted(buckets))).order_by(ATTEMPTS.c.bucket)
    rows = connection.execute(statement.with_for_update() if lock else statement)
    return {bucket: Level(forgotten_at, open_at) for bucket, forgotten_at, open_at in rows}


def _insert_missing(connection: sa.Connection, buckets: list[str]) -> None:
    """Have a row for each bucket, and lock those that are there already: who comes second waits for the first."""
    rows: list[dict[str, Any]] = [{"bucket": bucket, **EMPTY._asdict()} for bucket in buckets]
    match connection.dialect.name:
        case "sqlite":  # its transactions take turns
            connection.execute(sqlite.insert(ATTEMPTS).values(rows).on_conflict_do_nothing())
        case "postgresql":
            insert = postgresql.insert(ATTEMPTS).values(rows)
            key = ATTEMPTS.c.bucket
            connection.execute(insert.on_conflict_do_update(index_elements=[key], set_={key: insert.excluded.bucket}))
        case "mysql" | "mariadb":
            insert_or = mysql.insert(ATTEMPTS).values(rows)
            connection.execute(insert_or.on_duplicate_key_update(bucket=ATTEMPTS.c.bucket))
        case _:
            for row in rows:
                try:
                    with connection.begin_nested():
                        connection.execute(sa.insert(ATTEMPTS).values(row))
                except IntegrityError:
                    continue
