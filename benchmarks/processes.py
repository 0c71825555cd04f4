"""What a whole process costs: its start, its first answer and its peak memory."""

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .samples import Spread
from .server import plain_environ
from .works import STATIC, Framework

ROOT: Final = Path(__file__).parent.parent

MAKE_APP: Final = """\
from {module} import hello
app = hello()
"""

ANSWER: Final = f"""\
import io, sys
environ = {plain_environ(STATIC.path)!r}
environ |= {{"wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}}
b"".join(app(environ, lambda status, headers, exc_info=None: None))
"""

CLOCK: Final = """\
import time
print(time.process_time())
"""

# Not getrusage's ru_maxrss: a child inherits its parent's peak there, and the parent holds every framework.
PEAK: Final = """\
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Process:
    """One program and what each of its runs cost.

    Attributes:
        program: Python source that prints the seconds until the start, those until the first answer, and the peak KiB.
        start_ms: The processor time until the application was there, in milliseconds.
        answer_ms: The processor time until the first answer was there too.
        peak_mib: The peak resident memory, in MiB.
    """

    program: str
    start_ms: list[float] = field(default_factory=list)
    answer_ms: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Run the program in a process of its own and note what it cost."""
        start, answer, peak = self.run_once()
        self.start_ms.append(float(start) * 1000)
        self.answer_ms.append(float(answer) * 1000)
        self.peak_mib.append(int(peak) / 1024)

    def run_once(self) -> Sequence[str]:
        """Run the program and return the three numbers that it prints last."""
        command = [sys.executable, "-c", self.program]
        done = subprocess.run(command, cwd=ROOT, env=child_environment(), check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.split()[-3:]


@dataclass(frozen=True, kw_only=True)
class Processes:
    """The processes of one run: the interpreter alone, and one for each framework."""

    interpreter: Process
    frameworks: dict[Framework, Process]

    def start_ms(self, framework: Framework) -> list[float]:
        """Return what each start took beyond the interpreter alone in the same round."""
        return differences(self.frameworks[framework].start_ms, self.interpreter.start_ms)

    def answer_ms(self, framework: Framework) -> list[float]:
        """Return what each start with a first answer took beyond the interpreter alone in the same round."""
        return differences(self.frameworks[framework].answer_ms, self.interpreter.answer_ms)

    def peak_mib(self, framework: Framework) -> float:
        """Return the median peak beyond that of the interpreter alone."""
        return Spread.of(self.frameworks[framework].peak_mib).median - Spread.of(self.interpreter.peak_mib).median


def measure(frameworks: Sequence[Framework], rounds: int) -> Processes:
    """Start each framework's hello application `rounds` times, in random order within a round."""
    processes = Processes(
        interpreter=Process(program=CLOCK + CLOCK + PEAK),
        frameworks={framework: Process(program=program_of(framework)) for framework in frameworks},
    )
    everything = [processes.interpreter, *processes.frameworks.values()]
    for process in everything:
        process.run_once()  # the first import of a module compiles it
    for _ in range(rounds):
        random.shuffle(everything)
        for process in everything:
            process.run()
    return processes


def program_of(framework: Framework) -> str:
    return MAKE_APP.format(module=framework.module) + CLOCK + ANSWER + CLOCK + PEAK


def differences(wholes: Sequence[float], parts: Sequence[float]) -> list[float]:
    return [whole - part for whole, part in zip(wholes, parts, strict=True)]


def child_environment() -> dict[str, str]:
    """Return this process' environment, with compiled modules kept from one run to the next."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
