"""The settings of the extension: the ``[sqlalchemy]`` table of the configuration."""

from dataclasses import dataclass
from typing import Any

from ferrule import setting

from .sqlite import Pragma, pragma_mistakes

__all__ = ["SQLAlchemySettings"]


@dataclass(frozen=True, kw_only=True)
class SQLAlchemySettings:
    """The settings of the extension. They are read when the engine is made; what is written later changes nothing.

    Raises:
        ValueError: A pragma is none; the text lists all.
    """

    database_uri: str = setting(
        doc="The database: `dialect+driver://user:password@host/name`, or `sqlite:///app.db` in the instance folder.",
        secret=True,
    )
    engine_options: dict[str, Any] = setting(
        default_factory=dict, doc="Arguments of `sqlalchemy.create_engine`, such as `pool_size` and `connect_args`."
    )
    echo: bool = setting(False, doc="Log every statement.")
    sqlite_pragmas: dict[str, Pragma] = setting(
        default_factory=dict,
        doc="Pragmas of each SQLite connection, beside `foreign_keys = true`, `busy_timeout = 5000` (milliseconds) and"
        ' `journal_mode = "WAL"`, or instead of them; `""` leaves one as SQLite has it.',
    )

    def __post_init__(self) -> None:
        if mistakes := list(pragma_mistakes(self.sqlite_pragmas)):
            raise ValueError("; ".join(mistakes))
