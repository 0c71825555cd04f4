"""The files of revisions, read and checked: all that is wrong with them is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionMap
from alembic.util import to_tuple

from .exceptions import MigrationError
from .shipping import label_in

__all__ = ["check_when_read"]


def check_when_read(scripts: ScriptDirectory) -> None:
    """Have revisions be read and checked together, instead of one by one until the first that is broken.

    Args:
        scripts: Where they are; nothing is read yet.
    """
    if not scripts.sourceless:
        scripts.revision_map = RevisionMap(lambda: _read(scripts))


def _read(scripts: ScriptDirectory) -> Iterator[Script]:
    mistakes: list[str] = []
    found: list[Script] = []
    for file in _files(scripts):
        try:
            found.append(_script(file))
        except _BrokenError as broken:
            mistakes.append(str(broken))
        except Exception as error:  # whatever a file raises when it is imported
            mistakes.append(f"{_place(error, file)}: {type(error).__name__}: {error}; mend the file")
    mistakes += _doubles(found)
    if not mistakes:  # a file that cannot be read is missed by those that follow it
        mistakes += _gaps(found)
    if mistakes:
        raise MigrationError.listing("in the files of revisions, so nothing was done", mistakes)
    yield from found


def _files(scripts: ScriptDirectory) -> Iterator[Path]:
    seen: set[Path] = set()
    for folder in scripts._version_locations:
        for file in Script._list_py_dir(scripts, folder) if folder.is_dir() else ():
            is_source = file.suffix == ".py" and not file.name.startswith(("__init__", "."))
            if is_source and file not in seen:
                seen.add(file)
                yield file


class _BrokenError(Exception):
    """A file is no revision; the text says why."""


def _script(file: Path) -> Script:
    module = _module(file)
    for name in ("revision", "down_revision"):
        if not hasattr(module, name):
            raise _BrokenError(f"{file}: there is no `{name} = …`; write it, or move the file out of the folder")
    if not callable(getattr(module, "upgrade", None)):
        raise _BrokenError(f"{file}: there is no upgrade(); write one, if only with `pass` in it")
    return Script(module, module.revision, file)


def _module(file: Path) -> ModuleType:
    """Import a file. PERF: a third of the time that it takes through ``importlib``'s specs; a history has hundreds."""
    loader = SourceFileLoader(file.stem, str(file))
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    module.__loader__ = loader
    code = loader.get_code(file.stem)
    if code is not None:
        exec(code, module.__dict__)  # noqa: S102  importing is no less
    return module


def _place(error: Exception, file: Path) -> str:
    """Return the ``file:line`` of what was raised when a file was imported."""
    if isinstance(error, SyntaxError):
        return f"{error.filename or file}:{error.lineno}"
    trace, line = error.__traceback__, None
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(file) else line
        trace = trace.tb_next
    return str(file) if line is None else f"{file}:{line}"


def _doubles(scripts: Iterable[Script]) -> Iterator[str]:
    first: dict[str, Script] = {}
    for script in scripts:
        other = first.setdefault(script.revision, script)
        if other is not script:
            yield f"{script.path} and {other.path} are both revision {script.revision!r}; give one another identifier"


def _gaps(scripts: Iterable[Script]) -> Iterator[str]:
    known = {script.revision for script in scripts}
    known |= {label for script in scripts for label in script.branch_labels}
    for script in scripts:
        for what, names in (
            ("follows", script._versioned_down_revisions),
            ("depends on", to_tuple(script.dependencies, ())),
        ):
            for name in names:
                if not _is_known(name, known):
                    yield f"{script.path}: {what} {name!r}, and no file has that revision; {_cure(name)}"


def _cure(name: str) -> str:
    label = label_in(name)
    if label is not None:
        return f"it is of an extension {label!r}, which is not enabled: enable it again"
    return "bring its file back from version control, or name another revision there"


def _is_known(name: str, known: set[str]) -> bool:
    return name in known or name.partition("@")[0] in known or any(each.startswith(name) for each in known)
