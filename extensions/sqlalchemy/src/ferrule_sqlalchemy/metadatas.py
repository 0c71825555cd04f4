"""The ``MetaData`` of each bind: one in a process, so that tables of extensions and of the application meet in it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa

from ferrule import SetupError

__all__ = ["METADATAS", "NAMING_CONVENTION", "MetaDatas"]


def _check_name(check: sa.CheckConstraint, _table: sa.Table) -> str:
    """Return what tells a CHECK from others of its table: the name that it was given, or one made of what it says."""
    if isinstance(check.name, str):
        return check.name
    columns = [column.name for column in check.columns]
    if check.name is not None:  # one that a type brings, such as Boolean: the only one of its column
        return "_".join(columns)
    text = str(check.sqltext.compile(compile_kwargs={"literal_binds": True}))
    return "_".join([*columns, sha256(text.encode()).hexdigest()[:8]])


NAMING_CONVENTION: Final[Mapping[str, Any]] = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    # SQLAlchemy's own token, constraint_name, refuses a CHECK that has none. It names what has one only where it finds
    # that token, by its letters.
    "ck": "ck_%(table_name)s_%(made_constraint_name)s",
    "made_constraint_name": _check_name,
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names for constraints: a migration can drop only what has a name, and some databases give none by themselves."""

_NO_CONVENTION: Final = sa.MetaData().naming_convention


class MetaDatas(dict[str | None, sa.MetaData]):
    """A ``MetaData`` by bind key, which for the default bind is ``None``; one that is not there is made when asked for.

    All have one naming convention. What a table's bind is, is said by ``table.metadata.info["bind_key"]``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._convention: Any = dict(NAMING_CONVENTION)
        self._chosen_by = ""

    def __missing__(self, key: str | None) -> sa.MetaData:
        # Two threads that make one at once are given the same.
        return self.setdefault(key, sa.MetaData(naming_convention=self._convention, info={"bind_key": key}))

    def join(self, other: sa.MetaData, whose: str) -> None:
        """Take over the naming convention of a ``MetaData`` that an application brings, for the tables that follow.

        Args:
            other: The application's own; nothing happens if it is the default bind's already.
            whose: Who brings it, for messages.

        Raises:
            SetupError: It has tables or a schema already, or another convention was taken over before.
        """
        if other is self[None]:
            return
        if other.tables or other.schema:
            found = f"{len(other.tables)} tables" if other.tables else f"the schema {other.schema!r}"
            raise SetupError(
                f"{whose} has a MetaData of its own, with {found}, and tables of extensions could not refer to it;"
                " write `metadata = Model.metadata` in the class, and a schema into `__table_args__`"
            )
        if other.naming_convention != _NO_CONVENTION:
            self._name_by(other.naming_convention, whose)

    def _name_by(self, convention: Any, whose: str) -> None:
        if self._chosen_by and convention != self._convention:
            raise SetupError(
                f"{whose} brings a naming convention, and {self._chosen_by} has brought another; tables of a process"
                " share one: leave one out"
            )
        self._convention, self._chosen_by = convention, self._chosen_by or whose
        for metadata in self.values():
            metadata.naming_convention = convention


METADATAS: Final = MetaDatas()
"""The process' own."""
