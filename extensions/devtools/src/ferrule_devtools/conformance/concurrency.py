"""The promises of threads and of forks: each request gets the answer that it gets alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Final

from ferrule import App

from .imports import answer_of, report_alone
from .probing import Answer, add_routes, get, stable
from .subject import NotExamined, Subject

__all__ = ["forks", "threads"]

_THREADS: Final = 6
_ROUNDS: Final = 5
_PATIENCE: Final = 2.0
"""How long the kit waits for all of its requests to be in their views, in seconds."""


class _Meeting:
    """Lets the views of several requests go on only when all have come that far."""

    def __init__(self) -> None:
        self.barrier: Barrier | None = None
        self.visits = 0

    def __call__(self) -> None:
        self.visits += 1
        if self.barrier is not None:
            with suppress(BrokenBarrierError):  # a lock of the extension keeps the others out: slow, but no mistake
                self.barrier.wait(_PATIENCE)


def threads(subject: Subject) -> Iterator[str]:
    """Many requests at a time, all in their views at once, are answered as each is alone."""
    if not subject.kind.thread_safe:
        raise NotExamined("it says thread_safe = False")
    meeting = _Meeting()
    with subject.running(declare=lambda app: add_routes(app, meeting)) as app:
        alone = [stable(_ask(app, number), _ask(app, number)) for number in range(_THREADS)]
        if not meeting.visits:
            raise NotExamined("it answers every request before the view: see prepare=…")
        with ThreadPoolExecutor(_THREADS) as pool:
            for _ in range(_ROUNDS):
                meeting.barrier = Barrier(_THREADS)
                together = list(pool.map(_ask, [app] * _THREADS, range(_THREADS)))
                if mistakes := [m for pair in zip(alone, together, strict=True) for m in _differences(*pair)]:
                    yield from list(dict.fromkeys(mistakes))[:3]
                    return


def _ask(app: App, number: int) -> Answer:
    return get(app.test_client(), f"/conformance/{number}")


def _differences(alone: Answer, together: Answer) -> Iterator[str]:
    cure = "keep what belongs to a request in ctx.state[self], not in itself, or say thread_safe = False in the class"
    if alone.status != together.status:
        yield f"status {together.status} in a thread among others, {alone.status} alone: {together.body[:200]}; {cure}"
    elif alone.body and alone.body != together.body:
        yield f"{together.body.strip()!r} in a thread among others, {alone.body.strip()!r} alone; {cure}"
    for name, value in alone.headers.items():
        if (found := together.headers.get(name)) != value:
            yield f"{name}: {found!r} in a thread among others, {value!r} alone; {cure}"


def forks(subject: Subject) -> Iterator[str]:
    """A forked process answers as its parent did, and its parent goes on."""
    if not subject.kind.fork_safe:
        raise NotExamined("it says fork_safe = False")
    report = report_alone(subject)
    if not report["can_fork"]:
        raise NotExamined("this system has no os.fork")
    cure = "open connections, threads and files when they are first used, or say fork_safe = False in the class"
    if report["child_error"]:
        yield f"a request in a forked process fails: {report['child_error']}; {cure}"
        return
    for path, before in report["answers"].items():
        alone = stable(answer_of(before[0]), answer_of(before[1]))
        for who, found in (("a forked process", report["child"]), ("the parent after a fork", report["parent"])):
            if path not in found or answer_of(found[path]).status != alone.status:
                yield f"{who} does not answer {path} as before: {found.get(path)}; {cure}"
