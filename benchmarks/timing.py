"""µs per request: every framework and work once in each round, in random order."""

import gc
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from .asgi import AsgiServer
from .floors import Floor
from .server import Server, verify
from .works import FLOOR, PLUGGY, Framework, Work

LEAST: Final = 24
"""Requests in a batch, however long one takes: so that a third of them warms the caches for a page from a database."""

Key = tuple[Framework, Work]
Timings = dict[Key, list[float]]
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


class Sender(Protocol):
    """What can be timed."""

    def send_many(self, times: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Case:
    """Something ready to do one work, and how many requests make a batch."""

    key: Key
    sender: Sender
    batch: int


def measure(frameworks: Sequence[Framework], works: Sequence[Work], pace: Pace) -> Timings:
    """Return the µs per request of each work on each framework that offers it.

    The garbage collector stays on, as in production, and each batch pays for what it leaves behind. All that exists
    before the first round is frozen, so that no framework pays for the size of the others.
    """
    cases = [prepare(framework, work, pace) for framework in frameworks for work in works if framework.offers(work)]
    cases += [case_of((FLOOR, work), Floor(work.floor), pace) for work in works if work.floor]
    cases += [case_of((PLUGGY, work), Floor(work.pluggy), pace) for work in works if work.pluggy]
    timings: Timings = {case.key: [] for case in cases}
    gc.collect()
    gc.freeze()
    try:
        for _ in range(pace.rounds):
            random.shuffle(cases)
            for case in cases:
                timings[case.key].append(time_batch(case))
    finally:
        gc.unfreeze()
    return timings


def prepare(framework: Framework, work: Work, pace: Pace) -> Case:
    """Build the application, check its answer, and find how many requests fit in a batch."""
    kind = AsgiServer if framework.is_asgi else Server
    server = kind(framework.build(work), work)
    verify(framework, server)
    return case_of((framework, work), server, pace)


def case_of(key: Key, sender: Sender, pace: Pace) -> Case:
    sender.send_many(200)
    once = time_requests(sender, 200)
    return Case(key=key, sender=sender, batch=max(LEAST, round(pace.batch_ms * 1000 / once)))


def time_batch(case: Case) -> float:
    gc.collect()
    case.sender.send_many(case.batch // WARM_UP_SHARE)
    return time_requests(case.sender, case.batch)


def time_requests(sender: Sender, times: int) -> float:
    """Return the µs per request, in processor time of this process: what else runs on the machine counts little.

    Of the process, not of this thread: an async view runs in another one.
    """
    start = time.process_time_ns()
    sender.send_many(times)
    return (time.process_time_ns() - start) / times / 1000
