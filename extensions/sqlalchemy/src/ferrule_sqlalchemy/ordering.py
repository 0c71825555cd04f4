"""The order of a select: its keys as the database compares them, and what makes it the only one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import operators, visitors

from .results import is_model

__all__ = ["Key", "Ordering", "has_groups", "ordering_of"]

Expression = sa.ColumnElement[Any]

_NULLS_ARE_LEAST: Final = frozenset({"mariadb", "mssql", "mysql", "sqlite"})
"""The dialects that sort NULL before all values in ascending order; the others sort it after them."""

_WITHOUT_NULLS_CLAUSE: Final = frozenset({"mariadb", "mssql", "mysql"})

_SORTED_BY_NUMBER: Final = frozenset({"BIT", "ENUM", "SET"})
"""The types that MariaDB and MySQL sort by a number, and send, and compare with a parameter, as a text or as bytes."""


@dataclass(frozen=True)
class Key:
    """One of the things that rows are sorted by.

    Attributes:
        expression: What they are sorted by.
        descending: Whether the greatest comes first.
        nulls_first: Whether NULL comes before all values.
        is_nullable: Whether it may be NULL at all.
        dialect: The dialect of the database.
    """

    expression: Expression
    descending: bool
    nulls_first: bool
    is_nullable: bool
    dialect: Dialect

    def backward(self) -> Key:
        """Return the key that sorts the other way round."""
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)

    @property
    def clauses(self) -> Iterator[Expression]:
        """What stands in ``ORDER BY``: a place for NULL only where it is not where the database puts it anyway."""
        clause = self.expression.desc() if self.descending else self.expression.asc()
        if self.nulls_first == _puts_nulls_first(self.dialect, self.descending):
            yield clause
        elif self.dialect.name not in _WITHOUT_NULLS_CLAUSE:
            yield clause.nulls_first() if self.nulls_first else clause.nulls_last()
        else:
            if self.is_nullable:
                is_null = sa.case((self.expression.is_(None), 1), else_=0)
                yield is_null.desc() if self.nulls_first else is_null.asc()
            yield clause

    @cached_property
    def compared(self) -> Expression:
        """What a value of a cursor is compared with.

        It has no type for SQLAlchemy: the value goes back to the driver as it came from there. On the way to Python's
        types and back an SQLite ``NUMERIC`` loses digits, and a ``TypeDecorator`` need not convert back at all.
        """
        compared = sa.type_coerce(self.expression, sa.types.NullType())
        # PERF: by name, since the import of the types' dialect takes longer than that of all else here.
        is_mysql = self.dialect.name in {"mariadb", "mysql"}
        if is_mysql and _type_of(self.expression, self.dialect).__visit_name__ in _SORTED_BY_NUMBER:
            return compared.op("+")(sa.literal_column("0"))
        return compared

    @property
    def selected(self) -> Expression:
        """What is selected to make a cursor of. A float of 32 bits comes as what it is compared as, one of 64."""
        kind = _type_of(self.expression, self.dialect)
        if isinstance(kind, sa.Float) and self.dialect.name != "sqlite":
            return sa.type_coerce(sa.cast(self.expression, sa.Double()), sa.types.NullType())
        return self.compared

    def follows(self, value: Any) -> Expression:
        """Return the condition that a row comes after one with a value."""
        if value is None:
            return self.compared.is_not(None) if self.nulls_first and self.is_nullable else sa.false()
        bound = bound_value(value)
        follows = self.compared < bound if self.descending else self.compared > bound
        return follows if self.nulls_first or not self.is_nullable else sa.or_(follows, self.compared.is_(None))

    def equals(self, value: Any) -> Expression:
        """Return the condition that a row has the same value as another."""
        return self.compared.is_(None) if value is None else self.compared == bound_value(value)

    def reaches(self, value: Any) -> Expression:
        """Return the condition that a row has the same value, or comes after; in one comparison, for an index."""
        if value is None:
            return sa.true() if self.nulls_first else self.equals(value)
        bound = bound_value(value)
        reaches = self.compared <= bound if self.descending else self.compared >= bound
        return reaches if self.nulls_first or not self.is_nullable else sa.or_(reaches, self.compared.is_(None))

    @cached_property
    def described(self) -> tuple[str, str, bool, bool]:
        """What tells this key from others, the same in every process."""
        compiled = self.expression.compile(dialect=self.dialect)
        parameters = sorted((compiled.params or {}).items())
        return str(compiled), repr(parameters), self.descending, self.nulls_first


class Ordering:
    """The keys of a select, which no two of its rows have in common.

    Args:
        keys: The keys.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys: tuple[Key, ...] = tuple(keys)

    def backward(self) -> Ordering:
        """Return the order that begins at the end."""
        return Ordering([key.backward() for key in self.keys])

    @property
    def clauses(self) -> list[Expression]:
        """What stands in ``ORDER BY``."""
        return [clause for key in self.keys for clause in key.clauses]

    def beyond(self, values: Sequence[Any], *, inclusive: bool) -> Expression:
        """Return the condition that a row comes after a place.

        Where all keys have one direction and none may be NULL, rows are compared, ``(a, b) > (1, 2)``, which an index
        on both answers. Else, and on MariaDB, whose optimiser uses no index for that, it is the same written out, with
        a bound for the first key in front, which lets an index be entered at the place.

        Args:
            values: The values of the keys there.
            inclusive: Let a row of exactly these values be one.
        """
        if self._compares_rows and None not in values:
            return self._rows_beyond(values, inclusive=inclusive)
        beyond: Expression = sa.true() if inclusive else sa.false()
        for key, value in zip(reversed(self.keys), reversed(values), strict=True):
            beyond = sa.or_(key.follows(value), sa.and_(key.equals(value), beyond))
        return beyond if len(values) == 1 else sa.and_(self.keys[0].reaches(values[0]), beyond)

    @property
    def _compares_rows(self) -> bool:
        first = self.keys[0]
        return (
            first.dialect.name in {"postgresql", "sqlite"}
            and len(self.keys) > 1
            and all(key.descending == first.descending and not key.is_nullable for key in self.keys)
        )

    def _rows_beyond(self, values: Sequence[Any], *, inclusive: bool) -> Expression:
        row = sa.tuple_(*(key.compared for key in self.keys))
        place = sa.tuple_(*map(bound_value, values))
        if self.keys[0].descending:
            return row <= place if inclusive else row < place
        return row >= place if inclusive else row > place


