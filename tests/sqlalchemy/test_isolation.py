"""Contexts never share a session: not nested, not in threads, greenlets or tasks, in whatever order they go on."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import greenlet  # type: ignore[import-untyped]  # it has no types
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Mapped, Session, mapped_column

from ferrule import App, g
from ferrule_sqlalchemy import Model, db


class Mark(Model):
    __tablename__ = "isolation_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))


@dataclass(frozen=True)
class Work:
    """What is done in one context: some steps, others contexts in it, and at the end a commit, or none."""

    steps: int
    inner: tuple["Work", ...]
    commits: bool


works = st.recursive(
    st.builds(Work, st.integers(1, 3), st.just(()), st.booleans()),
    lambda inner: st.builds(Work, st.integers(0, 2), st.tuples(inner) | st.tuples(inner, inner), st.booleans()),
    max_leaves=3,
)


def do(app: App, name: str, work: Work) -> Iterator[None]:
    """Do some work, and give the turn to others after each step."""
    with app.app_context():
        session, names = db.session, []
        for number in range(work.steps):
            names.append(f"{name}:{number}")
            session.add(Mark(name=names[-1]))
            yield
            assert db.session is session
            assert [mark.name for mark in session.new if isinstance(mark, Mark)] == names
        for number, inner in enumerate(work.inner):
            yield from do(app, f"{name}.{number}", inner)
            assert db.session is session
        if work.commits:
            session.commit()


def committed_by(name: str, work: Work) -> set[str]:
    """Return the names that the work is to leave."""
    own = {f"{name}:{number}" for number in range(work.steps)} if work.commits else set()
    return own.union(*(committed_by(f"{name}.{number}", inner) for number, inner in enumerate(work.inner)))


def in_threads(jobs: list[Iterator[None]]) -> None:
    def run(job: Iterator[None]) -> None:
        for _ in job:
            time.sleep(0)

    with ThreadPoolExecutor(len(jobs)) as threads:
        assert len(list(threads.map(run, jobs))) == len(jobs)


def in_greenlets(jobs: list[Iterator[None]]) -> None:
    def run(job: Iterator[None]) -> None:
        for _ in job:
            hub.switch()

    hub = greenlet.getcurrent()
    waiting = [greenlet.greenlet(run) for _ in jobs]
    for runner, job in zip(waiting, jobs, strict=True):
        runner.switch(job)
    while waiting := [runner for runner in waiting if not runner.dead]:
        for runner in waiting:
            runner.switch()


def in_tasks(jobs: list[Iterator[None]]) -> None:
    async def run(job: Iterator[None]) -> None:
        for _ in job:
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(*map(run, jobs))

    asyncio.run(main())


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An application on a file, that waits for the lock."""
    app = App(
        "library",
        config_file=None,
        env="testing",
        instance_path=str(tmp_path),
        extensions=["sqlalchemy"],
        config={"SQLALCHEMY_DATABASE_URI": "sqlite:///library.db", "PROPAGATE_EXCEPTIONS": False},
    )
    db.metadata.create_all(db.engine_of(app), [Mark.metadata.tables["isolation_mark"]])
    yield app
    app.shutdown()


@pytest.mark.parametrize("run", [in_threads, in_greenlets, in_tasks])
@given(st.lists(works, min_size=2, max_size=5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_context_sees_what_another_has_not_committed(
    app: App, run: Callable[[list[Iterator[None]]], None], jobs: list[Work]
) -> None:
    with app.app_context(), db.transaction():
        db.session.execute(sa.delete(Mark))
    run([do(app, str(number), work) for number, work in enumerate(jobs)])
    with app.app_context():
        found = list(db.session.scalars(sa.select(Mark.name)))
    assert len(found) == len(set(found))
    assert set(found) == set().union(*(committed_by(str(number), work) for number, work in enumerate(jobs)))


def test_an_async_view_has_the_session_of_its_request(app: App) -> None:
    """The functions around it are called by the request's own thread, the view by that of the event loop."""
    seen: list[tuple[Session, int]] = []

    @app.before_request
    def before() -> None:
        g.session = db.session
        seen.append((db.session, threading.get_ident()))

    @app.get("/")
    async def view() -> str:
        await asyncio.sleep(0)
        seen.append((db.session, threading.get_ident()))
        return str(db.session.scalar(sa.select(1)))

    assert app.test_client().get("/").text == "1"
    (first, thread), (second, other_thread) = seen
    assert first is second
    assert thread != other_thread


def test_many_async_views_at_a_time_have_a_session_each(app: App) -> None:
    sessions: list[Session] = []
    everybody = asyncio.Event()

    @app.get("/<int:number>")
    async def view(number: int) -> list[str]:
        session = db.session
        session.add(Mark(name=f"view {number}"))
        sessions.append(session)
        if len(sessions) == 8:
            everybody.set()
        await everybody.wait()
        assert db.session is session
        return [mark.name for mark in session.new if isinstance(mark, Mark)]

    def get(number: int) -> Any:
        return app.test_client().get(f"/{number}").json

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(get, range(8))) == [[f"view {number}"] for number in range(8)]
    assert len(set(map(id, sessions))) == 8


@pytest.mark.parametrize("in_a_thread", [False, True], ids=["tasks", "threads"])
def test_parts_of_one_view_that_run_at_a_time_take_contexts_of_their_own(app: App, in_a_thread: bool) -> None:
    def part(number: int) -> str:
        with app.app_context(), db.transaction() as session:
            session.add(Mark(name=f"part {number}"))
            return f"{id(session)}"

    async def task(number: int) -> str:
        return part(number)

    @app.get("/")
    async def view() -> list[str]:
        parts: list[Awaitable[str]] = [
            asyncio.to_thread(part, number) if in_a_thread else task(number) for number in range(4)
        ]
        db.session.add(Mark(name="never committed"))
        return await asyncio.gather(*parts)

    assert app.test_client().get("/").status_code == 200
    with app.app_context():
        assert sorted(db.session.scalars(sa.select(Mark.name))) == [f"part {number}" for number in range(4)]
