"""Models: the base class that an application derives its own from, and what any base gets of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import new_class
from typing import Any, ClassVar, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, InstanceState, declared_attr

from ferrule import SetupError

__all__ = ["NAMING_CONVENTION", "Model", "ModelConventions", "generated_table_name", "model_from"]

NAMING_CONVENTION: Final[Mapping[str, str]] = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names for constraints: a migration can drop only what has a name, and some databases give none by themselves."""

_NEW_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def generated_table_name(class_name: str) -> str:
    """Return the name of a model's table: its class' name in snake case, as in ``HTTPCall`` and ``http_call``."""
    return _NEW_WORD.sub("_", class_name).lower().lstrip("_")


class _Generated(str):
    """A table name that was made up; it gives way where the class turns out to have no table of its own."""

    __slots__ = ()


class ModelConventions:
    """What a declarative base gets: generated table names, and a ``repr`` with the primary key.

    A model that names no table, and whose bases name none for it, has its class' name in snake case. One that derives
    from another model and declares no primary key has no table: its rows are in the other's (single-table inheritance).
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if _wants_name(cls):
            cast("Any", cls).__tablename__ = _Generated(generated_table_name(cls.__name__))
        super().__init_subclass__(**kwargs)
        if "__table__" in cls.__dict__ and cls.__dict__["__table__"] is None:
            del cast("Any", cls).__tablename__
            del cast("Any", cls).__table__

    @classmethod
    def __table_cls__(cls, name: str, metadata: sa.MetaData, *items: Any, **options: Any) -> sa.Table | None:
        """Make the table of a model; SQLAlchemy calls this with the columns, once it knows them."""
        is_optional = isinstance(name, _Generated) and any(map(_is_mapped, cls.__mro__[1:]))
        if is_optional and not any(map(_makes_primary_key, items)):
            return None
        return sa.Table(name, metadata, *items, **options)

    def __repr__(self) -> str:
        state: InstanceState[Any] = sa.inspect(self)
        what = "transient" if state.transient else "pending"
        identity = f"({what})" if state.identity is None else ", ".join(map(repr, state.identity))
        return f"<{type(self).__name__} {identity}>"


def _wants_name(cls: type[Any]) -> bool:
    """Tell whether a model is to get a name: it is one, and neither it nor what it inherits says what its table is."""
    if cls.__dict__.get("__abstract__") or any("__no_table__" in base.__dict__ for base in cls.__bases__):
        return False
    if DeclarativeBase in cls.__bases__ or not issubclass(cls, DeclarativeBase):
        return False
    return not any(_says_table(kind) for kind in cls.__mro__)


def _says_table(kind: type[Any]) -> bool:
    """Tell whether a class says what the table of the classes below it is.

    What a mapped class has is its own, unless a function gives each class its name.
    """
    given = [kind.__dict__[name] for name in ("__table__", "__tablename__") if name in kind.__dict__]
    return any(not _is_mapped(kind) or isinstance(value, declared_attr) for value in given)


def _is_mapped(cls: type[Any]) -> bool:
    return "__mapper__" in cls.__dict__


def _makes_primary_key(item: Any) -> bool:
    return isinstance(item, sa.PrimaryKeyConstraint) or (isinstance(item, sa.Column) and item.primary_key)


class Model(ModelConventions, DeclarativeBase):
    """The base class of models.

    ::

        class Note(Model):
            id: Mapped[int] = mapped_column(primary_key=True)
            text: Mapped[str]

    There is one in a process, with one ``MetaData``, so that tables of extensions and of the application can refer to
    each other. What all models of an application have in common stands in an abstract class derived from it::

        class Base(Model):
            __abstract__ = True
    """

    metadata: ClassVar[sa.MetaData] = sa.MetaData(naming_convention=dict(NAMING_CONVENTION))


def model_from(base: type[DeclarativeBase]) -> type[Model]:
    """Return what ``db.Model`` is for an application's own base: its tables are in the same ``MetaData`` as all others.

    Args:
        base: A declarative base. One that follows :class:`ModelConventions` is returned as it is, any other as an
            abstract class derived from it that does.

    Raises:
        SetupError: It has tables, or a ``MetaData`` that was set up by hand.
    """
    _share_metadata(base)
    if not issubclass(base, ModelConventions):
        names = {"__abstract__": True, "__module__": base.__module__, "__doc__": base.__doc__}
        base = new_class("Model", (ModelConventions, base), {}, lambda namespace: namespace.update(names))
    return cast("type[Model]", base)  # it has all that Model has; that it is another class concerns no caller


def _share_metadata(base: type[DeclarativeBase]) -> None:
    own = base.metadata
    if own is Model.metadata:
        return
    if own.tables or own.schema or own.naming_convention != sa.MetaData().naming_convention:
        found = f"{len(own.tables)} tables" if own.tables else "a schema or a naming convention"
        raise SetupError(
            f"SQLAlchemy(model_class={base.__name__}): {base.__module__}.{base.__qualname__} has a MetaData of its own,"
            f" with {found}, and tables of extensions could not refer to it; write `metadata = Model.metadata` in the"
            " class"
        )
    base.metadata = base.registry.metadata = Model.metadata
