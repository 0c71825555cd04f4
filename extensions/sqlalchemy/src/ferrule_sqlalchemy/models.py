"""Models: the base class that an application derives its own from, and what any base gets of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from types import new_class
from typing import Any, ClassVar, Final, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, DeclarativeBaseNoMeta, InstanceState, declared_attr

from ferrule import SetupError

from .metadatas import METADATAS

__all__ = ["DeclarativeClass", "Model", "ModelConventions", "generated_table_name", "model_from"]

DeclarativeClass: TypeAlias = type[DeclarativeBase] | type[DeclarativeBaseNoMeta]
"""A declarative base of either kind."""

_BASES: Final = (DeclarativeBase, DeclarativeBaseNoMeta)
_NEW_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<!^)(?=[A-Z][a-z])")


def generated_table_name(class_name: str) -> str:
    """Return the name of a model's table: its class' name in snake case, as in ``HTTPCall`` and ``http_call``."""
    return _NEW_WORD.sub("_", class_name).lower().lstrip("_")


class _Generated(str):
    """A table name that was made up; it gives way where the class turns out to have no table of its own."""

    __slots__ = ()


class ModelConventions:
    """What a declarative base gets: generated table names, binds, and a ``repr`` with the primary key.

    A model that names no table, and whose bases name none for it, has its class' name in snake case. One that derives
    from another model, and neither names a table itself nor declares a primary key, has no table: its rows are in the
    other's (single-table inheritance).

    Attributes:
        __autonaming__: Whether names are generated; for an abstract class, too.
        __bind_key__: The bind that has the tables of this class and of those below; not set, or ``None``, for the
            default one.
    """

    __autonaming__: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        _prepare(cls)
        super().__init_subclass__(**kwargs)
        _settle(cls)

    @classmethod
    def __table_cls__(cls, name: str, metadata: sa.MetaData, *items: Any, **options: Any) -> sa.Table | None:
        """Make the table of a model; SQLAlchemy calls this with the columns, once it knows them."""
        return sa.Table(name, metadata, *items, **options) if _needs_table(cls, name, items) else None

    def __repr__(self) -> str:
        state: InstanceState[Any] = sa.inspect(self)
        what = "transient" if state.transient else "pending"
        identity = f"({what})" if state.identity is None else ", ".join(map(repr, state.identity))
        return f"<{type(self).__name__} {identity}>"


def _prepare(cls: type[Any]) -> None:
    """Give a class its table's name and its bind's ``MetaData``, before SQLAlchemy looks at it."""
    if _wants_name(cls):
        cls.__tablename__ = _Generated(generated_table_name(cls.__name__))
    if hasattr(cls, "__bind_key__") and not {"metadata", "__table__"} & cls.__dict__.keys():
        _check_bind_of_parents(cls)
        if cls.metadata is not METADATAS[cls.__bind_key__]:
            cls.metadata = METADATAS[cls.__bind_key__]


def _settle(cls: type[Any]) -> None:
    """Take back the name of a class that turned out to have no table."""
    if "__table__" in cls.__dict__ and cls.__dict__["__table__"] is None:
        del cls.__table__
        if "__tablename__" in cls.__dict__:  # else a mixin's function has made one
            del cls.__tablename__


def _check_bind_of_parents(cls: type[Any]) -> None:
    """Refuse a model whose row would be in two databases; with concrete inheritance it is in one."""
    arguments = cls.__dict__.get("__mapper_args__", {})
    if not isinstance(arguments, Mapping) or arguments.get("concrete"):
        return
    parent = next(filter(_is_mapped, cls.__mro__[1:]), None)
    there = getattr(parent, "__bind_key__", None)
    if parent is not None and there != cls.__bind_key__:
        raise SetupError(
            f"{cls.__module__}.{cls.__qualname__}: its __bind_key__ is {cls.__bind_key__!r}, and that of"
            f" {parent.__qualname__}, which it derives from, {there!r}; the rows of both are in one database: leave it"
            " out, or derive from an abstract class"
        )


def _needs_table(cls: type[Any], name: str, items: tuple[Any, ...]) -> bool:
    is_own = "__tablename__" in cls.__dict__ and not isinstance(name, _Generated)
    is_child = any(map(_is_mapped, cls.__mro__[1:]))
    return is_own or not is_child or any(map(_makes_primary_key, items))


def _wants_name(cls: Any) -> bool:
    """Tell whether a model is to get a name: it is one, and neither it nor what it inherits says what its table is."""
    if cls.__dict__.get("__abstract__") or any("__no_table__" in base.__dict__ for base in cls.__bases__):
        return False
    if not issubclass(cls, _BASES) or any(base in cls.__bases__ for base in _BASES):
        return False
    return bool(cls.__autonaming__) and not any(_says_table(kind) for kind in cls.__mro__)


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

    metadata: ClassVar[sa.MetaData] = METADATAS[None]


def model_from(base: DeclarativeClass, *, autonaming: bool = True) -> type[Model]:
    """Return what ``db.Model`` is for an application's own base: its tables are in the same ``MetaData`` as all others.

    Args:
        base: A declarative base without tables. One that does not follow :class:`ModelConventions` is changed so that
            it does; the models may derive from it itself, which type checkers know.
        autonaming: Generate table names.

    Returns:
        The base; an abstract class derived from :class:`Model` where that one itself is to generate no names.

    Raises:
        SetupError: The base is none, has tables, a schema, or another naming convention than that of another base.
    """
    found = cast(object, base)  # an application may write anything
    if not inspect.isclass(found) or not issubclass(found, _BASES) or found in _BASES:
        raise SetupError(
            f"SQLAlchemy(model_class={base!r}): no declarative base; write `class Base(DeclarativeBase): pass`, with"
            " `from sqlalchemy.orm import DeclarativeBase`, or derive an abstract class from ferrule_sqlalchemy.Model"
        )
    METADATAS.join(base.metadata, f"SQLAlchemy(model_class={base.__name__}): {base.__module__}.{base.__qualname__}")
    if "bind_key" not in base.metadata.info:
        base.metadata = base.registry.metadata = METADATAS[None]
    if not issubclass(base, ModelConventions):
        _teach(base)
    if not autonaming:
        if base is Model:
            base = new_class("Model", (Model,), {}, lambda names: names.update({"__abstract__": True}))
        cast("Any", base).__autonaming__ = False
    return cast("type[Model]", base)  # it has all that Model has; that it is another class concerns no caller


def _teach(base: Any) -> None:
    """Let a declarative base follow the conventions; what it has of its own goes on to be called."""
    own = inspect.getattr_static(base, "__init_subclass__")
    make = inspect.getattr_static(base, "__table_cls__", None)

    def __init_subclass__(cls: type[Any], /, **kwargs: Any) -> None:  # noqa: N807  # it becomes the class'
        _prepare(cls)
        own.__get__(None, cls)(**kwargs)
        _settle(cls)

    def __table_cls__(cls: type[Any], name: str, *items: Any, **options: Any) -> Any:  # noqa: N807  # likewise
        if not _needs_table(cls, name, items):
            return None
        return (sa.Table if make is None else make.__get__(None, cls))(name, *items, **options)

    base.__autonaming__ = True
    base.__init_subclass__ = classmethod(__init_subclass__)
    base.__table_cls__ = classmethod(__table_cls__)
    if base.__repr__ is object.__repr__:
        base.__repr__ = ModelConventions.__repr__
