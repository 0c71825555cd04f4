"""Flask's configuration mapping: a dict with ways to fill it, which remembers who wrote each key."""

import json
import os
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from pkgutil import resolve_name
from types import ModuleType
from typing import IO, Any, Self

from ..callers import calling_line
from ..exceptions import ConfigError
from .provenance import Origin, shown_path

__all__ = ["ConfigMapping"]


class ConfigMapping(dict[str, Any]):
    """A dict that remembers who wrote each key.

    Args:
        root_path: The application's folder, which the paths of files are relative to.
        defaults: Values to begin with.
    """

    def __init__(self, root_path: str | os.PathLike[str], defaults: Mapping[str, Any] | None = None) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path
        self._places: dict[str, Origin | tuple[str, int]] = dict.fromkeys(self, Origin("code", "Config(defaults=…)"))

    def origin(self, key: str) -> Origin:
        """Return where the value of a key came from.

        Args:
            key: The key, in upper case.

        Raises:
            KeyError: Nothing has set the key.
        """
        if key not in self:
            raise KeyError(key)
        place = self._places[key]
        return place if isinstance(place, Origin) else Origin("code", f"{shown_path(place[0])}:{place[1]}")

    def write(self, values: Mapping[str, tuple[Any, Origin]]) -> None:
        """Write several values on behalf of somebody.

        Args:
            values: The values by key, each with where it came from.
        """
        super().update({key: value for key, (value, _) in values.items()})
        self._places.update({key: origin for key, (_, origin) in values.items()})
        self._changed()

    def _changed(self) -> None:
        """Forget what was derived from the values."""

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self._places[key] = calling_line()  # PERF: its text is made when somebody asks
        self._changed()

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._changed()

    def __ior__(self, other: Any) -> Self:  # type: ignore[misc,override]  # a dict's `|` takes mappings only
        self.update(other)
        return self

    # Those of dict would pass by the methods above.

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Write several values, as :meth:`dict.update` does."""
        MutableMapping.update(self, *args, **kwargs)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, and write it first if there is none."""
        return MutableMapping.setdefault(self, key, default)

    def clear(self) -> None:
        """Remove all keys."""
        MutableMapping.clear(self)

    def pop(self, key: str, *default: Any) -> Any:
        """Remove a key, and return its value."""
        value = super().pop(key, *default)
        self._changed()
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove the key that was written first of all last, and return it with its value."""
        item = super().popitem()
        self._changed()
        return item

    def from_mapping(self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None, **kwargs: Any) -> bool:
        """Write the values of a mapping whose keys are in upper case, and pass over all others.

        Args:
            mapping: The mapping, or pairs of keys and values.
            **kwargs: More values.

        Returns:
            ``True``.
        """
        return self._fill({**dict(mapping or ()), **kwargs}, "from_mapping(…)")

    def from_object(self, obj: object | str) -> None:
        """Write the attributes of an object whose names are in upper case.

        Args:
            obj: A module, a class or another object, or its import name: ``package.module``, ``package.module.Class``.

        Raises:
            ImportError: There is nothing of this name.
        """
        called = repr(obj) if isinstance(obj, str) else getattr(obj, "__name__", type(obj).__name__)
        if isinstance(obj, str):
            obj = _imported(obj)
        self._fill({name: getattr(obj, name) for name in dir(obj) if name.isupper()}, f"from_object({called})")

    def from_pyfile(self, filename: str | os.PathLike[str], silent: bool = False) -> bool:
        """Run a Python file, and write its names that are in upper case.

        Args:
            filename: The file, relative to the root path.
            silent: Return ``False`` if there is no such file, instead of raising.

        Returns:
            Whether the file was read.

        Raises:
            OSError: The file cannot be read.
        """
        path = os.path.join(self.root_path, filename)
        source = self._read(path, silent=silent, load=lambda file: file.read(), text=False)
        if source is None:
            return False
        module = ModuleType("config")
        module.__file__ = path
        exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102 - running the file is what was asked for
        return self._fill(vars(module), f"from_pyfile({os.fspath(filename)!r})")

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: Callable[[IO[Any]], Mapping[str, Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Write what a function reads from a file, as :meth:`from_mapping` does.

        Args:
            filename: The file, relative to the root path.
            load: Reads the file: ``json.load``, ``tomllib.load``.
            silent: Return ``False`` if there is no such file, instead of raising.
            text: Open the file as UTF-8 text; ``False`` for bytes, which ``tomllib.load`` wants.

        Returns:
            Whether the file was read.

        Raises:
            OSError: The file cannot be read.
        """
        values = self._read(os.path.join(self.root_path, filename), silent=silent, load=load, text=text)
        return False if values is None else self._fill(values, f"from_file({os.fspath(filename)!r})")

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Run the Python file that an environment variable names, as :meth:`from_pyfile` does.

        Args:
            variable_name: The variable.
            silent: Return ``False`` if it is not set or there is no such file, instead of raising.

        Returns:
            Whether a file was read.

        Raises:
            ConfigError: The variable is not set.
            OSError: The file cannot be read.
        """
        path = os.environ.get(variable_name)
        if path:
            return self.from_pyfile(path, silent=silent)
        if silent:
            return False
        raise ConfigError(f"the environment variable {variable_name} is not set; set it to the path of a Python file")

    def from_prefixed_env(self, prefix: str = "FERRULE", *, loads: Callable[[str], Any] = json.loads) -> bool:
        """Write the environment variables with a prefix, without it. Double underscores nest.

        The application's own configuration needs no call: ``FERRULE_…`` is read, checked and converted by itself.
        This is for variables of another prefix.

        Args:
            prefix: The prefix, without the underscore after it.
            loads: Reads a value; one that it cannot read stays a string.

        Returns:
            ``True``.

        Raises:
            ConfigError: A variable nests into a value that is no dict.
        """
        values: dict[str, Any] = {}
        for name in sorted(os.environ):
            if name.startswith(f"{prefix}_"):
                key, *steps = name.removeprefix(f"{prefix}_").split("__")
                value = _loaded(os.environ[name], loads)
                values[key] = _nested(values.get(key, self.get(key)), steps, value, name) if steps else value
        origin = Origin("code", f"from_prefixed_env({prefix!r})")
        self.write({key: (value, origin) for key, value in values.items()})
        return True

    def get_namespace(self, namespace: str, lowercase: bool = True, trim_namespace: bool = True) -> dict[str, Any]:
        """Return the values whose keys begin alike.

        Args:
            namespace: What they begin with, such as ``MAIL_``.
            lowercase: Return the names in lower case.
            trim_namespace: Return the names without the namespace.
        """
        start = len(namespace) if trim_namespace else 0
        found = {key[start:]: value for key, value in self.items() if key.startswith(namespace)}
        return {name.lower(): value for name, value in found.items()} if lowercase else found

    def _fill(self, values: Mapping[str, Any], call: str) -> bool:
        self.write({key: (value, Origin("code", call)) for key, value in values.items() if key.isupper()})
        return True

    def _read(self, path: str, *, silent: bool, load: Callable[[IO[Any]], Any], text: bool) -> Any:
        """Return what is read from a file, ``None`` where it is missing and may be."""
        try:
            with open(path, encoding="utf-8") if text else open(path, "rb") as file:
                return load(file)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            if silent:
                return None
            raise


def _imported(name: str) -> object:
    try:
        return resolve_name(name)
    except (AttributeError, ValueError) as error:
        raise ImportError(f"cannot import {name!r} to configure from: {error}") from error


def _loaded(text: str, loads: Callable[[str], Any]) -> Any:
    try:
        return loads(text)
    except Exception:
        return text


def _nested(below: Any, steps: list[str], value: Any, name: str) -> Any:
    """Return a copy of a dict with one value replaced, however far inside."""
    if not steps:
        return value
    if below is not None and not isinstance(below, dict):
        raise ConfigError(f"environment {name}: it nests into a value that is no dict; rename it, or make that a dict")
    step, *rest = steps
    table = below or {}
    return {**table, step: _nested(table.get(step), rest, value, name)}
