"""The settings of the extension: the ``[sqlalchemy]`` table of the configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import URL

from ferrule import App, setting
from ferrule.config import NotSetError

from .sqlite import Pragma, pragma_mistakes

__all__ = ["BindOptions", "Phase", "SQLAlchemySettings", "phase_of"]

BindOptions: TypeAlias = str | URL | dict[str, Any]
"""What is configured of a bind: its URL, or a table with ``url`` and arguments of ``sqlalchemy.create_engine``."""

Phase: TypeAlias = Literal["development", "testing", "production"]


@dataclass(frozen=True, kw_only=True)
class SQLAlchemySettings:
    """The settings of the extension. They are read when the engines are made; what is written later changes nothing.

    Raises:
        ValueError: There is no database, a bind has no URL or two, a pragma is none; the text lists all that is wrong.
    """

    database_uri: str | URL | None = setting(
        None,
        doc="The database: `dialect+driver://user:password@host/name`, or `sqlite:///app.db` in the instance folder."
        " Required, unless there are `binds`.",
        secret=True,
    )
    binds: dict[str, BindOptions] = setting(
        default_factory=dict,
        doc="More databases, by name: each a URL, or a table with `url`, `sqlite_pragmas`, and arguments of"
        " `sqlalchemy.create_engine`. Models are there by `__bind_key__`.",
        secret=True,
    )
    engine_options: dict[str, Any] = setting(
        default_factory=dict,
        doc="Arguments of `sqlalchemy.create_engine`, such as `pool_size` and `connect_args`, for `database_uri`.",
    )
    session_options: dict[str, Any] = setting(
        default_factory=dict,
        doc="Arguments of `sqlalchemy.orm.Session`, such as `expire_on_commit` and `autoflush`; they come before those"
        " that `SQLAlchemy(session_options=…)` was given.",
    )
    autocommit: bool = setting(
        False,
        doc="Commit at the end of each request in which nothing raised and whose status is below 400, before the"
        " response is sent.",
    )
    echo: bool = setting(False, doc="Log every statement; a bind may have an `echo` of its own.")
    sqlite_pragmas: dict[str, Pragma] = setting(
        default_factory=dict,
        doc="Pragmas of each SQLite connection, beside `foreign_keys = true`, `busy_timeout = 5000` (milliseconds) and"
        ' `journal_mode = "WAL"`, or instead of them; `""` leaves one as SQLite has it.',
    )

    record_queries: bool | None = setting(
        None,
        doc="Keep the queries of each context for `get_recorded_queries()`; unless set, everywhere but in production.",
    )
    slow_query: float | None = setting(
        None, doc="Log queries that take at least so many seconds; `inf` for none, as where it is not set."
    )
    n_plus_one: Literal["warn", "raise", "off"] | None = setting(
        None,
        doc="What becomes of objects that are loaded one by one, where one query could load them with their parents;"
        ' unless set, `"raise"` in testing, `"warn"` in development, `"off"` in production.',
    )
    n_plus_one_allowed: int = setting(
        2, doc="For how many parents in a context one line may load the same relationship without that being told."
    )

    def __post_init__(self) -> None:
        mistakes = [*pragma_mistakes(self.sqlite_pragmas)]
        for name, options in self.binds.items():
            mistakes += (f"binds.{name}: {mistake}" for mistake in _bind_mistakes(options))
        if mistakes:
            raise ValueError("; ".join(mistakes))
        if self.database_uri is None and not self.binds:
            raise NotSetError(
                "[sqlalchemy] database_uri is required, and not set; set database_uri in [sqlalchemy] of the"
                " configuration file, FERRULE_SQLALCHEMY_DATABASE_URI in the environment, or"
                " app.config['SQLALCHEMY_DATABASE_URI']"
            )


def phase_of(app: App) -> Phase:
    """Return what an application is run for, as far as it concerns who is told what: testing, development, or use."""
    env = app.config.get("ENV")
    if app.testing or env == "testing":
        return "testing"
    return "development" if app.debug or env == "development" else "production"


def _bind_mistakes(options: BindOptions) -> Iterator[str]:
    if not isinstance(options, dict):
        return
    urls = [name for name in ("url", "database_uri") if name in options]
    if len(urls) != 1:
        yield f"expected one of url and database_uri, found {'both' if urls else 'neither'}"
    yield from (f"{name}: expected a text" for name in urls if not isinstance(options[name], (str, URL)))
    pragmas, nested = options.get("sqlite_pragmas", {}), options.get("engine_options", {})
    if isinstance(pragmas, Mapping):
        yield from pragma_mistakes(pragmas)
    else:
        yield "sqlite_pragmas: expected a table"
    if not isinstance(nested, Mapping):
        yield "engine_options: expected a table"
