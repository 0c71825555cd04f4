"""Values that stand elsewhere: ``{ env = "NAME" }``, ``{ file = "/path" }``, and ``{ none = true }``."""

import os
from collections.abc import Mapping
from operator import is_
from typing import Any, Final

from ..typed.problems import Array, Problem, Steps, Table, Text, Unfit
from .provenance import shown_name, shown_path
from .tomlfile import read_bytes

__all__ = ["Outside", "Unset", "is_indirection"]

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


class Unset(Unfit):
    """A value points to what is not there."""


class Outside:
    """Where the values stand that the file only points to.

    Args:
        environ: The environment.
        folder: What relative paths of files are relative to: the folder of the configuration file.
    """

    def __init__(self, environ: Mapping[str, str], folder: str) -> None:
        self._environ = environ
        self._folder = folder

    def resolve(self, value: Any) -> Any:
        """Return a value with everything in its place; the same object where nothing stood elsewhere.

        Args:
            value: A value of the file, not nested too deeply.

        Raises:
            Unset: Variables are not set, or files cannot be read; it has all such problems.
        """
        problems: list[Problem] = []
        resolved = self._resolved(value, (), problems)
        if problems:
            raise Unset(*problems)
        return resolved

    def _resolved(self, value: Any, path: Steps, problems: list[Problem]) -> Any:
        if is_indirection(value):
            try:
                return self._found(value, path, problems)
            except LookupError as error:
                problems.append(Problem(path, str(error.args[0])))
                return None
        if isinstance(value, dict):
            items = [self._resolved(item, (*path, name), problems) for name, item in value.items()]
            return value if all(map(is_, items, value.values())) else Table(zip(value, items, strict=True))
        if isinstance(value, list):
            items = [self._resolved(item, (*path, index), problems) for index, item in enumerate(value)]
            return value if all(map(is_, items, value)) else Array(items)
        return value

    def _found(self, table: Mapping[str, Any], path: Steps, problems: list[Problem]) -> Any:
        if "none" in table:
            return None
        if "file" in table:
            return _read(os.path.join(self._folder, table["file"]))
        if (name := table["env"]) in self._environ:
            return Text(self._environ[name], f"environment {shown_name(name)}")
        if "default" in table:
            return self._resolved(table["default"], path, problems)
        cure = 'set it, or write { env = "…", default = … }'
        raise LookupError(f"the environment variable {shown_name(name)} is not set; {cure}")


def _read(name: str) -> Text:
    try:
        text = read_bytes(name, MAX_SIZE).decode()
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except ValueError as error:
        reason = str(error)
    else:
        return Text(text.removesuffix("\n").removesuffix("\r"), f"file {shown_path(name)}", is_json=False)
    raise LookupError(f"cannot read the file {shown_path(name)}: {reason}")
