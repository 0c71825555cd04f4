"""What is read before any extension is known: the file, the environment in force, and the enabled extensions."""

import os
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from ..typed.convert import convert
from ..typed.problems import Text, Unfit
from ..typed.suggest import did_you_mean
from .indirection import Outside, Unset, is_indirection
from .locate import DETECT, ConfigFile, Found, locate
from .mistakes import describe, raise_if_any
from .provenance import DEFAULT, Kind, Origin, shown_name, shown_path
from .tomlfile import line_of_item

__all__ = ["PREFIX", "USUAL_ENVIRONMENTS", "Enabled", "EnabledAt", "Source", "Stratum"]

PREFIX: Final = "FERRULE_"
"""What the names of our environment variables begin with."""

USUAL_ENVIRONMENTS: Final = frozenset({"development", "testing", "production"})
"""Environments that need no table of their own."""


class Enabled(NamedTuple):
    """An enabled extension.

    Attributes:
        name: The name of its entry point, or ``module:attribute``.
        origin: Where it was enabled.
    """

    name: str
    origin: Origin


class Stratum(NamedTuple):
    """One layer of the file: the whole of it, or the tables of one environment.

    Attributes:
        file: The path of the file, for messages.
        path: The keys that lead to the layer in the file.
        table: What it says.
        is_in_force: Whether its values count.
    """

    file: str
    path: tuple[str, ...]
    table: Mapping[str, Any]
    is_in_force: bool = True

    def origin(self, *tables: str) -> Origin:
        """Return where the keys of a table of this layer stand, of the layer's own keys without one."""
        path = ".".join(map(shown_name, (*self.path, *tables)))
        return Origin("file", f"{self.file} [{path}]" if path else self.file)