def bound_value(value: Any) -> sa.BindParameter[Any]:
    """Return a parameter that the driver is given as it is."""
    return sa.literal(value, sa.types.NullType())


def has_groups(statement: sa.Select[Any]) -> bool:
    """Tell whether a statement has a ``GROUP BY``."""
    return bool(_clauses(statement, "group_by"))


def ordering_of(statement: sa.Select[Any], dialect: Dialect) -> Ordering:
    """Return the order of a select, complete: primary keys are appended unless it is the only one already.

    Args:
        statement: What to select.
        dialect: The dialect of the database.

    Raises:
        ValueError: It is ordered by what no row can be compared with.
    """
    is_outer = _has_outer_join(statement)
    keys = [_key(clause, dialect, is_outer=is_outer) for clause in _clauses(statement, "order_by")]
    descending = bool(keys) and keys[-1].descending  # so that one index in one direction may do for all
    known = {hash(key.expression) for key in keys}
    for expression in _missing(statement, keys):
        if hash(expression) not in known:
            known.add(hash(expression))
            clause = expression.desc() if descending else expression.asc()
            keys.append(_key(clause, dialect, is_outer=is_outer))
    return Ordering(keys)


def _clauses(statement: sa.Select[Any], name: str) -> tuple[Expression, ...]:
    clauses: tuple[Expression, ...] = getattr(statement, f"_{name}_clauses")  # SQLAlchemy has no public way to these
    return clauses


def _key(clause: Expression, dialect: Dialect, *, is_outer: bool) -> Key:
    expression, modifiers = _taken_apart(clause)
    for part in visitors.iterate(expression):
        if isinstance(part, (sa.TextClause, sa.Over)) or part.__visit_name__ == "textual_label_reference":
            raise ValueError(
                f"paginate_by_key: the select is ordered by {str(clause)!r}, which is"
                f" {'a window function' if isinstance(part, sa.Over) else 'a text'}, and rows cannot be compared with a"
                " cursor by it; order by columns or expressions (of a subquery, where a window function is needed)"
            )
    descending = operators.desc_op in modifiers
    return Key(
        expression,
        descending,
        operators.nulls_first_op in modifiers
        or (operators.nulls_last_op not in modifiers and _puts_nulls_first(dialect, descending)),
        is_outer or _may_be_null(expression),
        dialect,
    )


