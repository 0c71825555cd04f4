"""Binds: what the configuration says of each database, and where it says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import URL

from ferrule import App

from .exceptions import UnboundBindError
from .settings import SQLAlchemySettings, phase_of
from .sqlite import Pragma

__all__ = ["Bind", "binds_of", "place_of", "unbound"]

_SECTION: Final = "SQLALCHEMY_"
_OWN: Final = frozenset({"url", "database_uri", "sqlite_pragmas", "engine_options"})
"""What a bind's table has beside arguments of ``sqlalchemy.create_engine``."""


@dataclass(frozen=True)
class Bind:
    """One database of an application.

    Attributes:
        key: The bind key; ``None`` for the default one.
        uri: The URL as it is configured.
        options: Arguments of ``sqlalchemy.create_engine``.
        pragmas: Pragmas of SQLite, in addition to the default ones or instead of them.
        uri_place: Where the URL stands, for messages.
        options_place: Where the options stand.
    """

    key: str | None
    uri: str | URL
    options: Mapping[str, Any]
    pragmas: Mapping[str, Pragma]
    uri_place: str
    options_place: str

    def __repr__(self) -> str:
        return f"<Bind {self.key!r}>"  # the rest has passwords


def binds_of(app: App, defaults: Mapping[str, Any]) -> Iterator[Bind]:
    """Yield the binds of an application, the default one first.

    Args:
        app: The application.
        defaults: Arguments of ``sqlalchemy.create_engine`` for all of them, which the configuration overrides.
    """
    settings = app.config.settings(SQLAlchemySettings)
    hides = phase_of(app) == "production"  # the text of an error ends in a log, and parameters are what users enter
    base = {"hide_parameters": hides, "echo": settings.echo, **defaults} | ({"echo": True} if settings.echo else {})
    if settings.database_uri is not None:
        options = {**base, **settings.engine_options}
        places = (place_of(app, "database_uri"), place_of(app, "engine_options"))
        yield Bind(None, settings.database_uri, options, settings.sqlite_pragmas, *places)
    for key, found in settings.binds.items():
        table: dict[str, Any] = found if isinstance(found, dict) else {"url": found}
        spelling = "url" if "url" in table else "database_uri"
        place = place_of(app, "binds", key)
        own = {name: value for name, value in table.items() if name not in _OWN}
        yield Bind(
            key,
            table[spelling],
            {**base, **table.get("engine_options", {}), **own},
            {**settings.sqlite_pragmas, **table.get("sqlite_pragmas", {})},
            f"{place}.{spelling}" if isinstance(found, dict) else place,
            place,
        )


def place_of(app: App, *path: str) -> str:
    """Return where a setting, or something in it, came from, and how it is written there."""
    key, inside = f"{_SECTION}{path[0].upper()}", path[1:]
    origin = app.config.origin(key)
    name = ".".join(path if origin.kind != "code" else (key, *inside))
    return str(origin) if origin.kind == "environment" and not inside else f"{origin} {name}"


def unbound(app_name: str, key: object, configured: Mapping[str | None, Any], what: str = "") -> UnboundBindError:
    """Make the error for a bind that is not configured.

    Args:
        app_name: The application's name.
        key: The bind key.
        configured: What is configured, by bind key.
        what: What needs the bind, and where that is.
    """
    wanted = "the default bind" if key is None else f"bind {key!r}"
    found = ", ".join("the default one" if name is None else repr(name) for name in configured) or "none"
    cure = "set [sqlalchemy] database_uri" if key is None else f'add `{key} = "…"` to [sqlalchemy.binds]'
    which = f"{what}: " if what else ""
    return UnboundBindError(f"{which}{wanted} is not configured in {app_name!r}, which has {found}; {cure}")
