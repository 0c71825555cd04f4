"""Who holds the lock that a statement waited for in vain, as far as a server tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

__all__ = ["blockers"]

_POSTGRESQL: Final = sa.text(
    """
    SELECT a.pid, a.usename, a.application_name, a.state, a.query, c.relname, string_agg(DISTINCT l.mode, ', '),
           extract(epoch FROM now() - a.xact_start)::int
    FROM pg_locks l
    JOIN pg_stat_activity a USING (pid)
    JOIN pg_class c ON c.oid = l.relation
    WHERE l.locktype = 'relation' AND l.granted AND a.datname = current_database() AND a.pid <> pg_backend_pid()
    GROUP BY a.pid, a.usename, a.application_name, a.state, a.query, a.xact_start, c.relname
    ORDER BY a.xact_start
    """
)
_MARIADB: Final = sa.text(
    """
    SELECT p.id, p.user, p.host, p.command, p.info, timestampdiff(SECOND, t.trx_started, now())
    FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
    WHERE p.id <> connection_id() AND p.db = database()
    ORDER BY t.trx_started
    """
)
_WORD: Final = re.compile(r"\w+")


def blockers(engine: sa.Engine, statement: str) -> list[str]:
    """Return who may hold what a statement waited for, a line each; none where nobody can tell.

    Args:
        engine: Leads to the database.
        statement: What waited.
    """
    try:
        with engine.connect() as connection:
            match engine.dialect.name:
                case "postgresql":
                    return [*_of_postgresql(connection.execute(_POSTGRESQL).all(), statement)]
                case "mysql" | "mariadb":
                    return [*_of_mariadb(connection.execute(_MARIADB).all())]
    except SQLAlchemyError:  # it may need a privilege, and the error that is being told matters more
        pass
    return []


def _of_postgresql(rows: Any, statement: str) -> Iterator[str]:
    names = {*_WORD.findall(statement)}
    for pid, user, application, state, query, table, modes, seconds in rows:
        if table in names:
            doing = f"{'running' if state == 'active' else f'{state}, last'} {_short(query)!r}"
            yield (
                f"process {pid} ({user!r}, {application!r}) has {modes} on {table!r}, in a transaction for {seconds} s,"
                f" {doing}; `SELECT pg_terminate_backend({pid})` ends it"
            )


def _of_mariadb(rows: Any) -> Iterator[str]:
    for number, user, host, command, statement, seconds in rows:
        doing = f"running {_short(statement)!r}" if statement else str(command).lower()
        yield (
            f"connection {number} ({user!r} from {host}) is in a transaction for {seconds} s, {doing};"
            f" `KILL {number}` ends it"
        )


def _short(statement: str) -> str:
    words = " ".join(statement.split())
    return words if len(words) <= 100 else f"{words[:99]}…"
