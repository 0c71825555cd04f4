"""A configuration file to begin with: every setting as a comment, with its type, its default and what it does."""

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time, timedelta
from enum import Enum
from textwrap import wrap
from typing import Any, Final, get_args

from ..typed.convert import convert
from ..typed.problems import Unfit
from ..typed.typenames import type_text
from .declare import Declaration, Section, declarations

__all__ = ["commented_file", "toml_value"]

_GUESSES: Final[tuple[Any, ...]] = ("", 0, False, 0.0, [], {}, timedelta(0))


def commented_file(sections: Iterable[Section], extensions: Iterable[str]) -> str:
    """Return the text of a file in which each line with a setting, uncommented, sets the default.

    Args:
        sections: The tables, the core's first.
        extensions: What to enable, as it is written in the list.
    """
    lines = ["# Every setting is here with its default; take away the `# ` before one to change it.", ""]
    names = list(extensions)
    for section in sections:
        lines += [f"[{section.name}]", ""] if section.name else []
        for declared in declarations(section.settings_class):
            if declared.name == "extensions" and not section.name and names:
                lines += [*_comment(declared), f"extensions = {toml_value(names)}", ""]
            else:
                lines += [*_comment(declared), f"# {declared.name} = {toml_value(_default(declared))}", ""]
    return "\n".join(lines)


def _comment(declared: Declaration) -> Iterator[str]:
    kind = (
        type_text(declared.type) + (", required" if declared.required else "") + (", secret" if declared.secret else "")
    )
    return (f"# {line}" for line in wrap(f"{declared.doc} ({kind})", 118))


def _default(declared: Declaration) -> Any:
    """Return the default; of a required setting, and instead of a secret, something that its type takes."""
    if not declared.required and not (declared.secret and declared.default):
        return declared.default
    for guess in (*_GUESSES, *get_args(declared.type)):
        try:
            return convert(guess, declared.type)
        except Unfit:
            continue
    return ""


def toml_value(value: Any) -> str:
    """Return a value as TOML has it on one line; ``None`` as the file's ``{ none = true }``."""
    value = _plain(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_toml_key(str(name))} = {toml_value(item)}" for name, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple | set | frozenset):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value).lower()
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else str(toml_value(name))


def _plain(value: Any) -> Any:
    """Return what a file writes for a value: a table, a list, a number, a date or a text."""
    if value is None:
        return {"none": True}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return int(value.total_seconds()) if not value.microseconds else value.total_seconds()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
    return value.decode() if isinstance(value, bytes) else value
