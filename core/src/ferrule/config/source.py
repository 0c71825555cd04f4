"""What is read before any extension is known: the file, the environment in force, and the enabled extensions."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from .indirection import Outside, is_indirection
from .leaves import read_json
from .locate import DETECT, ConfigFile, Found, locate
from .mistakes import describe, raise_if_any
from .problems import Unfit
from .provenance import DEFAULT, Kind, Origin, shown_name, shown_path
from .suggest import did_you_mean

__all__ = ["PREFIX", "Enabled", "Source", "Stratum"]

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
    """

    file: str
    path: tuple[str, ...]
    table: Mapping[str, Any]

    def origin(self, *tables: str) -> Origin:
        """Return where the keys of a table of this layer stand, of the layer's own keys without one."""
        path = ".".join(map(shown_name, (*self.path, *tables)))
        return Origin("file", f"{self.file} [{path}]" if path else self.file)


@dataclass(frozen=True, eq=False, repr=False)  # a repr would show secrets
class Source:
    """What was read before any extension is known.

    Attributes:
        env: The environment in force; ``production`` where nothing says otherwise.
        env_origin: Who chose it.
        extensions: The enabled extensions, in their order.
        extensions_origin: Who enabled them, :data:`~ferrule.config.provenance.DEFAULT` where nobody said anything.
        listed_extensions: All names in any ``extensions`` list of the file, whatever the environment.
        application: ``module:attribute`` of the application, for commands.
        strata: The layers of the file that are in force, the later over the earlier.
        other_strata: Those of the other environments.
        variables: The environment variables with our prefix.
        outside: Where the values stand that the file only points to.
        found: The file, if there is one.
    """

    env: str
    env_origin: Origin
    extensions: tuple[Enabled, ...]
    extensions_origin: Origin
    listed_extensions: frozenset[str]
    application: str | None
    strata: tuple[Stratum, ...]
    other_strata: tuple[Stratum, ...]
    variables: Mapping[str, str]
    outside: Outside
    found: Found | None

    @classmethod
    def read(
        cls,
        *,
        root_path: str,
        config_file: ConfigFile = DETECT,
        env: str | None = None,
        environ: Mapping[str, str],
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
        return cls.build(
            locate(root_path=root_path, config_file=config_file, environ=environ), env=env, environ=environ
        )

    @classmethod
    def build(cls, found: Found | None, *, env: str | None, environ: Mapping[str, str]) -> Self:
        """Make a source of a file that has been read already; arguments and errors are those of :meth:`read`."""
        reading = _Reading(found, env, environ)
        extensions, extensions_origin = reading.extensions()
        source = cls(
            env=reading.env,
            env_origin=reading.env_origin,
            extensions=tuple(Enabled(name, extensions_origin) for name in extensions),
            extensions_origin=extensions_origin,
            listed_extensions=reading.listed_extensions(),
            application=reading.application(),
            strata=reading.strata,
            other_strata=reading.other_strata,
            variables=reading.variables,
            outside=reading.outside,
            found=found,
        )
        raise_if_any(reading.mistakes)
        return source

    @property
    def path(self) -> Path | None:
        """The path of the file, ``None`` without one."""
        return None if self.found is None else self.found.path

    @cached_property
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

    def enabling(self, names: Iterable[str], kind: Kind, place: str) -> Self:
        """Return this source with other extensions enabled.

        Args:
            names: The names, in their order.
            kind: Who says so.
            place: Where: ``App(extensions=…)``, ``--no-extension``.
        """
        origin = Origin(kind, place)
        kept = {extension.name: extension for extension in self.extensions}
        enabled = tuple(kept.get(name, Enabled(name, origin)) for name in names)
        return replace(self, extensions=enabled, extensions_origin=origin)


class _Reading:
    """One reading: what is read, and the mistakes that are met on the way."""

    def __init__(self, found: Found | None, env: str | None, environ: Mapping[str, str]) -> None:
        self.mistakes: list[str] = []
        self.variables = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        self.env, self.env_origin = self._chosen_environment(env)
        self.strata: tuple[Stratum, ...] = ()
        self.other_strata: tuple[Stratum, ...] = ()
        self.outside = Outside({}, "")
        if found is not None:
            self.outside = Outside(dict(environ), os.path.dirname(found.path))
            self._read_strata(Stratum(shown_path(found.path), found.table, found.data))

    def _chosen_environment(self, env: str | None) -> tuple[str, Origin]:
        if env is not None:
            return env, Origin("code", "App(env=…)")
        if named := self.variables.get("FERRULE_ENV"):
            return named, Origin("environment", "FERRULE_ENV")
        return "production", DEFAULT

    def _read_strata(self, base: Stratum) -> None:
        layers = {name: Stratum(base.file, (*base.path, "env", name), table) for name, table in self._env_tables(base)}
        for layer in layers.values():
            if "env" in layer.table:
                self.mistakes.append(f"{layer.origin()} env: an environment has no environments inside; take it out")
        if layers and self.env not in layers and self.env not in USUAL_ENVIRONMENTS:
            self._report_unknown_environment(base, layers)
        in_force = layers.pop(self.env, None)
        self.strata = (base,) if in_force is None else (base, in_force)
        self.other_strata = tuple(layers.values())

    def _env_tables(self, base: Stratum) -> Iterator[tuple[str, Mapping[str, Any]]]:
        tables = base.table.get("env", {})
        if not isinstance(tables, dict):
            cure = "write tables such as [env.testing]; FERRULE_ENV chooses one"
            self.mistakes.append(f"{base.origin()} env: expected tables; {cure}")
            return
        for name, table in tables.items():
            if isinstance(table, dict):
                yield name, table
            else:
                self.mistakes.append(
                    f"{base.origin('env')} {shown_name(name)}: expected a table; write [env.{shown_name(name)}]"
                )

    def _report_unknown_environment(self, base: Stratum, known: Collection[str]) -> None:
        hint = did_you_mean(self.env, {*known, *USUAL_ENVIRONMENTS}, otherwise=f"there are {', '.join(sorted(known))}")
        self.mistakes.append(f"{self.env_origin}={self.env!r}: {base.file} has no such environment{hint}")

    def listed_extensions(self) -> frozenset[str]:
        """Return all names in any list of the file, and report lists that are none."""
        names: set[str] = set()
        for stratum in (*self.strata, *self.other_strata):
            listed = stratum.table.get("extensions", [])
            if _is_list_of_names(listed):
                names.update(name for name in listed if isinstance(name, str))
            elif not is_indirection(listed):
                self.mistakes.append(f'{stratum.origin()} extensions: expected a list of names, such as ["login"]')
        return frozenset(names)

    def extensions(self) -> tuple[list[str], Origin]:
        """Return the names of the enabled extensions, and who enabled them."""
        text = self.variables.get("FERRULE_EXTENSIONS")
        if text is not None:
            origin = Origin("environment", "FERRULE_EXTENSIONS")
            return self._checked_names(_names_in(text), str(origin)), origin
        found = self._last("extensions")
        if found is None:
            return [], DEFAULT
        value, origin = found
        names = _names_in(value) if isinstance(value, str) else value
        return self._checked_names(names, f"{origin} extensions"), origin

    def _checked_names(self, names: Any, place: str) -> list[str]:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            if isinstance(names, str):
                self.mistakes.append(f"{place}: expected names, between commas or as a JSON list")
            return []  # anything else was reported with the lists of all environments
        for name in dict.fromkeys(names):
            if not name:
                self.mistakes.append(f"{place}: an empty text is no name of an extension; take it out")
            elif names.count(name) > 1:
                self.mistakes.append(f"{place}: {name!r} is listed twice; take one out")
        return [str(name) for name in names]

    def application(self) -> str | None:
        """Return where the application is."""
        if text := self.variables.get("FERRULE_APPLICATION"):
            return text
        value, _ = self._last("application") or (None, DEFAULT)
        return (
            str(value) if isinstance(value, str) else None
        )  # a wrong type is reported with those of all other settings

    def _last(self, name: str) -> tuple[Any, Origin] | None:
        """Return a value that is needed before all others, from the layer in force that has the last word."""
        for stratum in reversed(self.strata):
            if name in stratum.table:
                return self._resolved(stratum.table[name], stratum.origin(), name), stratum.origin()
        return None

    def _resolved(self, value: Any, origin: Origin, name: str) -> Any:
        try:
            return self.outside.resolve(value)
        except Unfit as unfit:
            self.mistakes += [describe(origin, name, problem) for problem in unfit.problems]
            return None


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) or is_indirection(name) for name in value)


def _names_in(text: str) -> Any:
    """Return the names in a text of the environment; the text itself where it is broken JSON."""
    if not text.lstrip().startswith("["):
        return [name.strip() for name in text.split(",") if name.strip()]
    try:
        names = read_json(text)
    except ValueError:
        return text
    return names if _is_list_of_names(names) else text
