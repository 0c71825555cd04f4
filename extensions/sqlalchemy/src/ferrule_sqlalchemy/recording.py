"""Queries that are noted, and slow ones that are logged, each with the line of the application that asked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final, cast
from weakref import ref

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from ferrule import App
from ferrule.callers import printable
from ferrule.context import Context, current_context, has_app_context

from .places import calling_place
from .settings import SQLAlchemySettings, phase_of

__all__ = ["MOST_RECORDED", "RecordedQuery", "get_recorded_queries", "is_query", "watch"]

MOST_RECORDED: Final = 1000
"""How many queries of a context are kept, the latest."""

_LONGEST: Final = 2000
"""Characters of a statement in the log."""

_STEERING: Final = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedQuery:
    """A query that was executed.

    Attributes:
        statement: The SQL, with placeholders.
        parameters: What they stand for; not in the ``repr``, for they may be secrets.
        start_time: When it began, in seconds of :func:`time.perf_counter`.
        end_time: When it ended.
        location: The line of the application that asked for it, ``file:line (function)``.
        bind: The key of the bind; ``None`` for the default one.
        failed: Whether the database refused it.
    """

    statement: str
    parameters: Any = field(repr=False)
    start_time: float
    end_time: float
    location: str
    bind: str | None = None
    failed: bool = False

    @property
    def duration(self) -> float:
        """How long it took, in seconds. Rows that are fetched later are not in it."""
        return self.end_time - self.start_time


def get_recorded_queries() -> list[RecordedQuery]:
    """Return the queries of the current context so far, the earliest first.

    There are none where ``[sqlalchemy] record_queries`` is off, and at most the latest 1000.

    Raises:
        ContextError: There is no context.
    """
    return list(current_context().state.get(get_recorded_queries, ()))


def is_query(statement: str) -> bool:
    """Tell whether a statement does more than set or drop a savepoint."""
    return not statement.startswith(_STEERING)


def watch(engine: Engine, app: App, bind: str | None = None) -> None:
    """Note and time the queries of an engine, if the settings ask for it; else it is left as it is.

    Args:
        engine: The engine.
        app: Its application.
        bind: The key of its bind.
    """
    settings = app.config.settings(SQLAlchemySettings)
    records = settings.record_queries
    if records is None:
        records = phase_of(app) != "production"
    if records or settings.slow_query is not None:
        _Watch(app, bind, slow=settings.slow_query, records=records).listen_to(engine)


class _Watch:
    """What happens around each query of an engine."""

    def __init__(self, app: App, bind: str | None, *, slow: float | None, records: bool) -> None:
        self._app = ref(app)  # the engine outlives it by no means, and must not keep it
        self._root = app.root_path
        self._bind = bind
        self._slow = float("inf") if slow is None else slow
        self._records = records

    def listen_to(self, engine: Engine) -> None:
        event.listen(engine, "before_cursor_execute", self._begin)
        event.listen(engine, "after_cursor_execute", self._end)
        event.listen(engine, "handle_error", self._fail)

    def _begin(
        self, _connection: Connection, _cursor: object, _statement: str, _params: object, run: Any, _: bool
    ) -> None:
        run.ferrule_started = perf_counter()

    def _end(self, _connection: Connection, _cursor: object, statement: str, params: object, run: Any, _: bool) -> None:
        self._note(run, statement, params, failed=False)

    def _fail(self, error: ExceptionContext) -> None:
        self._note(error.execution_context, error.statement, error.parameters, failed=True)

    def _note(self, run: Any, statement: str | None, parameters: object, *, failed: bool) -> None:
        started, ended = getattr(run, "ferrule_started", None), perf_counter()
        app = self._app()
        if started is None or statement is None or app is None or not is_query(statement):
            return  # it failed before it reached the database
        run.ferrule_started = None
        context = _context_of(app) if self._records else None
        is_slow = ended - started >= self._slow
        if context is None and not is_slow:
            return
        query = RecordedQuery(
            statement=statement,
            parameters=parameters,
            start_time=started,
            end_time=ended,
            location=str(calling_place(self._root)),
            bind=self._bind,
            failed=failed,
        )
        if context is not None:
            _queries_of(context).append(query)
        if is_slow:
            _log(app, query)


def _context_of(app: App) -> Context | None:
    context = current_context() if has_app_context() else None
    return context if context is not None and context.app is app else None


def _queries_of(context: Context) -> deque[RecordedQuery]:
    return cast("deque[RecordedQuery]", context.state.setdefault(get_recorded_queries, deque(maxlen=MOST_RECORDED)))


def _log(app: App, query: RecordedQuery) -> None:
    """Log a slow query; its parameters only in debug, for they may be secrets, and a log is read by many."""
    # One line, in which nothing can pass for a line of the log, or steer the terminal of who reads it.
    statement = printable(" ".join(query.statement.split()))
    if len(statement) > _LONGEST:
        statement = f"{statement[:_LONGEST]}…"
    bind = "" if query.bind is None else f" on the bind {query.bind!r}"
    shown = f" with {query.parameters!r}" if app.debug else ""
    app.logger.warning("slow query: %.3f s%s at %s: %s%s", query.duration, bind, query.location, statement, shown)
