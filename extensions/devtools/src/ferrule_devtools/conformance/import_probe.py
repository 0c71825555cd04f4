"""A process of its own: import an extension and tell what that did. Run by file, so that nothing else is imported."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

_TOOLS: Final = (
    "bottle",
    "django",
    "falcon",
    "fastapi",
    "flask",
    "hypothesis",
    "pyramid",
    "pytest",
    "quart",
    "starlette",
)
"""Frameworks and test tools that no import of an extension needs."""

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_EVENTS: Final = {
    "os.fork": "forks",
    "os.forkpty": "forks",
    "os.mkdir": "makes a folder",
    "os.putenv": "changes the environment",
    "os.remove": "removes a file",
    "os.rename": "renames a file",
    "os.system": "runs a command",
    "os.unsetenv": "changes the environment",
    "socket.__new__": "opens a socket",
    "socket.bind": "binds a socket",
    "socket.connect": "connects a socket",
    "subprocess.Popen": "runs a command",
}


class Watch:
    """Notes what happens while it is on."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.on = False
        self.effects: list[str] = []
        self.applications: list[str] = []

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Take note of an audit event (PEP 578)."""
        if not self.on:
            return
        if event == "open" and writes(args):
            self.note(f"writes the file {args[0]!r}")
        elif event in _EVENTS:
            self.note(_EVENTS[event])

    def note(self, what: str) -> None:
        """Write down what the caller of the caller does, unless that is the import system."""
        frame = sys._getframe(2)
        if "importlib._bootstrap" not in frame.f_code.co_filename:  # bytecode, which the import system writes
            self.effects.append(f"{self.place(frame)}: {what}")

    def place(self, frame: FrameType | None) -> str:
        """Return the line of the extension's own package that led to a frame; else the innermost line."""
        frames = list(_outwards(frame))
        own = [each for each in frames if each.f_globals.get("__name__", "").partition(".")[0] == self.package]
        found = (own or frames)[0]
        return f"{found.f_code.co_filename}:{found.f_lineno}"


def writes(args: tuple[Any, ...]) -> bool:
    """Tell of the arguments of the audit event ``open`` whether the file is to be written."""
    _, mode, flags = args
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def state() -> dict[str, Any]:
    """Return what an import should leave as it is, each with the words for a change of it."""
    import logging  # PERF: after `import ferrule`, whose time is taken

    root = logging.root
    return {
        "configures logging": (root.level, list(root.handlers), root.manager.disable, logging.getLoggerClass()),
        "changes sys.path": list(sys.path),
        "changes sys.excepthook": (sys.excepthook, threading.excepthook),
        "changes the working folder": Path.cwd(),
        "handles signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "leaves threads running": [thread.name for thread in threading.enumerate()],
    }


class Importers:
    """A finder that finds nothing, and notes who was the first to ask for a module."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.places: dict[str, str] = {}

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Note the line that imports a module."""
        frames = [f for f in _outwards(sys._getframe(1)) if "importlib" not in f.f_code.co_filename]
        self.places.setdefault(name, self.watch.place(frames[0] if frames else None))


def main(given_file: str, report_file: str) -> None:
    """Import the module that a file names, and write what happened into another."""
    given = json.loads(Path(given_file).read_text(encoding="utf-8"))
    began = time.perf_counter()
    import ferrule  # PERF: its time is what is measured

    core = time.perf_counter() - began
    watch = Watch(given["package"])
    _watch_calls(ferrule.App, "__init__", watch, watch.applications.append)
    _watch_calls(threading.Thread, "start", watch, lambda place: watch.effects.append(f"{place}: starts a thread"))
    sys.addaudithook(watch.hear)
    report = {"core_ms": core * 1000, **_imported(given["module"], (*given["foreign"], *_TOOLS), watch)}
    Path(report_file).write_text(json.dumps(report), encoding="utf-8")


def _imported(module: str, foreign: Sequence[str], watch: Watch) -> dict[str, Any]:
    """Import a module and return what that did."""
    importers, loaded, before, error = Importers(watch), set(sys.modules), state(), ""
    sys.meta_path.insert(0, importers)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        watch.on = True
        began = time.perf_counter()
        try:
            importlib.import_module(module)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        own = time.perf_counter() - began
        watch.on = False
    watch.effects += [f"{w.filename}:{w.lineno}: warns: {w.message}" for w in warned if _is_own(w.filename, watch)]
    watch.effects += [f"{module}: {what}" for what, value in state().items() if value != before[what]]
    pulled = [name for name in foreign if name in sys.modules and name not in loaded]
    return {
        "error": error,
        "effects": list(dict.fromkeys(watch.effects)),
        "applications": watch.applications,
        "pulled": {name: importers.places.get(name, module) for name in pulled},
        "own_ms": own * 1000,
    }


def _is_own(file: str, watch: Watch) -> bool:
    """Tell whether a file is the extension's: what others warn of is not its author's to mend."""
    own = getattr(sys.modules.get(watch.package), "__file__", None) or "nowhere"
    return file == own or (Path(own).name == "__init__.py" and Path(own).parent in Path(file).parents)


def _watch_calls(kind: Any, method: str, watch: Watch, note: Callable[[str], object]) -> None:
    """Tell of the calls of a method, each with its place, for which there is no audit event."""
    original = getattr(kind, method)

    def noting(self: object, *args: Any, **kwargs: Any) -> None:
        if watch.on:
            note(watch.place(sys._getframe(1)))
        original(self, *args, **kwargs)

    setattr(kind, method, noting)


if __name__ == "__main__":
    main(*sys.argv[1:])
