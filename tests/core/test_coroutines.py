"""``async def`` functions run on one event loop of the process, and see and change what a synchronous one would."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, ParamSpec

import pytest
from greenlet import greenlet  # type: ignore[import-untyped]  # its stubs are a distribution of their own
from werkzeug.test import create_environ

from ferrule import (
    App,
    Blueprint,
    ContextError,
    Extension,
    SetupError,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    lifecycle,
    render_template_string,
    request,
    session,
    stream_with_context,
    url_for,
)
from ferrule.coroutines import async_to_sync, is_async, iterate, stop_event_loop
from ferrule.hooks import hookimpl
from ferrule.testing import FerruleClient

P = ParamSpec("P")
_VARIABLE: ContextVar[str] = ContextVar("variable", default="unset")


def make_app(**options: Any) -> App:
    return App(__name__, config_file=None, config={"SECRET_KEY": "k" * 40, "TESTING": True}, **options)


async def plain() -> str:
    return "plain"


class Awaiting:
    async def __call__(self) -> str:
        return "called"


def decorated(function: Callable[P, Any]) -> Callable[P, Any]:
    @wraps(function)
    def around(*args: P.args, **kwargs: P.kwargs) -> Any:
        return function(*args, **kwargs)

    return around


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        pytest.param(plain, True, id="async def"),
        pytest.param(partial(plain), True, id="partial"),
        pytest.param(Awaiting(), True, id="an object with an async call"),
        pytest.param(Awaiting().__call__, True, id="method"),
        pytest.param(decorated(plain), True, id="behind a decorator"),
        pytest.param(lambda: None, False, id="lambda"),
        pytest.param(print, False, id="builtin"),
        pytest.param(Awaiting, False, id="class"),
        pytest.param(decorated(print), False, id="a decorated sync function"),
    ],
)
def test_what_gives_a_coroutine_is_known_before_it_is_called(function: Any, expected: bool) -> None:
    assert is_async(function) is expected


def test_ensure_sync_leaves_synchronous_functions_alone() -> None:
    app = make_app()
    assert app.ensure_sync(print) is print
    assert app.ensure_sync(plain)() == "plain"


def test_an_application_may_run_coroutines_its_own_way() -> None:
    class Own(App):
        def async_to_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
            return lambda *args, **kwargs: f"{asyncio.run(func(*args, **kwargs))} own"

    app = Own(__name__, config_file=None)
    app.add_url_rule("/", view_func=plain)
    assert app.test_client().get("/").text == "plain own"


def test_every_function_around_a_request_may_be_async() -> None:
    app, log = make_app(), []
    blueprint = Blueprint("b", __name__)

    @blueprint.url_value_preprocessor
    async def preprocess(endpoint: str | None, values: dict[str, Any] | None) -> None:
        log.append(f"preprocess {endpoint} {values}")

    @blueprint.before_request
    async def before() -> None:
        log.append(f"before {request.path}")

    @blueprint.after_request
    async def after(response: Any) -> Any:
        response.headers["X-After"] = request.path
        return response

    @blueprint.teardown_request
    async def teardown(error: BaseException | None) -> None:
        log.append(f"teardown {error!r} {request.path}")

    @app.teardown_appcontext
    async def teardown_context(error: BaseException | None) -> None:
        log.append(f"context {current_app.name == app.name}")

    @app.context_processor
    async def names() -> dict[str, Any]:
        return {"name": "processed"}

    @blueprint.get("/<int:number>")
    def view(number: int) -> str:
        @after_this_request
        async def mark(response: Any) -> Any:
            response.headers["X-This"] = "yes"
            return response

        return render_template_string("{{ name }}")

    app.register_blueprint(blueprint)
    response = app.test_client().get("/3")
    assert (response.text, response.headers["X-After"], response.headers["X-This"]) == ("processed", "/3", "yes")
    assert log == ["preprocess b.view {'number': 3}", "before /3", "teardown None /3", "context True"]


def test_an_async_before_function_may_answer() -> None:
    app = make_app()
    app.before_request(plain)
    app.add_url_rule("/", "view", lambda: "view")
    assert app.test_client().get("/").text == "plain"


@pytest.mark.parametrize("where", ["app", "blueprint", "unhandled"])
def test_error_handlers_may_be_async(where: str) -> None:
    app, blueprint = make_app(), Blueprint("b", __name__)
    app.testing = False

    async def handle(error: Exception) -> tuple[str, int]:
        await asyncio.sleep(0)
        return f"{type(error).__name__} at {request.path}", 500

    @blueprint.get("/")
    async def fails() -> str:
        raise ZeroDivisionError

    wanted = 500 if where == "unhandled" else ZeroDivisionError
    (blueprint if where == "blueprint" else app).register_error_handler(wanted, handle)
    app.register_blueprint(blueprint)
    expected = "InternalServerError" if where == "unhandled" else "ZeroDivisionError"
    assert app.test_client().get("/").text == f"{expected} at /"


def test_all_requests_of_a_process_share_one_loop() -> None:
    app, loops = make_app(), []

    @app.get("/")
    async def view() -> str:
        loops.append(asyncio.get_running_loop())
        return "x"

    client = app.test_client()
    threads = [threading.Thread(target=lambda: app.test_client().get("/")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.get("/")
    assert len(loops) == 5
    assert len({id(loop) for loop in loops}) == 1


def test_requests_of_several_threads_wait_at_the_same_time() -> None:
    app = make_app()
    here = asyncio.Barrier(4)

    @app.get("/<int:number>")
    async def view(number: int) -> str:
        g.number = number
        async with asyncio.timeout(20):
            await here.wait()  # passes once all four are inside
        return f"{number} {g.number} {request.path}"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: app.test_client().get(f"/{n}").text, range(4)))
    assert answers == [f"{n} {n} /{n}" for n in range(4)]


def test_a_view_sees_and_changes_the_context_and_so_do_its_tasks() -> None:
    app = make_app()

    async def task() -> str:
        await asyncio.sleep(0)
        g.task = request.path
        return url_for("view")

    @app.before_request
    def before() -> None:
        _VARIABLE.set("before")

    @app.get("/here")
    async def view() -> str:
        session["visited"] = True
        seen, url = _VARIABLE.get(), await asyncio.create_task(task())
        _VARIABLE.set("view")
        return f"{seen} {g.task} {url} {current_app.name == app.name}"

    @app.after_request
    def after(response: Any) -> Any:
        response.headers["X-Variable"] = _VARIABLE.get()
        return response

    client = app.test_client()
    response = client.get("/here")
    assert response.text == "before /here /here True"
    assert response.headers["X-Variable"] == "view"
    with client.session_transaction() as kept:
        assert kept["visited"] is True
    assert not has_app_context()


def test_changes_come_out_of_a_coroutine_that_raises() -> None:
    async def fails() -> None:
        _VARIABLE.set("changed")
        raise LookupError

    token = _VARIABLE.set("before")
    with pytest.raises(LookupError):
        async_to_sync(fails)()
    assert _VARIABLE.get() == "changed"
    _VARIABLE.reset(token)


class Loose(BaseException):
    """No ``Exception``."""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, Loose, StopAsyncIteration])
def test_what_a_view_raises_reaches_the_thread_and_leaves_the_loop_alive(error: type[BaseException]) -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise error("from the view")

    with pytest.raises(error, match="from the view") as caught:
        async_to_sync(fails)()
    assert "in fails" in "".join(traceback.format_exception(caught.value))
    assert async_to_sync(plain)() == "plain"


def test_a_cancelled_view_is_an_error_of_the_request_not_of_the_worker() -> None:
    app = make_app()
    app.testing = False

    @app.get("/")
    async def view() -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(10)
        return "not reached"

    assert app.test_client().get("/").status_code == 500


def test_an_error_makes_no_cycle_that_would_keep_the_request() -> None:
    class Thing:
        pass

    async def fails(thing: Thing) -> None:
        raise ValueError

    gc.collect()
    gc.disable()
    try:
        thing = Thing()
        gone = weakref.ref(thing)
        with suppress(ValueError):
            async_to_sync(fails)(thing)
        del thing
        deadline = time.monotonic() + 60
        while gone() is not None and time.monotonic() < deadline:  # the loop's thread may still leave the task
            async_to_sync(plain)()
        assert gone() is None
    finally:
        gc.enable()


def test_a_call_from_the_loop_itself_is_refused_with_the_cure_and_the_cure_works() -> None:
    app = make_app()

    @app.context_processor
    async def names() -> dict[str, Any]:
        return {"name": request.path}

    @app.get("/refused")
    async def refused() -> str:
        return render_template_string("{{ name }}")

    @app.get("/cured")
    async def cured() -> str:
        return await asyncio.to_thread(render_template_string, "{{ name }}")

    @app.get("/client")
    async def client() -> str:
        return await asyncio.to_thread(lambda: app.test_client().get("/cured").text)

    client_ = app.test_client()
    with pytest.raises(ContextError, match=r"names is async.*`await asyncio\.to_thread\("):
        client_.get("/refused")
    assert client_.get("/cured").text == "/cured"
    assert client_.get("/client").text == "/cured"


def test_a_synchronous_view_is_called_through_a_client_in_an_async_view() -> None:
    app = make_app()
    app.add_url_rule("/inner", "inner", lambda: request.path)

    @app.get("/outer")
    async def outer() -> str:
        return app.test_client().get("/inner").text + request.path

    assert app.test_client().get("/outer").text == "/inner/outer"


def test_a_client_may_be_used_inside_of_another_running_loop() -> None:
    app = make_app()
    app.add_url_rule("/", view_func=plain)

    async def test() -> str:
        return app.test_client().get("/").text

    assert asyncio.run(test()) == "plain"


def test_greenlets_keep_their_contexts_apart() -> None:
    app = make_app()

    @app.get("/<name>")
    async def view(name: str) -> str:
        await asyncio.sleep(0)
        _VARIABLE.set(name)
        return request.path

    def work(name: str) -> Iterator[Any]:
        with app.test_request_context(f"/{name}"):
            greenlet.getcurrent().parent.switch("inside")
            answer = app.ensure_sync(view)(name)
            greenlet.getcurrent().parent.switch("answered")
            return (answer, request.path, _VARIABLE.get())  # type: ignore[return-value]  # any value will do here

    _VARIABLE.set("main")
    one, two = greenlet(work), greenlet(work)
    assert [one.switch("one"), two.switch("two"), one.switch(), two.switch()] == ["inside"] * 2 + ["answered"] * 2
    assert [one.switch(), two.switch()] == [("/one", "/one", "one"), ("/two", "/two", "two")]
    assert _VARIABLE.get() == "main"


def test_a_copied_context_works_for_an_async_function() -> None:
    app = make_app()

    @app.get("/")
    def view() -> Any:
        @copy_current_request_context
        async def work() -> str:
            return request.path

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work).result()

    assert app.test_client().get("/").text == "/"


def test_a_view_behind_a_decorator_with_wraps_is_waited_for() -> None:
    app = make_app()
    app.add_url_rule("/", view_func=decorated(plain))
    assert app.test_client().get("/").text == "plain"


def test_a_view_behind_a_decorator_that_hides_it_is_refused_with_the_cure() -> None:
    app = make_app()
    app.add_url_rule("/", "view", lambda: plain())  # noqa: PLW0108  # the lambda hides it
    with pytest.raises(TypeError, match=r"the view of 'view': a coroutine is no response.*functools\.wraps"):
        app.test_client().get("/")


# Streams


async def numbers(log: list[str]) -> AsyncIterator[str]:
    try:
        for number in range(3):
            await asyncio.sleep(0)
            yield f"{number}{request.path if has_app_context() else ''};"
    finally:
        log.append("closed")


def test_an_asynchronous_generator_is_a_stream() -> None:
    app = make_app()
    log: list[str] = []
    app.add_url_rule("/", "view", lambda: numbers(log))
    assert app.test_client().get("/").text == "0;1;2;"
    assert log == ["closed"]


def test_it_may_hold_the_context() -> None:
    app, log = make_app(), []
    app.teardown_request(lambda error: log.append("teardown"))
    app.add_url_rule("/s", "view", stream_with_context(lambda: numbers(log)))
    assert app.test_client().get("/s").text == "0/s;1/s;2/s;"
    assert log == ["closed", "teardown"]


def test_a_stream_that_the_client_leaves_is_closed() -> None:
    app = make_app()
    log: list[str] = []
    app.add_url_rule("/", "view", lambda: numbers(log))
    chunks = app(create_environ("/"), lambda status, headers, exc_info=None: lambda data: None)
    assert next(iter(chunks)) == b"0;"
    chunks.close()  # type: ignore[attr-defined]  # PEP 3333: a server calls it where there is one
    assert log == ["closed"]


def test_an_asynchronous_iterator_need_not_be_a_generator() -> None:
    class Twice:
        left = 2

        def __aiter__(self) -> Twice:
            return self

        async def __anext__(self) -> str:
            self.left -= 1
            if self.left < 0:
                raise StopAsyncIteration
            return "x"

    assert list(iterate(Twice())) == ["x", "x"]


# Where nothing can wait


@pytest.mark.parametrize(
    "declare",
    [
        pytest.param(lambda app, f: app.url_defaults(f), id="url_defaults"),
        pytest.param(lambda app, f: Blueprint("b", __name__).app_url_defaults(f), id="app_url_defaults"),
        pytest.param(lambda app, f: app.template_filter(f), id="template_filter"),
        pytest.param(lambda app, f: app.add_template_global(f), id="add_template_global"),
        pytest.param(lambda app, f: app.shell_context_processor(f), id="shell_context_processor"),
    ],
)
def test_async_functions_are_refused_where_nobody_would_wait(declare: Callable[[App, Any], Any]) -> None:
    with pytest.raises(SetupError, match=rf"{__name__.rpartition('.')[2]}\.py:\d+: plain is an `async def`"):
        declare(make_app(), plain)


# The end


def test_shutdown_cancels_what_runs_and_the_next_request_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "_RUNNING", set())  # this process has seen many applications
    app = make_app()
    log: list[str] = []
    kept: list[asyncio.Task[None]] = []

    async def background() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            log.append("cancelled")

    @app.get("/")
    async def view() -> str:
        kept.append(asyncio.create_task(background()))
        await asyncio.sleep(0)
        return "started"

    client = app.test_client()
    assert client.get("/").text == "started"
    app.shutdown()
    assert log == ["cancelled"]
    assert client.get("/").text == "started"
    app.shutdown()


def test_the_loop_runs_on_while_another_application_may_use_it() -> None:
    app, other = make_app(), make_app()

    @other.get("/")
    async def loop() -> str:
        return str(id(asyncio.get_running_loop()))

    client = other.test_client()
    before = client.get("/").text
    app.initialise()
    app.shutdown()
    assert client.get("/").text == before


def test_shutdown_hooks_may_still_use_the_loop() -> None:
    log: list[str] = []

    class Pool(Extension):
        name = "pool"

        @hookimpl
        def app_shutdown(self, app: App) -> None:
            log.append(app.ensure_sync(plain)())

    app = make_app(extensions=[Pool])
    app.shutdown()
    assert log == ["plain"]


def test_a_request_that_waits_while_the_loop_ends_gets_an_error() -> None:
    inside = threading.Event()

    async def endless() -> None:
        inside.set()
        await asyncio.sleep(60)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(async_to_sync(endless))
        assert inside.wait(20)
        stop_event_loop()
        with pytest.raises(CancelledError, match="the event loop ends"):
            waiting.result(20)


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_process_ends_quietly_with_tasks_pending() -> None:
    done = run("""
        import asyncio
        from ferrule import App
        app = App("app", config_file=None)
        @app.get("/")
        async def view():
            app.task = asyncio.create_task(asyncio.sleep(60))
            return "ok"
        print(app.test_client().get("/").text)
    """)
    assert (done.stdout, done.stderr, done.returncode) == ("ok\n", "", 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_has_a_loop_of_its_own_and_leaves_its_parent_s_alone() -> None:
    done = run("""
        import os, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12, about forks of processes with threads
        from ferrule.coroutines import async_to_sync
        async def who():
            return os.getpid()
        who = async_to_sync(who)
        assert who() == os.getpid()
        child = os.fork()
        assert who() == os.getpid()
        if child == 0:
            sys.exit(3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        assert who() == os.getpid()
    """)
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX here")
def test_an_interrupt_cancels_the_view_and_is_raised(request: pytest.FixtureRequest) -> None:
    log: list[str] = []
    # What a shell starts in the background ignores interrupts.
    request.addfinalizer(
        partial(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
    )

    async def endless() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.sleep(60)
        finally:
            log.append("cancelled")

    with pytest.raises(KeyboardInterrupt):
        async_to_sync(endless)()
    assert log == ["cancelled"]


def test_asyncio_is_not_imported_before_a_coroutine_is_called() -> None:
    done = run("""
        import sys
        from ferrule import App
        app = App("app", config_file=None)
        app.add_url_rule("/", "view", lambda: "ok")
        app.finalize()
        app.shutdown()
        assert "asyncio" not in sys.modules
    """)
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_client_keeps_the_context_of_an_async_view() -> None:
    app = make_app()

    @app.get("/")
    async def view() -> str:
        g.seen = "in the view"
        return "ok"

    with FerruleClient(app, app.response_class) as client:
        client.get("/")
        assert g.seen == "in the view"
