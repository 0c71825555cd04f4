"""A process of its own: start an application where no other optional extension can be imported; then fork."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from tempfile import gettempdir
from types import ModuleType
from typing import Any, Final

from ferrule import App
from ferrule.extensions import Catalog, InstalledPoint
from ferrule.testing import FerruleClient

from .import_probe import Watch, state, writes
from .probing import add_routes, get
from .subject import described

__all__ = ["main"]

_PATHS: Final = ("/conformance/page", "/conformance/1")
_MAY: Final = (gettempdir() + os.sep, "/dev/", "/proc/")
_THREADS: Final = "leaves threads running"
"""What the promise `starts` looks at."""
_PATIENCE: Final = 10.0
"""How long the forked process may take, in seconds."""


class Absent:
    """A finder that refuses some top-level packages, as if they were not installed."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages: frozenset[str] = frozenset(packages)

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Refuse a module of them, and leave all others to the finders that follow."""
        if name.partition(".")[0] in self.packages:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def main(given_file: str, report_file: str) -> None:
    """Start the application that a file describes, and write how it went into another."""
    given = json.loads(Path(given_file).read_text(encoding="utf-8"))
    report: dict[str, Any] = {"error": "", "blocked": given["blocked"], "can_fork": hasattr(os, "fork"), "effects": []}
    sys.meta_path.insert(0, Absent(given["blocked"]))
    points = tuple(InstalledPoint(*point) for point in given["points"])
    setattr(Catalog, "installed", lambda: Catalog(points))  # noqa: B010  # a classmethod has another type
    watch = Writes(given["package"])
    sys.addaudithook(watch.hear)
    try:
        for point in points:
            point.load()  # what the import does is another promise
        before, environment = state(), dict(os.environ)
        watch.on = True
        app = _app(given, points)
        client = app.test_client()
        report["answers"] = {path: [get(client, path), get(client, path)] for path in _PATHS}
        watch.on = False
        report["effects"] = [*dict.fromkeys(watch.effects), *_changes(before, environment)]
        if report["can_fork"]:
            report["child"], report["child_error"] = _in_child(client, Path(f"{report_file}.child"))
            report["parent"] = {path: get(client, path) for path in _PATHS}
        app.shutdown()
    except Exception as error:
        report["error"] = described(error)
    Path(report_file).write_text(json.dumps(report), encoding="utf-8")


class Writes(Watch):
    """Notes the files that are written where nobody looks for them: not in the instance folder, nor a temporary one."""

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Take note of an audit event (PEP 578)."""
        if self.on and event == "open" and writes(args) and not str(args[0]).startswith(_MAY):
            self.note(f"writes the file {args[0]!r}")


def _changes(before: dict[str, Any], environment: dict[str, str]) -> Iterator[str]:
    """Go through what is different in this process from what it was."""
    after = state()
    yield from (
        f"an application that enables it {what}" for what in before if after[what] != before[what] and what != _THREADS
    )
    for name in sorted(environment.keys() | os.environ.keys()):
        if environment.get(name) != os.environ.get(name):
            yield f"an application that enables it changes the environment variable {name}"


def _app(given: dict[str, Any], points: Sequence[InstalledPoint]) -> App:
    names = [point.name for point in points if point.group == "ferrule.extensions"]
    app = App(
        __name__,
        config_file=None,
        env="testing",
        root_path=given["folder"],
        instance_path=f"{given['folder']}/instance",
        extensions=names,
    )
    if given["prepare"] is not None:
        _function(*given["prepare"])(app)
    add_routes(app)
    app.finalize()
    return app


def _function(file: str, name: str) -> Any:
    """Return a function of a file, which may be no module that can be found by name."""
    spec = importlib.util.spec_from_file_location("conformance_prepare", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return getattr(module, name)


def _in_child(client: FerruleClient, report: Path) -> tuple[dict[str, Any], str]:
    """Ask again in a forked process; return the answers, and what failed."""
    child = os.fork()
    if not child:
        try:
            found, error = {path: get(client, path) for path in _PATHS}, ""
        except BaseException as raised:
            found, error = {}, described(raised)
        report.write_text(json.dumps([found, error]), encoding="utf-8")
        os._exit(0)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if os.waitpid(child, os.WNOHANG)[0]:
            found, error = json.loads(report.read_text(encoding="utf-8"))
            return found, error
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return {}, f"it does not answer within {_PATIENCE:.0f} s, as if a lock or a thread was left in the parent"


if __name__ == "__main__":
    main(*sys.argv[1:])
