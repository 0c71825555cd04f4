"""The guard against N+1 queries: what is loaded one by one for many objects is told, with the line and the cure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast
from weakref import WeakKeyDictionary, ref

from sqlalchemy import event
from sqlalchemy.orm import InstanceState, Mapper, ORMExecuteState, RelationshipProperty, Session, SessionTransaction

from ferrule import App, FerruleError
from ferrule.context import current_context, has_app_context

from .places import Place, calling_place
from .settings import Phase, SQLAlchemySettings, phase_of

__all__ = ["NPlusOneError", "allow_lazy", "watch"]

_BY_PHASE: Final[dict[Phase, str]] = {"testing": "raise", "development": "warn", "production": "off"}

_is_allowed: Final[ContextVar[bool]] = ContextVar("ferrule_sqlalchemy.lazy_loads_allowed", default=False)


class NPlusOneError(FerruleError, RuntimeError):
    """One query for many objects was followed by one query for each of them."""


@contextmanager
def allow_lazy() -> Iterator[None]:
    """Let objects be loaded one by one in a ``with`` block, unseen by the guard against N+1 queries."""
    token = _is_allowed.set(True)
    try:
        yield
    finally:
        _is_allowed.reset(token)


def watch(session: Session, app: App) -> None:
    """Guard a session against N+1 queries, if the settings ask for it; else it is left as it is.

    Args:
        session: The session of a context.
        app: The context's application.
    """
    # PERF: contexts of an application without the guard pay one look-up.
    try:
        guard = _guards[app]
    except KeyError:
        guard = _guards.setdefault(app, _guard_of(app))
    if guard is not None:
        event.listen(session, "do_orm_execute", guard.see)
        event.listen(session, "after_transaction_end", _begin_anew)


class _Thing(NamedTuple):
    """What is loaded lazily.

    Attributes:
        what: ``Note.author``, or columns of ``Note``.
        cure: What could be done instead.
        is_expired: Whether it is loaded since the end of a transaction, or a flush, expired it.
    """

    what: str
    cure: str
    is_expired: bool = False


@dataclass(slots=True)
class _Loads:
    """The loads of one thing at one place in one session.

    Attributes:
        thing: What is loaded.
        place: The line.
        parents: Which objects it was loaded for, until they are too many.
        count: How many loads there were.
    """

    thing: _Thing
    place: Place
    parents: set[object] = field(default_factory=set)
    count: int = 0

    def __str__(self) -> str:
        return (
            f"N+1 queries: {self.thing.what} was loaded by {self.count} queries, one for each object, at {self.place};"
            f" {self.thing.cure}; where it is meant so, write `with db.allow_lazy():` around it"
        )


class _Guard:
    """What an application does about N+1 queries."""

    def __init__(self, app: App, allowed: int, *, raises: bool) -> None:
        self._app = ref(app)
        self._root = app.root_path
        self._allowed = allowed
        self._raises = raises

    def see(self, execution: ORMExecuteState) -> None:
        """Note a load that is lazy."""
        found = _lazy_load(execution)
        if found is None or _is_allowed.get():
            return
        state, thing = found
        place = calling_place(self._root)
        kept = _kept_in(execution.session)
        key = (thing.what, place.file, place.line)
        loads = kept.get(key) or kept.setdefault(key, _Loads(thing, place))
        self._count(loads, state)

    def _count(self, loads: _Loads, state: InstanceState[Any]) -> None:
        if len(loads.parents) > self._allowed:
            loads.count += 1
        elif (parent := state.key or id(state)) not in loads.parents:
            loads.parents.add(parent)
            loads.count += 1
            if len(loads.parents) > self._allowed and not self._raises:
                self._warn_in_the_end(loads)
        if len(loads.parents) > self._allowed and self._raises:
            raise NPlusOneError(str(loads))

    def _warn_in_the_end(self, loads: _Loads) -> None:
        """Warn when the context goes: only then it is known how many loads there are."""
        app = self._app()
        if app is not None and has_app_context():
            current_context().defer(lambda: app.logger.warning("%s", loads))


def _kept_in(session: Session) -> dict[object, _Loads]:
    return cast("dict[object, _Loads]", session.info.setdefault(watch, {}))


def _begin_anew(session: Session, transaction: SessionTransaction) -> None:
    """Forget the loads of expired objects with each transaction: a loop that commits cannot load them together."""
    if transaction.parent is None:
        kept = _kept_in(session)
        for key in [key for key, loads in kept.items() if loads.thing.is_expired]:
            del kept[key]


_guards: Final[WeakKeyDictionary[App, _Guard | None]] = WeakKeyDictionary()


def _guard_of(app: App) -> _Guard | None:
    settings = app.config.settings(SQLAlchemySettings)
    action = settings.n_plus_one or _BY_PHASE[phase_of(app)]
    return None if action == "off" else _Guard(app, settings.n_plus_one_allowed, raises=action == "raise")


def _lazy_load(execution: ORMExecuteState) -> tuple[InstanceState[Any], _Thing] | None:
    """Return for which object something is loaded lazily, and what."""
    if not execution.is_select or execution.session._flushing:  # a flush loads what it needs for its own work
        return None
    parent = execution.lazy_loaded_from
    if parent is not None:
        relationship = _relationship_of(execution)
        return None if relationship is None else (parent, _of_relationship(relationship))
    options = execution.load_options
    refreshed = cast("InstanceState[Any] | None", options._refresh_state)
    if refreshed is None or options._is_user_refresh:  # session.refresh() asks for it
        return None
    names = getattr(getattr(execution.statement, "_compile_options", None), "_only_load_props", None)
    return (refreshed, _of_columns(refreshed, frozenset(names))) if names else None


def _relationship_of(execution: ORMExecuteState) -> RelationshipProperty[Any] | None:
    path = execution.loader_strategy_path
    steps = () if path is None else path.path
    return next((step for step in reversed(steps) if isinstance(step, RelationshipProperty)), None)


def _of_relationship(relationship: RelationshipProperty[Any]) -> _Thing:
    name = str(relationship)
    model = relationship.parent.class_.__name__
    cure = f"load it with them, select({model}).options(selectinload({name}))"
    return _Thing(name, f"{cure}, or forbid it, raiseload({name})")


def _of_columns(state: InstanceState[Any], names: frozenset[str]) -> _Thing:
    mapper: Mapper[Any] = state.mapper
    model = mapper.class_.__name__
    columns = ", ".join(sorted(f"{model}.{name}" for name in names))
    if names.isdisjoint(state.expired_attributes):
        undefer = ", ".join(f"undefer({name})" for name in columns.split(", "))
        return _Thing(f"{columns} (deferred)", f"load it with them, select({model}).options({undefer})")
    if mapper.inherits is not None and names.isdisjoint(mapper.inherits.column_attrs.keys()):
        parent = mapper.base_mapper.class_.__name__
        cure = f"load them with it, select({parent}).options(selectin_polymorphic({parent}, [{model}]))"
        return _Thing(f"{columns} (which {parent} has not)", cure)
    what = f"{model} (expired by a commit, rollback or flush)"
    return _Thing(what, f"read them before that, or select({model}) anew, all in one query", is_expired=True)
