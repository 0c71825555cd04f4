"""Values that stand elsewhere: ``{ env = "NAME" }``, ``{ file = "/path" }``, and ``{ none = true }``."""

import os
from collections.abc import Iterable, Mapping
from operator import is_
from typing import Any, Final

from .problems import Array, Problem, Steps, Table, Text, Unfit
from .provenance import shown_name, shown_path

__all__ = ["Outside", "is_indirection"]

MAX_SIZE: Final = 1024 * 1024
"""The largest file, in bytes, that may stand for a value."""


def is_indirection(value: Any) -> bool:
    """Return whether a value of the file is a table that stands for another value.

    That is ``{ env = "NAME" }``, perhaps with a ``default``, ``{ file = "/path" }``, and ``{ none = true }``, since
    TOML has no word for ``None``.
    """
    if not isinstance(value, dict):
        return False
    keys = value.keys()
    if keys in ({"env"}, {"env", "default"}):
        return type(value["env"]) is str  # and no text of a variable that nests here
    return (keys == {"file"} and type(value["file"]) is str) or (keys == {"none"} and value["none"] is True)


class Outside:
    """Where the values stand that the file only points to.

    Args:
        environ: The environment.
        folder: What relative paths of files are relative to: the folder of the configuration file.
    """

    def __init__(self, environ: Mapping[str, str], folder: str) -> None:
        self._environ = environ
        self._folder = folder

    def resolve(self, value: Any, path: Steps = ()) -> Any:
        """Return a value with everything in its place; the same object where nothing stood elsewhere.

        Args:
            value: A value of the file, not nested too deeply.
            path: Where the value is, for the problems.

        Raises:
            Unfit: A variable is not set, or a file cannot be read; it has all such problems.
        """
        if is_indirection(value):
            return self._variable(value, path) if "env" in value else self._file(value, path)
        if isinstance(value, dict):
            items = self._each(value.items(), path)
            return value if all(map(is_, items, value.values())) else Table(zip(value, items, strict=True))
        if isinstance(value, list):
            items = self._each(enumerate(value), path)
            return value if all(map(is_, items, value)) else Array(items)
        return value

    def _each(self, steps: Iterable[tuple[str | int, Any]], path: Steps) -> list[Any]:
        results: list[Any] = []
        problems: list[Problem] = []
        for step, value in steps:
            try:
                results.append(self.resolve(value, (*path, step)))
            except Unfit as unfit:
                problems += unfit.problems
        if problems:
            raise Unfit(*problems)
        return results

    def _variable(self, table: Mapping[str, Any], path: Steps) -> Any:
        name = table["env"]
        if name in self._environ:
            return Text(self._environ[name], f"environment {shown_name(name)}")
        if "default" in table:
            return self.resolve(table["default"], path)
        cure = 'set it, or write { env = "…", default = … }'
        raise Unfit(Problem(path, f"the environment variable {shown_name(name)} is not set; {cure}"))

    def _file(self, table: Mapping[str, Any], path: Steps) -> Any:
        if "none" in table:
            return None
        name = os.path.join(self._folder, table["file"])
        try:
            return Text(_read(name), f"file {shown_path(name)}", is_json=False)
        except UnicodeDecodeError:
            reason = "it is not UTF-8"
        except OSError as error:
            reason = error.strerror or str(error)
        except ValueError as error:
            reason = str(error)
        raise Unfit(Problem(path, f"cannot read the file {shown_path(name)}: {reason}"))


def _read(name: str) -> str:
    with open(name, "rb") as file:
        data = file.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise ValueError(f"it is larger than {MAX_SIZE} bytes")
    return data.decode().removesuffix("\n").removesuffix("\r")
