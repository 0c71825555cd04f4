"""Contexts: how they nest, what they hold, and where the proxies find them."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable
from typing import Any

import greenlet  # type: ignore[import-untyped]  # it has no types of its own
import pytest
from werkzeug.wrappers import Response as WerkzeugResponse

from ferrule import (
    App,
    Context,
    ContextError,
    Extension,
    Request,
    after_this_request,
    copy_current_request_context,
    current_app,
    current_context,
    g,
    has_app_context,
    has_request_context,
    hookimpl,
    request,
    session,
)
from ferrule.context import Globals
from ferrule.sessions import Session, SessionInterface, SessionMixin


def make_app(*extensions: Extension, **config: Any) -> App:
    return App("the_app", config_file=None, extensions=extensions, config={"SECRET_KEY": "k" * 32, **config})


def test_a_context_is_current_from_its_push_to_its_pop() -> None:
    app = make_app()
    assert not has_app_context()
    with app.app_context() as context:
        assert has_app_context()
        assert not has_request_context()
        assert not context.has_request
        assert current_app == app
    assert not has_app_context()
    with app.test_request_context("/path") as context:
        assert has_app_context()
        assert has_request_context()
        assert context.has_request
        assert request.path == "/path"
    assert not has_request_context()


def test_contexts_nest_and_the_inner_one_counts() -> None:
    app, other = make_app(), App("other", config_file=None)
    with app.test_request_context("/outer"):
        with other.app_context():
            assert current_app.name == "other"
            assert not has_request_context()
        with app.test_request_context("/inner"):
            assert request.path == "/inner"
        assert request.path == "/outer"
        assert current_app.name == "the_app"


def test_pushes_of_one_context_nest_and_the_last_pop_tears_down() -> None:
    app = make_app()
    log: list[str] = []
    app.teardown_appcontext(lambda error: log.append("teardown"))
    context = app.app_context()
    with context:
        with context:
            g.x = 1
        assert log == []
        assert g.x == 1
    assert log == ["teardown"]


def test_a_context_can_be_pushed_again_and_keeps_what_it_had() -> None:
    app = make_app()
    context = app.app_context()
    with context:
        g.x = 1
    with context:
        assert g.x == 1


def test_another_context_cannot_be_popped() -> None:
    app = make_app()
    outer, inner = app.app_context(), app.app_context()
    outer.push()
    inner.push()
    with pytest.raises(ContextError, match="reverse order"):
        outer.pop()
    inner.pop()
    outer.pop()
    with pytest.raises(ContextError, match="the current context is None"):
        outer.pop()


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (lambda: request.path, "outside of request context"),
        (lambda: session["x"], "outside of request context"),
        (lambda: g.x, "outside of application context"),
        (lambda: current_app.name, "outside of application context"),
        (lambda: after_this_request(lambda response: response), "outside of request context"),
        (lambda: copy_current_request_context(print), "outside of request context"),
    ],
    ids=["request", "session", "g", "current_app", "after_this_request", "copy_current_request_context"],
)
def test_a_proxy_without_a_context_says_what_to_do(use: Callable[[], object], text: str) -> None:
    with pytest.raises(ContextError, match=f"Working {text}.*with app") as caught:
        use()
    assert isinstance(caught.value, RuntimeError)


def test_a_context_without_a_request_has_no_request() -> None:
    with make_app().app_context() as context:
        for use in (lambda: request.path, lambda: session["x"], lambda: context.request):
            with pytest.raises(ContextError, match="outside of request context"):
                use()
        assert context.url_adapter is None
        assert context.url_rule is None


def test_an_unbound_proxy_is_false_and_can_be_shown() -> None:
    assert not bool(request)
    assert not bool(g)
    assert "unbound" in repr(request)
    with make_app().test_request_context("/shown"):
        assert bool(request)
        assert "/shown" in repr(request)


def test_g_is_a_namespace() -> None:
    with make_app().app_context():
        g.x = 1
        assert ("x" in g, list(g), g.get("y", 2), g.pop("x"), g.pop("x", 3)) == (True, ["x"], 2, 1, 3)
        assert g.setdefault("z", []) is g.setdefault("z", [1])
        assert repr(g) == "<g {'z': []}>"
        del g.z
        with pytest.raises(KeyError):
            g.pop("z")
        with pytest.raises(AttributeError, match="'z'"):
            _ = g.z
        with pytest.raises(AttributeError, match="'z'"):
            del g.z


def test_g_belongs_to_one_context() -> None:
    """A request does not share the ``g`` of an application context around it, as since Flask 3.2."""
    app = make_app()
    with app.app_context():
        g.x = 1
        with app.test_request_context():
            assert "x" not in g


def test_the_class_of_g_may_be_ones_own() -> None:
    class Mine(Globals):
        colour = "red"

    app = make_app()
    app.app_ctx_globals_class = Mine
    with app.app_context():
        assert g.colour == "red"


def test_extensions_keep_state_under_themselves() -> None:
    app = make_app()
    owner = object()
    with app.app_context() as context:
        context.state[owner] = 1
        assert context.state[owner] == 1
        with app.app_context() as inner:
            assert inner.state == {}


def test_what_is_noted_for_this_request_changes_its_response_alone() -> None:
    app = make_app()

    @app.get("/")
    def index() -> str:
        if "mark" in request.args:

            @after_this_request
            def mark(response: WerkzeugResponse) -> WerkzeugResponse:
                response.headers["X-Mark"] = "yes"
                return response

        return ""

    client = app.test_client()
    assert client.get("/?mark").headers["X-Mark"] == "yes"
    assert "X-Mark" not in client.get("/").headers


def test_a_before_function_may_note_too() -> None:
    app = make_app()

    @app.before_request
    def note() -> None:
        after_this_request(lambda response: WerkzeugResponse("other"))

    app.get("/", endpoint="index")(lambda: "one")
    assert app.test_client().get("/").data == b"other"


# elsewhere


def test_a_thread_has_no_context_unless_it_gets_a_copy() -> None:
    app = make_app()
    log: list[Any] = []
    app.teardown_request(lambda error: log.append("teardown"))

    @app.get("/<name>")
    def view(name: str) -> str:
        g.x = 1

        @copy_current_request_context
        def work(more: str) -> None:
            log.append((request.path, request.view_args, request.endpoint, more, "x" in g, current_app.name))

        for target in (work, lambda _: log.append(has_app_context())):
            thread = threading.Thread(target=target, args=("more",))
            thread.start()
            thread.join()
        return ""

    app.test_client().get("/ada")
    assert log == [
        ("/ada", {"name": "ada"}, "view", "more", False, "the_app"),
        "teardown",
        False,
        "teardown",
    ]


def test_a_copied_context_runs_again_and_after_the_request() -> None:
    app = make_app()
    kept: list[Callable[[], str]] = []

    @app.get("/later")
    def later() -> str:
        kept.append(copy_current_request_context(lambda: request.path))
        return ""

    app.test_client().get("/later")
    assert [kept[0](), kept[0]()] == ["/later", "/later"]


def write_session() -> None:
    session["by"] = "thread"


def test_a_copy_writes_the_session_of_its_request() -> None:
    """Whoever opens the session first: it is one, and saved with the response."""
    app = make_app()

    @app.get("/")
    def index() -> str:
        thread = threading.Thread(target=copy_current_request_context(write_session))
        thread.start()
        thread.join()
        return str(session.get("by"))

    app.get("/read", endpoint="read")(lambda: str(session.get("by")))
    client = app.test_client()
    assert client.get("/").text == "thread"
    assert client.get("/read").text == "thread"


def test_a_session_that_only_a_copy_has_opened_is_saved() -> None:
    app = make_app()

    @app.get("/")
    def index() -> str:
        thread = threading.Thread(target=copy_current_request_context(write_session))
        thread.start()
        thread.join()
        return ""

    app.get("/read", endpoint="read")(lambda: str(session.get("by")))
    client = app.test_client()
    client.get("/")
    assert client.get("/read").text == "thread"


def test_asyncio_tasks_have_contexts_of_their_own() -> None:
    app = make_app()

    async def work(path: str) -> str:
        with app.test_request_context(path):
            await asyncio.sleep(0.001)
            return request.path

    async def main() -> list[str]:
        return await asyncio.gather(*(work(f"/{number}") for number in range(5)))

    assert asyncio.run(main()) == [f"/{number}" for number in range(5)]


def test_greenlets_have_contexts_of_their_own() -> None:
    app = make_app()
    seen: list[Any] = []

    def work(path: str) -> None:
        with app.test_request_context(path):
            greenlet.getcurrent().parent.switch()
            seen.append(request.path)

    first, second = greenlet.greenlet(work), greenlet.greenlet(work)
    first.switch("/first")
    second.switch("/second")
    assert not has_app_context()
    first.switch()
    second.switch()
    assert seen == ["/first", "/second"]


def test_a_greenlet_gets_a_copy() -> None:
    app = make_app()
    with app.test_request_context("/copied"):
        work = greenlet.greenlet(copy_current_request_context(lambda: request.path))
    assert work.switch() == "/copied"


# the session


class Counting(SessionInterface):
    def __init__(self, *, eager: bool = False) -> None:
        self.eager = eager
        self.opened = 0
        self.saved: list[SessionMixin] = []

    def open_session(self, app: App, request: Request) -> SessionMixin:
        self.opened += 1
        return Session()

    def save_session(self, app: App, session: SessionMixin, response: WerkzeugResponse) -> None:
        self.saved.append(session)


def test_a_session_is_opened_and_saved_only_when_it_is_used() -> None:
    app = make_app()
    app.session_interface = counting = Counting()
    app.get("/", endpoint="index")(lambda: "")
    app.get("/use", endpoint="use")(lambda: str(session.get("x")))
    client = app.test_client()
    client.get("/")
    client.get("/nowhere")
    assert (counting.opened, counting.saved) == (0, [])
    client.get("/use")
    assert (counting.opened, len(counting.saved)) == (1, 1)


def test_an_eager_interface_sees_every_request_and_knows_who_asked() -> None:
    app = make_app()
    app.session_interface = counting = Counting(eager=True)
    app.get("/", endpoint="index")(lambda: "")
    app.get("/use", endpoint="use")(lambda: str(session.get("x")))
    client = app.test_client()
    client.get("/")
    client.get("/nowhere")
    client.get("/use")
    assert counting.opened == 3
    assert [saved.accessed for saved in counting.saved] == [False, False, True]


def test_the_session_is_saved_after_an_error_too() -> None:
    app = make_app()

    @app.get("/")
    def index() -> str:
        session["x"] = "kept"
        raise ValueError

    app.get("/read", endpoint="read")(lambda: session.get("x", ""))
    client = app.test_client()
    assert client.get("/").status_code == 500
    assert client.get("/read").text == "kept"


# teardown


def test_teardown_is_told_of_the_error_that_ended_the_block() -> None:
    app = make_app()
    told: list[BaseException | None] = []
    app.teardown_appcontext(told.append)
    error = KeyError("mine")
    with pytest.raises(KeyError), app.app_context():
        raise error
    with app.app_context():
        pass
    assert told == [error, None]


def test_a_pop_by_hand_tells_of_the_error_being_handled() -> None:
    app = make_app()
    told: list[BaseException | None] = []
    app.teardown_appcontext(told.append)
    error = KeyError("mine")
    context = app.app_context()
    context.push()
    try:
        raise error
    except KeyError:
        context.pop()
    assert told == [error]


def test_teardown_runs_all_while_the_context_is_still_there() -> None:
    app = make_app()
    seen: list[str] = []

    def look(error: BaseException | None) -> None:
        seen.append(f"{request.path} {g.x}")
        raise ValueError("mine")

    app.teardown_request(look)
    app.teardown_request(look)
    context = app.test_request_context("/torn")
    context.push()
    g.x = 1
    with pytest.raises(BaseExceptionGroup) as caught:
        context.pop()
    assert seen == ["/torn 1", "/torn 1"]
    assert len(caught.value.exceptions) == 2
    assert not has_app_context()


def test_an_error_in_a_block_is_the_context_of_what_its_teardown_raises() -> None:
    app = make_app()

    def fail(error: BaseException | None) -> None:
        raise ValueError("teardown")

    app.teardown_appcontext(fail)
    with pytest.raises(BaseExceptionGroup) as caught, app.app_context():
        raise KeyError("block")
    assert isinstance(caught.value.__context__, KeyError)
    assert not has_app_context()


def test_a_push_that_a_hook_refuses_leaves_nothing_pushed() -> None:
    class Refusing(Extension):
        name = "refusing"

        @hookimpl
        def context_pushed(self) -> None:
            raise ValueError("refused")

    told: list[BaseException | None] = []
    app = make_app(Refusing())
    app.teardown_appcontext(told.append)
    with pytest.raises(ValueError, match="refused"):
        app.app_context().push()
    assert not has_app_context()
    assert [str(error) for error in told] == ["refused"]


def test_uploaded_files_are_closed_with_the_request() -> None:
    app = make_app()
    kept: list[Any] = []

    @app.post("/")
    def upload() -> str:
        kept.append(request.files["file"].stream)
        return ""

    app.test_client().post("/", data={"file": (io.BytesIO(b"x"), "small.bin")})
    assert kept[0].closed


def test_the_context_of_a_test_request_is_made_of_the_configuration() -> None:
    app = make_app(SERVER_NAME="example.com", APPLICATION_ROOT="/mounted", PREFERRED_URL_SCHEME="https")
    with app.test_request_context("/path?q=1", method="POST", json={"a": 1}):
        assert request.url == "https://example.com/mounted/path?q=1"
        assert (request.method, request.json, request.args["q"]) == ("POST", {"a": 1}, "1")


def test_a_context_shows_what_it_is_for() -> None:
    app = make_app()
    assert repr(app.app_context()) == "<Context of 'the_app', outside of a request>"
    assert repr(app.test_request_context("/p", method="PUT")) == "<Context of 'the_app', PUT '/p'>"
    assert isinstance(app.app_context(), Context)


def test_what_was_deferred_runs_after_every_teardown_the_latest_first_whatever_raises() -> None:
    log: list[str] = []
    app = App(__name__, config_file=None)

    def fail() -> None:
        log.append("failing")
        raise RuntimeError("failing")

    @app.teardown_appcontext
    def teardown(error: BaseException | None) -> None:
        log.append("teardown")
        current_context().defer(lambda: log.append("deferred by a teardown"))

    context = app.app_context()
    context.push()
    context.defer(lambda: log.append("first"))
    context.defer(fail)
    context.defer(lambda: log.append("last"))
    with pytest.raises(BaseExceptionGroup) as caught:
        context.pop()
    assert log == ["teardown", "deferred by a teardown", "last", "failing", "first"]
    assert [str(error) for error in caught.value.exceptions] == ["failing"]
    with context:
        log.clear()
    assert log == ["teardown", "deferred by a teardown"]