class Source:
    """What was read before any extension is known.

    Args:
        found: The file, if there is one.
        env: The name of the environment, instead of ``FERRULE_ENV``.
        environ: The environment variables.

    Attributes:
        found: The file, if there is one.
        variables: The environment variables with our prefix.
        outside: Where the values stand that the file only points to.
        env: The environment in force; ``production`` where nothing says otherwise.
        env_origin: Who chose it.
        strata: The layers of the file, the base first.
        listed_extensions: All names in any ``extensions`` list of the file, whatever the environment.
        extensions: The enabled extensions, in their order.
        extensions_origin: Who enabled them, :data:`~ferrule.config.provenance.DEFAULT` where nobody said anything.
        application: ``module:attribute`` of the application, for commands.

    Raises:
        ConfigError: The file says something that cannot be meant of environments or extensions.
    """

    def __init__(self, found: Found | None, *, env: str | None, environ: Mapping[str, str]) -> None:
        self._mistakes: list[str] = []
        self.found: Found | None = found
        self.variables: dict[str, str] = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
        self.outside: Outside = Outside(dict(environ), "" if found is None else os.path.dirname(found.path))
        chosen, origin = self._chosen_environment(env)
        self.env: str = chosen
        self.env_origin: Origin = origin
        self.strata: tuple[Stratum, ...] = () if found is None else tuple(self._read_strata(found))
        self.listed_extensions: frozenset[str] = frozenset(self._listed())
        names, origin = self._enabled()
        self.extensions_origin: Origin = origin
        self.extensions: tuple[Enabled, ...] = tuple(Enabled(name, origin) for name in names)
        self.application: str | None = self._application()
        raise_if_any(self._mistakes)

    @classmethod
    def read(
        cls, *, root_path: str, config_file: ConfigFile = DETECT, env: str | None = None, environ: Mapping[str, str]
    ) -> Self:
        """Find the configuration file and read it, and what the environment says of environment and extensions.

        Args:
            root_path: The application's folder, from which the file is looked for.
            config_file: The file, relative to the application's folder; ``None`` for no file.
            env: The name of the environment, instead of ``FERRULE_ENV``.
            environ: The environment variables.

        Raises:
            ConfigError: The file cannot be read, or says something that cannot be meant of environments or extensions.
        """
        return cls(locate(root_path=root_path, config_file=config_file, environ=environ), env=env, environ=environ)

    @property
    def path(self) -> Path | None:
        """The path of the file, ``None`` without one."""
        return None if self.found is None else self.found.path

    @property
    def has_unknown_tables(self) -> bool:
        """Whether the file may have tables of extensions that are not enabled, and named by their modules alone."""
        enabled = {extension.name for extension in self.extensions}
        return any(":" in name for name in self.listed_extensions - enabled)

    def place_of(self, table: str) -> str:
        """Return where the keys of a table stand in the file, or would stand.

        Args:
            table: The table; empty for the keys at the top.
        """
        base = self.strata[0] if self.strata else Stratum("ferrule.toml", (), {})
        return str(base.origin(table) if table else base.origin())

    def place_of_extension(self, enabled: Enabled) -> str:
        """Return where an extension was enabled, with the line if the file says so; for who asks, since it costs."""
        lists = [stratum for stratum in self.strata if stratum.origin() == enabled.origin]
        line = line_of_item(str(self.path), (*lists[0].path, "extensions"), enabled.name) if lists else None
        return str(enabled.origin) if line is None else f"{lists[0].file}:{line}"

    def enabling(self, names: Iterable[str], kind: Kind, place: str) -> Self:
        """Return this source with other extensions enabled.

        Args:
            names: The names, in their order.
            kind: Who says so.
            place: Where: ``App(extensions=…)``, ``--no-extension``.
        """
        other = copy(self)
        other.extensions_origin = Origin(kind, place)
        kept = {extension.name: extension for extension in self.extensions}
        other.extensions = tuple(kept.get(name, Enabled(name, other.extensions_origin)) for name in names)
        return other

    def _chosen_environment(self, env: str | None) -> tuple[str, Origin]:
        if env is not None:
            return env, Origin("code", "App(env=…)")
        if named := self.variables.get("FERRULE_ENV"):
            return named, Origin("environment", "FERRULE_ENV")
        return "production", DEFAULT

    def _read_strata(self, found: Found) -> Iterator[Stratum]:
        base = Stratum(shown_path(found.path), found.table, found.data)
        yield base
        tables = base.table.get("env", {})
        if not isinstance(tables, dict):
            cure = "write tables such as [env.testing]; FERRULE_ENV chooses one"
            self._mistakes.append(f"{base.origin()} env: expected tables; {cure}")
            return
        for name, table in tables.items():
            if not isinstance(table, dict):
                cure = f"write [env.{shown_name(name)}]"
                self._mistakes.append(f"{base.origin('env')} {shown_name(name)}: expected a table; {cure}")
                continue
            stratum = Stratum(base.file, (*base.path, "env", name), table, name == self.env)
            if "env" in table:
                cure = "an environment has no environments inside; take it out"
                self._mistakes.append(f"{stratum.origin()} env: {cure}")
            yield stratum
        if tables and self.env not in {*tables, *USUAL_ENVIRONMENTS}:
            known = f"there are {', '.join(sorted(tables))}"
            hint = did_you_mean(self.env, {*tables, *USUAL_ENVIRONMENTS}, otherwise=known)
            self._mistakes.append(f"{self.env_origin}={self.env!r}: {base.file} has no such environment{hint}")

    def _listed(self) -> Iterator[str]:
        """Go through the names in all lists of the file, and report lists that are none."""
        for stratum in self.strata:
            listed = stratum.table.get("extensions", [])
            if _is_list_of_names(listed):
                yield from (name for name in listed if isinstance(name, str))
            elif not is_indirection(listed):
                self._mistakes.append(f'{stratum.origin()} extensions: expected a list of names, such as ["login"]')

    def _enabled(self) -> tuple[list[str], Origin]:
        value: Any = self.variables.get("FERRULE_EXTENSIONS")
        origin = Origin("environment", "FERRULE_EXTENSIONS")
        if value is None:
            value, origin = self._last("extensions")
        if isinstance(value, str):
            try:
                value = _names_in(value)
            except Unfit:
                self._mistakes.append(f"{origin}: expected names, between commas or as a JSON list")
        # What else is no list was reported with the lists of all environments.
        return [str(name) for name in value] if _is_list_of_names(value) else [], origin

    def _application(self) -> str | None:
        value = self.variables.get("FERRULE_APPLICATION") or self._last("application")[0]
        return str(value) if isinstance(value, str) else None  # else it is reported with all other settings

    def _last(self, name: str) -> tuple[Any, Origin]:
        """Return a value that is needed before all others, from the layer in force that has the last word."""
        for stratum in reversed(self.strata):
            if stratum.is_in_force and name in stratum.table:
                origin = stratum.origin()
                try:
                    return self.outside.resolve(stratum.table[name]), origin
                except Unset as unset:
                    self._mistakes += [describe(origin, name, problem) for problem in unset.problems]
                    return None, origin
        return None, DEFAULT


class EnabledAt(NamedTuple):
    """Where an extension was enabled, as text: its line is looked up only if it is shown."""

    source: Source
    enabled: Enabled

    def __str__(self) -> str:
        """Return the place."""
        return self.source.place_of_extension(self.enabled)


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) or is_indirection(name) for name in value)


def _names_in(text: str) -> list[str]:
    if text.lstrip().startswith("["):
        return convert(Text(text), list[str])  # type: ignore[no-any-return]  # what is asked for
    return list(filter(None, map(str.strip, text.split(","))))
