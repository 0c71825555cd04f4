"""Revisions as their sources have them: enough to tell which are the last, without Alembic."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from .digests import text_digest

__all__ = ["Heads", "Source", "heads_of", "sources_in"]

_ASSIGNED: Final = re.compile(r"^(revision|down_revision|depends_on)\b[^=\n]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_SIMPLE: Final = re.compile(r"""None|(['"])([\w-]*)\1""")
_FUNCTION: Final = re.compile(r"^def (upgrade_\w*)\(", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """What a file says of its revision.

    Attributes:
        revision: Its identifier.
        follows: What it follows.
        depends_on: What has to be applied before it, beside that.
        functions: Its functions for single databases, such as ``upgrade_archive``.
        digest: Of its text; see :mod:`ferrule_migrate.digests`.
    """

    revision: str
    follows: tuple[str, ...]
    depends_on: tuple[str, ...]
    functions: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Heads:
    """The last revisions.

    Attributes:
        needed: Those that a database is at which has all.
        possible: These, and those on which one of another branch depends: Alembic may keep them or not.
    """

    needed: frozenset[str]
    possible: frozenset[str]


def sources_in(folder: str | os.PathLike[str]) -> list[Source] | None:
    """Return the revisions of a folder; ``None`` if a file says it in a way that has to be run.

    Args:
        folder: One with revisions.
    """
    found: list[Source] = []
    try:
        for text in _texts(folder):
            source = _source(text)
            if source is None:
                return None
            found.append(source)
    except UnicodeDecodeError:  # it says its encoding, or is broken: who runs it knows
        return None
    return found


def _texts(folder: str | os.PathLike[str]) -> Iterator[str]:
    # PERF: a history has hundreds of files; scandir and open take half as long as pathlib
    if not os.path.isdir(folder):  # noqa: PTH112  as said above
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py") and not entry.name.startswith(("__init__", ".")):
                with open(entry.path, encoding="utf-8") as file:  # noqa: PTH123  as said above
                    yield file.read()


def _source(text: str) -> Source | None:
    said: dict[str, tuple[str, ...]] = {}
    for name, value in _ASSIGNED.findall(text):
        names = _names(value)
        if names is None or name in said:
            return None
        said[name] = names
    if len(said.get("revision", ())) != 1 or "down_revision" not in said:
        return None
    functions = tuple(_FUNCTION.findall(text))
    return Source(said["revision"][0], said["down_revision"], said.get("depends_on", ()), functions, text_digest(text))


def _names(value: str) -> tuple[str, ...] | None:
    """Return the texts of a literal; ``None`` if it is none, or goes on in the next line."""
    simple = _SIMPLE.fullmatch(value)
    if simple is not None:
        return () if simple[2] is None else (simple[2],)
    try:
        found = ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return None
    if isinstance(found, str):
        return (found,)
    is_several = isinstance(found, tuple | list) and all(isinstance(each, str) for each in found)
    return tuple(found) if is_several else () if found is None else None


def heads_of(folders: Iterable[Iterable[Source]]) -> Heads | None:
    """Return the last revisions; ``None`` if that takes more than to look: two heads, gaps, branches by their labels.

    Args:
        folders: The revisions of each folder; each is a branch.
    """
    every = [[*each] for each in folders]
    sources = [source for each in every for source in each]
    known = {source.revision for source in sources}
    followed = {name for source in sources for name in source.follows}
    depended_on = {name for source in sources for name in source.depends_on}
    heads = [[source.revision for source in each if source.revision not in followed] for each in every]
    is_plain = len(known) == len(sources) and followed | depended_on <= known and all(len(each) < 2 for each in heads)
    if not is_plain:
        return None
    possible = frozenset(name for each in heads for name in each)
    return Heads(possible - depended_on, possible)
