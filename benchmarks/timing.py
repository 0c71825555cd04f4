"""µs per request: every framework and work once in each round, in random order."""

import gc
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .server import Server, make_environ, verify
from .works import Framework, Work

Timings = dict[tuple[Framework, Work], list[float]]
"""For each framework and work, the µs per request of each round."""

WARM_UP_SHARE: Final = 3
"""A third of a batch is sent before its clock starts: the processor's caches hold another framework's code by then."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long to measure.

    Attributes:
        rounds: How often each framework and work is timed.
        batch_ms: About how long each time, in milliseconds. Short, so that the values of one round, whose ratios
            are taken, lie close together: a virtual machine's speed can change by half from one second to the next.
    """

    rounds: int
    batch_ms: float


@dataclass(frozen=True, kw_only=True)
class Case:
    """One framework ready to do one work, and how many requests make a batch."""

    framework: Framework
    work: Work
    server: Server
    batch: int


def measure(frameworks: Sequence[Framework], works: Sequence[Work], pace: Pace) -> Timings:
    """Return the µs per request of each work on each framework that offers it.

    The garbage collector stays on, as in production, and each batch pays for what it leaves behind. All that exists
    before the first round is frozen, so that no framework pays for the size of the others.
    """
    cases = [
        prepare(framework, work, pace) for framework in frameworks for work in works if framework.offers(work.site)
    ]
    timings: Timings = {(case.framework, case.work): [] for case in cases}
    gc.collect()
    gc.freeze()
    try:
        for _ in range(pace.rounds):
            random.shuffle(cases)
            for case in cases:
                timings[case.framework, case.work].append(time_batch(case))
    finally:
        gc.unfreeze()
    return timings


def prepare(framework: Framework, work: Work, pace: Pace) -> Case:
    """Build the application, check its answer, and find how many requests fit in a batch."""
    server = Server(framework.build(work.site), make_environ(work.path))
    verify(framework, work, server)
    server.send_many(200)
    once = time_requests(server, 200)
    return Case(framework=framework, work=work, server=server, batch=max(10, round(pace.batch_ms * 1000 / once)))


def time_batch(case: Case) -> float:
    gc.collect()
    case.server.send_many(case.batch // WARM_UP_SHARE)
    return time_requests(case.server, case.batch)


def time_requests(server: Server, times: int) -> float:
    """Return the µs per request, in processor time of this thread: what else runs on the machine counts little."""
    start = time.thread_time_ns()
    server.send_many(times)
    return (time.thread_time_ns() - start) / times / 1000
