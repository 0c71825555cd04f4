"""What it costs to start with many extensions, and with many distributions installed.

Both are fabricated, in a folder that is thrown away: each extension is a copy of a module in `benchmarks.fabricated`,
each distribution a metadata folder as pip leaves it. Nothing else is installed as far as the processes can tell, for
they see the libraries without their metadata.
"""

import random
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from .processes import CLOCK, PEAK, ROOT, Process, differences
from .samples import Spread, ratio

MANY: Final = 50
"""Extensions, where their number is what is measured; and how many distributions are installed then."""
AMONG: Final = 200
FEW: Final = 10
"""Extensions, where the number of installed distributions is."""
INSTALLED: Final = (30, 200, 500)

COPIED: Final = ROOT / "benchmarks" / "fabricated"

METADATA: Final = """\
Metadata-Version: 2.4
Name: plug{number}
Version: 1.{number}
Summary: Fabricated
"""
MORE: Final = "Classifier: Programming Language :: Python :: 3\n" * 20 + "\n" + "It is long, as they are.\n" * 100

LOCKED: Final = """\
[[distribution]]
name = "plug{number}"
version = "1.{number}"
extensions = {{ plug{number} = "ferrule_plug{number}:Plug" }}

"""

SEE: Final = """\
import sys
sys.path[:] = [{folder!r}, *(place for place in sys.path if place and "-packages" not in place), {libraries!r}]
"""

FERRULE: Final = """\
from ferrule import App
{clock}app = App("site", config_file={config!r})
app.finalize()
"""

FLASK: Final = """\
from flask import Flask
{imports}
app = Flask("site")
for module in ({modules}):
    module.Plug().init_app(app)
"""


class Way(NamedTuple):
    """How one process starts.

    Attributes:
        title: What the tables call it.
        enabled: How many extensions are enabled or imported.
        installed: How many distributions are installed.
    """

    title: str
    enabled: int
    installed: int


IMPORTED: Final = Way("the modules of Ferrule's extensions, imported", MANY, AMONG)
LOCK: Final = Way("Ferrule with these enabled, and a lock", MANY, AMONG)
SCAN: Final = Way("Ferrule with these enabled, without a lock", MANY, AMONG)
FLASK_IMPORTED: Final = Way("the modules of Flask's extensions, imported", MANY, AMONG)
FLASK_WITH: Final = Way("Flask with these, `init_app` each", MANY, AMONG)
LOCK_AMONG: Final = {number: Way("lock", FEW, number) for number in INSTALLED}
SCAN_AMONG: Final = {number: Way("scan", FEW, number) for number in INSTALLED}

LOOKING: Final = frozenset({*LOCK_AMONG.values(), *SCAN_AMONG.values()})
"""Where the application alone is timed: the import of the framework would hide what a lock saves."""

WAYS: Final = (IMPORTED, LOCK, SCAN, FLASK_IMPORTED, FLASK_WITH, *LOOKING)


@dataclass(frozen=True, kw_only=True)
class Starts:
    """The processes of one run."""

    interpreter: Process
    ways: dict[Way, Process]

    def ms(self, way: Way) -> list[float]:
        """Return what each start took beyond the interpreter alone in the same round."""
        return differences(self.ways[way].start_ms, self.interpreter.start_ms)

    def application_ms(self, way: Way) -> list[float]:
        """Return what each start of a way to look for extensions took once the framework was imported."""
        process = self.ways[way]
        return differences(process.answer_ms, process.start_ms)

    def median_ms(self, way: Way) -> float:
        return Spread.of(self.ms(way)).median

    def ratio(self, way: Way, to: Way) -> Spread:
        return ratio(self.ms(way), self.ms(to))


def measure(rounds: int) -> Starts:
    """Start each way `rounds` times, in random order within a round."""
    with fabricated() as programs:
        starts = Starts(
            interpreter=Process(program=CLOCK + CLOCK + PEAK),
            ways={
                way: Process(program=program + CLOCK * (1 if way in LOOKING else 2) + PEAK)
                for way, program in programs.items()
            },
        )
        everything = [starts.interpreter, *starts.ways.values()]
        for process in everything:
            process.run_once()  # the first import of a module compiles it
        for _ in range(rounds):
            random.shuffle(everything)
            for process in everything:
                process.run()
    return starts


@contextmanager
def fabricated() -> Iterator[dict[Way, str]]:
    """Fabricate everything, and give the program of each way."""
    with TemporaryDirectory() as name:
        root = Path(name)
        libraries = root / "libraries"
        link_libraries(libraries)
        yield {way: make(way, root / str(number), libraries) for number, way in enumerate(WAYS)}


def link_libraries(folder: Path) -> None:
    folder.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if entry.suffix not in {".dist-info", ".egg-info", ".pth"}:
            (folder / entry.name).symlink_to(entry)


def make(way: Way, folder: Path, libraries: Path) -> str:
    """Install what a way needs into a folder, and return its program."""
    folder.mkdir()
    for number in range(way.installed):
        install(folder, number, is_extension=number < way.enabled)
    kind = "flask_plug" if way in {FLASK_IMPORTED, FLASK_WITH} else "ferrule_plug"
    names = [f"{kind}{number}" for number in range(way.enabled)]
    for number, name in enumerate(names):
        text = (COPIED / f"{kind}.py").read_text(encoding="utf-8")
        (folder / f"{name}.py").write_text(text.replace('"plug', f'"plug{number}').replace("PLUG", f"PLUG{number}"))
    see = SEE.format(folder=str(folder), libraries=str(libraries))
    imports = "\n".join(f"import {name}" for name in names)
    if way in {IMPORTED, FLASK_IMPORTED}:
        return f"{see}{imports}\n"
    if way is FLASK_WITH:
        return see + FLASK.format(imports=imports, modules=", ".join(names))
    return see + FERRULE.format(config=configure(way, folder), clock=CLOCK if way in LOOKING else "")


def install(folder: Path, number: int, *, is_extension: bool) -> None:
    """Write the metadata of a distribution; of those that are no extensions, a third have some entry point."""
    info = folder / f"plug{number}-1.{number}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA.format(number=number) + MORE)
    if is_extension:
        (info / "entry_points.txt").write_text(f"[ferrule.extensions]\nplug{number} = ferrule_plug{number}:Plug\n")
    elif number % 3 == 0:
        (info / "entry_points.txt").write_text("[console_scripts]\nplug = plug:main\n")


def configure(way: Way, folder: Path) -> str:
    """Write the configuration file, and the lock if the way has one."""
    config = folder / "ferrule.toml"
    config.write_text(f"extensions = {[f'plug{number}' for number in range(way.enabled)]}\n")
    if way is LOCK or way in LOCK_AMONG.values():
        (folder / "ferrule.lock").write_text("".join(LOCKED.format(number=number) for number in range(way.enabled)))
    return str(config)
