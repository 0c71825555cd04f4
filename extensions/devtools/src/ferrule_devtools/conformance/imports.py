"""The promises of the import: no side effect, nothing foreign pulled in, no other extension needed; and its time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ferrule.extensions import Catalog, InstalledPoint

from .probing import Answer
from .settings import spelled
from .subject import NotExamined, Subject, clean_environment

__all__ = ["alone", "answer_of", "import_time", "imports", "pulls", "report_alone"]

_HERE: Final = Path(__file__).parent
_PATIENCE: Final = 60
"""How long another process may take, in seconds."""


def imports(subject: Subject) -> Iterator[str]:
    """Nothing is started, written, opened, configured or warned of by the import."""
    report = _report_import(subject)
    if report["error"]:
        yield f"{subject.point.value}: {report['error']}"
    for effect in report["effects"]:
        yield f"{effect}, at import; do it in a hook: app_init, or when it is first needed"


def pulls(subject: Subject) -> Iterator[str]:
    """The import makes no application, and loads no other extension, framework or test tool."""
    report = _report_import(subject)
    for place in report["applications"]:
        yield f"{place}: makes an application at import; leave that to who enables the extension"
    for name, place in report["pulled"].items():
        if name in {_package(_point(required)) for required in subject.required}:
            continue
        yield f"{place}: imports {name}; import it in the hook that needs it, or name its extension in requires"


def import_time(subject: Subject) -> Iterator[str]:
    """Never broken: the numbers go into the report."""
    report = _report_import(subject)
    own, core = report["own_ms"], report["core_ms"]
    subject.notes["import_time_ms"] = round(own, 1)
    subject.notes["import_time_of_ferrule_ms"] = round(core, 1)
    subject.notes["import_time_relative"] = round(own / core, 2)
    yield from ()


def alone(subject: Subject) -> Iterator[str]:
    """An application with nothing but the extension and what it requires starts and answers."""
    report = report_alone(subject)
    if report["error"]:
        cure = "import what is optional where it is enabled, or name its extension in requires"
        yield f"without other optional extensions ({', '.join(report['blocked'])}): {report['error']}; {cure}"


def _report_import(subject: Subject) -> dict[str, Any]:
    """Import the extension in a process of its own, once, and return what happened."""
    if "import" not in subject.reports:
        _check_importable(subject.point)
        given = {
            "module": subject.point.value.partition(":")[0],
            "package": subject.package,
            "foreign": sorted(_others(subject.point)),
        }
        command = [sys.executable, "-P", str(_HERE / "import_probe.py")]
        subject.reports["import"] = _run(subject, command, given)
    return subject.reports["import"]


def report_alone(subject: Subject) -> dict[str, Any]:
    """Start an application where no other extension can be imported, in a process of its own, once."""
    if "alone" not in subject.reports:
        points = [_point(name) for name in (*subject.required, subject.name)]
        for point in points:
            _check_importable(point)
        given = {
            "points": points,
            "blocked": sorted(_optional(subject) - {"ferrule_devtools"}),  # the tests' own module imports it
            "prepare": _address(subject),
            "folder": str(subject.folder),
            "package": subject.package,
        }
        command = [sys.executable, "-P", "-m", "ferrule_devtools.conformance.alone_probe"]
        subject.reports["alone"] = _run(subject, command, given)
    return subject.reports["alone"]


def _run(subject: Subject, command: list[str], given: dict[str, Any]) -> dict[str, Any]:
    """Run a probe, which reads what it is given from a file, and writes its report into another."""
    subject.folder.mkdir(parents=True, exist_ok=True)
    name = f"{subject.name}-{Path(command[-1]).stem.rpartition('.')[2]}"
    question, answer = subject.folder / f"{name}-given.json", subject.folder / f"{name}-report.json"
    question.write_text(json.dumps(given), encoding="utf-8")
    answer.unlink(missing_ok=True)
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)  # noqa: PTH100  # texts in, texts out
    with clean_environment(PYTHONPATH=path, **_variables(subject)):
        done = subprocess.run(  # noqa: S603  # this interpreter, and files of this package
            [*command, str(question), str(answer)],
            cwd=subject.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    if not answer.exists():
        raise RuntimeError(f"the process that was to examine it ended with {done.returncode}: {done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return report


def _variables(subject: Subject) -> dict[str, str]:
    return {f"FERRULE_{key}": spelled(value) for key, value in subject.values.items() if value is not None}


def _optional(subject: Subject) -> set[str]:
    """Return the top-level packages of all installed extensions but this one and those that it requires."""
    return _others(*map(_point, (*subject.required, subject.name)))


def _others(*needed: InstalledPoint) -> set[str]:
    """Return the top-level packages of all installed extensions but those of some distributions."""
    distributions = {point.distribution for point in needed}
    points = [point for group in Catalog.installed().extensions().values() for point in group]
    own = {_package(point) for point in points if point.distribution in distributions}
    return {_package(point) for point in points} - own - {"ferrule"}


def _package(point: InstalledPoint) -> str:
    return point.value.partition(":")[0].partition(".")[0]


def _point(name: str) -> InstalledPoint:
    return Subject(name=name).point


def _check_importable(point: InstalledPoint) -> None:
    if _package(point).startswith("ferrule_devtools_catalog_"):
        raise NotExamined(f"{point.name!r} is an object of a test, which no other process can import")


def _address(subject: Subject) -> tuple[str, str] | None:
    """Return the file and the name of the function that prepares applications."""
    prepare = subject.prepare
    if prepare is None:
        return None
    name, code = getattr(prepare, "__qualname__", ""), getattr(prepare, "__code__", None)
    if code is None or not name.isidentifier() or name == "<lambda>":
        raise NotExamined(
            f"prepare={prepare!r} cannot be found by another process; give a function that a module defines with `def`"
        )
    return code.co_filename, name


def answer_of(values: list[Any]) -> Answer:
    """Return an answer that came through JSON."""
    return Answer(*values)
