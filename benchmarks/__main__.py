"""Measure Ferrule beside its peers, in one interleaved run, and print the tables."""

import argparse
import sys
from typing import Final

from . import migrations, plot, processes, report, starts, timing
from .databases import stores
from .imports import Imports
from .processes import ROOT
from .results import Results
from .targets import targets_of
from .timing import Pace
from .works import BARE, FRAMEWORKS, LITESTAR, WORKS

PAGE: Final = ROOT / "docs" / "explanation"
TABLES: Final = PAGE / "performance-results.inc"
PICTURE: Final = PAGE / "performance-plot.svg"

FULL: Final = (Pace(rounds=100, batch_ms=1.0), 9)
QUICK: Final = (Pace(rounds=30, batch_ms=0.5), 3)


def main() -> int:
    """Run the benchmarks as the command line asks, and return the exit status."""
    options = parse_arguments()
    results = measure(*(QUICK if options.quick else FULL))
    print(report.render(results))
    if options.write:
        write(results)
    return report_missed(results) if options.check else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="a few seconds only: a look, not a measurement")
    length.add_argument("--write", action="store_true", help="replace the tables and the plot of the documentation")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    return parser.parse_args()


def measure(pace: Pace, process_rounds: int) -> Results:
    started = [framework for framework in FRAMEWORKS if framework is not BARE]
    with stores.opened() as missing:
        works = [work for work in WORKS if work.store not in missing]
        return Results(
            pace=pace,
            process_rounds=process_rounds,
            processes=processes.measure(started, process_rounds),
            starts=starts.measure(process_rounds),
            imports=Imports(process_rounds),
            upgrades=migrations.measure(process_rounds),
            timings=timing.measure((*FRAMEWORKS, LITESTAR), works, pace),
            missing=missing,
        )


def write(results: Results) -> None:
    PAGE.mkdir(parents=True, exist_ok=True)
    TABLES.write_text(report.render(results), encoding="utf-8")
    PICTURE.write_text(plot.render(results), encoding="utf-8")


def report_missed(results: Results) -> int:
    for store, reason in results.missing.items():
        print(f"not measured: {store}: {reason}", file=sys.stderr)
    missed = [target for target in targets_of(results) if not target.met(results)]
    for target in missed:
        found = report.decimal(target.measured(results).median)
        print(f"missed: {target.title}: at most {report.decimal(target.limit)}, found {found}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
