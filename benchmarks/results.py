"""What one run found, and the ratios that it is read for."""

from collections.abc import Mapping
from dataclasses import dataclass

from .imports import Imports
from .migrations import Upgrades
from .processes import Processes, differences
from .samples import Spread, ratio
from .starts import Starts
from .timing import Pace, Timings
from .works import FLOOR, GUARDED, NONE, PLUGGY, STATIC, Framework, Work


@dataclass(frozen=True, kw_only=True)
class Results:
    """The measurements of one run, and how it was paced.

    Attributes:
        missing: The databases that were not there, and why.
    """

    pace: Pace
    process_rounds: int
    timings: Timings
    processes: Processes
    starts: Starts
    imports: Imports
    upgrades: Upgrades
    missing: Mapping[str, str]

    def micros(self, framework: Framework, work: Work) -> float:
        """Return the median µs per request."""
        return Spread.of(self.timings[framework, work]).median

    def request_ratio(self, framework: Framework, work: Work, to: tuple[Framework, Work]) -> Spread:
        return ratio(self.timings[framework, work], self.timings[to])

    def floor_ratio(self, framework: Framework, work: Work) -> Spread:
        """Return what a work takes beyond the static route, to what the library or the file takes alone."""
        return ratio(self._beyond(framework, work, STATIC), self.timings[FLOOR, work])

    def hooks_ratio(self, framework: Framework, work: Work) -> Spread:
        """Return what calling hooks takes, to a plain loop over the same."""
        taken = self.timings[PLUGGY, work] if framework is PLUGGY else self._beyond(framework, work, NONE)
        return ratio(taken, self.timings[FLOOR, work])

    def hooks_micros(self, framework: Framework, work: Work) -> float:
        """Return the median µs that calling hooks takes in each request."""
        alone = framework in {PLUGGY, FLOOR}
        return Spread.of(self.timings[framework, work] if alone else self._beyond(framework, work, NONE)).median

    def login_ratio(self, framework: Framework, to: Framework) -> Spread:
        """Return what a login adds to the static route of one framework, to what it adds to that of another."""
        return ratio(self._beyond(framework, GUARDED, STATIC), self._beyond(to, GUARDED, STATIC))

    def login_micros(self, framework: Framework) -> float:
        """Return the median µs that a login adds to each request."""
        return Spread.of(self._beyond(framework, GUARDED, STATIC)).median

    def _beyond(self, framework: Framework, work: Work, plain: Work) -> list[float]:
        return differences(self.timings[framework, work], self.timings[framework, plain])

    def start_ms(self, framework: Framework) -> Spread:
        return Spread.of(self.processes.start_ms(framework))

    def first_answer_ms(self, framework: Framework) -> Spread:
        return Spread.of(self.processes.answer_ms(framework))

    def memory_mib(self, framework: Framework) -> float:
        return self.processes.peak_mib(framework)

    def start_ratio(self, framework: Framework, to: Framework) -> Spread:
        return ratio(self.processes.start_ms(framework), self.processes.start_ms(to))