def _taken_apart(clause: Expression) -> tuple[Expression, set[Any]]:
    """Return what is sorted by without its direction, its place of NULL and its label, and the first two."""
    modifiers: set[Any] = set()
    while True:
        if isinstance(clause, sa.UnaryExpression) and clause.modifier is not None:
            modifiers.add(clause.modifier)
        elif not isinstance(clause, sa.Label) and clause.__visit_name__ != "label_reference":
            return clause, modifiers
        clause = clause.element


def _may_be_null(expression: Expression) -> bool:
    return not (isinstance(expression, sa.Column) and not expression.nullable and _is_table(expression.table))


def _is_table(source: sa.FromClause) -> bool:
    """Tell whether a column is one of a table or of its alias: a subquery's may come of an outer join in it."""
    return isinstance(source.element if isinstance(source, sa.Alias) else source, sa.Table)


def _has_outer_join(statement: sa.Select[Any]) -> bool:
    if _is_of_one_table(statement):
        return False
    parts = (part for source in statement.get_final_froms() for part in visitors.iterate(source))
    return any(isinstance(part, sa.Join) and (part.isouter or part.full) for part in parts)


def _is_of_one_table(statement: sa.Select[Any]) -> bool:
    """Tell whether a statement selects from the table of one model, as most do."""
    # PERF: asking for the final FROM takes longer than all else that is done here.
    if getattr(statement, "_setup_joins") or getattr(statement, "_from_obj"):  # noqa: B009 # private, as above
        return False
    sources = {described.get("entity") for described in statement.column_descriptions}
    mapper = sa.inspect(sources.pop(), raiseerr=False) if len(sources) == 1 else None
    return isinstance(mapper, Mapper) and isinstance(mapper.selectable, sa.Table)


def _puts_nulls_first(dialect: Dialect, descending: bool) -> bool:
    return (dialect.name in _NULLS_ARE_LEAST) is not descending


def _type_of(expression: Expression, dialect: Dialect) -> sa.types.TypeEngine[Any]:
    kind = expression.type.dialect_impl(dialect)
    return kind.impl_instance.dialect_impl(dialect) if isinstance(kind, sa.TypeDecorator) else kind


def _missing(statement: sa.Select[Any], keys: Sequence[Key]) -> Iterable[Expression]:
    """Return what makes the order of a statement the only one, if it is sorted by that, too."""
    if groups := _clauses(statement, "group_by"):
        return [_taken_apart(group)[0] for group in groups]
    described = statement.column_descriptions
    models = [each["entity"] for each in described if is_model(each)]
    is_of_models = len(models) == len(described)
    if _is_distinct(statement) and not is_of_models:
        return [_taken_apart(column)[0] for column in statement.selected_columns]
    sources = list(map(_identity, models)) if is_of_models else list(_tables(statement))
    if any(not identity for identity in sources):
        return [_taken_apart(column)[0] for column in statement.selected_columns]
    return [column for identity in sources if not _has_unique(identity, keys) for column in identity]


def _is_distinct(statement: sa.Select[Any]) -> bool:
    distinct: bool = getattr(statement, "_distinct")  # noqa: B009 # SQLAlchemy has no public way to it
    return distinct


def _identity(entity: Any) -> Sequence[Expression]:
    """Return the primary key of a model or of its alias."""
    mapper: Any = sa.inspect(entity).mapper
    names = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    return [getattr(entity, name).__clause_element__() for name in names]


def _tables(statement: sa.Select[Any]) -> Iterator[Sequence[Expression]]:
    """Yield the primary key of each table that a statement selects from."""
    for source in statement.get_final_froms():
        for table in _joined(source):
            yield list(table.primary_key)


def _joined(source: sa.FromClause) -> Iterator[sa.FromClause]:
    if isinstance(source, sa.Join):
        yield from _joined(source.left)
        yield from _joined(source.right)
    else:
        yield source


def _has_unique(identity: Sequence[Expression], keys: Sequence[Key]) -> bool:
    """Tell whether one of the keys is a unique column of the same table that is never NULL."""
    table = getattr(identity[0], "table", None)
    columns = [key.expression for key in keys if isinstance(key.expression, sa.Column) and not key.is_nullable]
    return any(column.unique and hash(column.table) == hash(table) for column in columns)
