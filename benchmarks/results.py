"""What one run found, and the ratios that it is read for."""

from dataclasses import dataclass

from .processes import Processes
from .samples import Spread, ratio
from .timing import Pace, Timings
from .works import FLOOR, STATIC, Framework, Work


@dataclass(frozen=True, kw_only=True)
class Results:
    """The measurements of one run, and how it was paced."""

    pace: Pace
    process_rounds: int
    timings: Timings
    processes: Processes

    def micros(self, framework: Framework, work: Work) -> float:
        """Return the median µs per request."""
        return Spread.of(self.timings[framework, work]).median

    def request_ratio(self, framework: Framework, work: Work, to: tuple[Framework, Work]) -> Spread:
        return ratio(self.timings[framework, work], self.timings[to])

    def floor_ratio(self, framework: Framework, work: Work) -> Spread:
        """Return what a work takes beyond the static route, to what the library or the file takes alone."""
        rounds = zip(
            self.timings[framework, work], self.timings[framework, STATIC], self.timings[FLOOR, work], strict=True
        )
        return Spread.of([(whole - plain) / floor for whole, plain, floor in rounds])

    def start_ms(self, framework: Framework) -> Spread:
        return Spread.of(self.processes.start_ms(framework))

    def first_answer_ms(self, framework: Framework) -> Spread:
        return Spread.of(self.processes.answer_ms(framework))

    def memory_mib(self, framework: Framework) -> float:
        return self.processes.peak_mib(framework)

    def start_ratio(self, framework: Framework, to: Framework) -> Spread:
        return ratio(self.processes.start_ms(framework), self.processes.start_ms(to))
