"""What it costs to import the extensions for databases, in processes of their own."""

import random
from collections.abc import Mapping
from typing import Final

from .processes import CLOCK, PEAK, Process, differences
from .samples import Spread, ratio

SQLALCHEMY: Final = "sqlalchemy.orm"
FERRULE_SQLALCHEMY: Final = "ferrule_sqlalchemy"
FLASK_SQLALCHEMY: Final = "flask_sqlalchemy"

IMPORTED: Final = (SQLALCHEMY, FERRULE_SQLALCHEMY, FLASK_SQLALCHEMY)


class Imports:
    """The processes of one run.

    Args:
        rounds: How often each module is imported.
    """

    def __init__(self, rounds: int) -> None:
        self._interpreter = Process(program=CLOCK + CLOCK + PEAK)
        self._modules: Mapping[str, Process] = {
            name: Process(program=f"import {name}\n{CLOCK}{CLOCK}{PEAK}") for name in IMPORTED
        }
        everything = [self._interpreter, *self._modules.values()]
        for process in everything:
            process.run_once()  # the first import of a module compiles it
        for _ in range(rounds):
            random.shuffle(everything)
            for process in everything:
                process.run()

    def ms(self, name: str) -> list[float]:
        """Return what each import took beyond the interpreter alone in the same round."""
        return differences(self._modules[name].start_ms, self._interpreter.start_ms)

    def median_ms(self, name: str) -> float:
        return Spread.of(self.ms(name)).median

    def mib(self, name: str) -> float:
        """Return the median peak memory beyond that of the interpreter alone."""
        return Spread.of(self._modules[name].peak_mib).median - Spread.of(self._interpreter.peak_mib).median

    def ratio(self, name: str, to: str) -> Spread:
        return ratio(self.ms(name), self.ms(to))
