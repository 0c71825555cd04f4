"""The context: what is bound to one request (or to work outside of one), and the proxies that lead to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar, Token
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar, cast

from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy
from werkzeug.routing import MapAdapter, Rule

from .exceptions import ContextError
from .hooks import note_owner
from .plans import Plan
from .requests import Request, first_read
from .sessions import SessionMixin

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .app import App

__all__ = [
    "Context",
    "Globals",
    "after_this_request",
    "copy_current_request_context",
    "current_app",
    "current_context",
    "g",
    "has_app_context",
    "has_request_context",
    "request",
    "session",
]

P = ParamSpec("P")
R = TypeVar("R")
D = TypeVar("D")
AfterFunction = Callable[[Any], Any]

_MISSING: Final = object()


class Globals:
    """The namespace ``g``: attributes of the application's own, for as long as a context lasts."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"g has no attribute {name!r}; it is set anew for each context")

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self.__dict__[name]
        except KeyError:
            raise AttributeError(f"g has no attribute {name!r} to delete") from None

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or a default where it is not set."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = _MISSING) -> Any:
        """Remove an attribute and return it; without a default, a missing one raises ``KeyError``."""
        return self.__dict__.pop(name) if default is _MISSING else self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return an attribute; set it first where it is not set."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        return f"<g {self.__dict__!r}>"


class Context:
    """What belongs to one request, or to work outside of one. Everything but the match is made on first use.

    Args:
        app: The application.
        environ: The WSGI environment of the request; ``None`` outside of one.
        plan: The steps to take; made at the push where it is not given.
        view_args: The values that the rule took from the path.
        routing_exception: Why no rule matched; raised when the view is due.

    Attributes:
        state: A dict for extensions, each under itself: ``ctx.state[self]``.
        completing: What is called with the response after all functions and hooks, where a session was opened.
        failures: How many errors ended the view, or what is around it, so far; an answered one counts, too.
    """

    plan: Plan

    # PERF: what most requests never make costs them nothing here, where an __init__ would set it each time.
    after_functions: Sequence[AfterFunction] = ()
    completing: Sequence[AfterFunction] = ()
    failures = 0
    _copied_from: Context | None = None
    _deferred: Sequence[Callable[[], Any]] = ()
    _flashes: list[tuple[str, str]] | None = None
    _holds = 0
    _nested: Sequence[Token[Context]] = ()
    _request: Request | None = None
    _session: SessionMixin | None = None
    _token: Token[Context] | None = None
    _unasked: SessionMixin | None = None

    def __init__(
        self,
        app: App,
        environ: WSGIEnvironment | None = None,
        plan: Plan | None = None,
        view_args: dict[str, Any] | None = None,
        routing_exception: HTTPException | None = None,
    ) -> None:
        self.app: App = app
        self.environ: WSGIEnvironment | None = environ
        self.plan = plan  # type: ignore[assignment]  # PERF: bind() makes a missing one; casts cost 30 ns each
        self.view_args: dict[str, Any] | None = view_args
        self.routing_exception: HTTPException | None = routing_exception

    @property
    def has_request(self) -> bool:
        """Whether the context is that of a request."""
        return self.environ is not None

    @property
    def url_rule(self) -> Rule | None:
        """The rule that the path matched."""
        return cast("Rule | None", getattr(self.plan, "rule", None))

    @property
    def request(self) -> Request:
        """The request.

        Raises:
            ContextError: The context is not that of a request.
        """
        return self._request or self._make_request()

    def _make_request(self) -> Request:
        if self.environ is None:
            raise ContextError(_OUTSIDE_REQUEST)
        request = self._request = self.app.request_class(self.environ, populate_request=False)  # that would be a cycle
        request.app = self.app
        request.url_rule = self.url_rule
        request.view_args = self.view_args
        request.routing_exception = self.routing_exception
        return request

    @property
    def session(self) -> SessionMixin:
        """The session, opened on first use and saved when the response is complete."""
        return self._open_session() if self._session is None else self._session

    def open_session_unasked(self) -> None:
        """Open the session for an eager interface; it counts as accessed only once somebody asks for it."""
        self._unasked = self._open_session()
        self._unasked.accessed = False
        self._session = None

    def _open_session(self) -> SessionMixin:
        if (session := self._unasked) is not None:
            session.accessed = True
        elif self._copied_from is not None:  # the session is one, whoever uses it first
            session = self._copied_from.session
        else:
            interface = self.app.session_interface
            session = interface.open_session(self.app, self.request)
            if session is None:
                session = interface.make_null_session(self.app)
        self._session = session
        return session

    @property
    def opened_session(self) -> SessionMixin | None:
        """The session if somebody has opened it, be it an eager interface unasked."""
        return self._unasked if self._session is None else self._session

    @first_read
    def g(self) -> Globals:
        """The application's namespace for this context."""
        return self.app.app_ctx_globals_class()

    @first_read
    def state(self) -> dict[object, Any]:
        """What extensions keep for this context, each under itself."""
        return {}

    @first_read
    def url_adapter(self) -> MapAdapter | None:
        """Werkzeug's adapter, which matches and builds URLs; ``None`` outside of a request without ``SERVER_NAME``."""
        return self.app.create_url_adapter(None if self.environ is None else self.request)

    def defer(self, function: Callable[[], Any]) -> None:
        """Call a function when the context goes, after all teardown functions and hooks, whatever they raise.

        For an extension that opened something in this context alone: contexts in which it did not pay nothing.

        Args:
            function: What to call; those deferred later are called earlier.
        """
        self._deferred = [*self._deferred, function]

    def hold(self) -> None:
        """Put the teardown off until :meth:`release`: somebody needs the context longer than the view."""
        self._holds += 1

    def release(self, error: BaseException | None = None) -> None:
        """Undo one :meth:`hold`; the last one tears a context down that was popped meanwhile.

        Args:
            error: What ended the work.
        """
        self._holds -= 1
        if self._holds == 0 and self._token is None:
            self.bind()
            self.pop(error)

    def push(self) -> None:
        """Make this the current context. Pushes nest; the context is torn down by the last pop."""
        if self._token is not None:
            self._nested = [*self._nested, _current.set(self)]
            return
        self.bind()
        try:
            for hook in self.plan.pushed:
                hook(self)
        except BaseException as error:
            self.pop(error)
            raise

    def bind(self) -> None:
        """Make this the current context and call no hook yet; the first half of :meth:`push`."""
        if self.plan is None:
            self.plan = self.app.plan_without_rule(None)
        self._token = _current.set(self)

    def pop(self, exc: BaseException | object | None = _MISSING) -> None:
        """Undo one push; at the last one, run every teardown function and hook, whatever they raise.

        Args:
            exc: The error that ended the work; the one being handled unless it is given.

        Raises:
            ContextError: Another context is the current one.
            BaseExceptionGroup: What teardown functions and hooks raised.
        """
        if _current.get(None) is not self:
            raise ContextError(
                f"popped {self!r}, but the current context is {_current.get(None)!r}; pop them in reverse order"
            )
        if self._nested:
            *self._nested, token = self._nested
            _current.reset(token)
            return
        plan = self.plan
        try:
            if plan.teardowns or plan.popped or self._request is not None or self._deferred:
                self._tear_down(plan, sys.exc_info()[1] if exc is _MISSING else cast("BaseException | None", exc))
        finally:
            _current.reset(self._token)  # type: ignore[arg-type]  # PERF: there is one where this is the current context
            self._token = None

    def _tear_down(self, plan: Plan, error: BaseException | None) -> None:
        if self._holds:
            return
        failures: list[BaseException] = []
        for teardown in plan.teardowns:
            _attempt(failures, teardown, self, error)
        for step in (*plan.popped, _close_request):
            _attempt(failures, step, self)
        while self._deferred:
            *self._deferred, function = self._deferred
            _attempt(failures, function)
        if failures:
            raise BaseExceptionGroup("errors while a context was torn down", failures)

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self.pop(error)

    def __repr__(self) -> str:
        what = "outside of a request"
        if self.environ is not None:
            what = f"{self.environ.get('REQUEST_METHOD')} {self.environ.get('PATH_INFO')!r}"
        return f"<Context of {self.app.name!r}, {what}>"


_current: Final[ContextVar[Context]] = ContextVar("ferrule.context")

_OUTSIDE: Final = (
    "Working outside of application context: nothing says which application is meant. Inside a view this is always"
    " known; elsewhere write `with app.app_context():` around the code."
)
_OUTSIDE_REQUEST: Final = (
    "Working outside of request context: there is no request here. Inside a view there is one; in a test write `with"
    " app.test_request_context():` around the code, in a thread of your own use copy_current_request_context."
)


def _attempt(failures: list[BaseException], step: Callable[..., Any], *args: Any) -> None:
    try:
        step(*args)
    except BaseException as failure:
        note_owner(failure, step)
        failures.append(failure)


def _close_request(context: Context) -> None:
    if context._request is not None and context._copied_from is None:
        context._request.close()


def current_context() -> Context:
    """Return the current context.

    Raises:
        ContextError: There is none.
    """
    try:
        return _current.get()
    except LookupError:
        raise ContextError(_OUTSIDE) from None


def _current_request_context() -> Context:
    context = _current.get(None)
    if context is None or context.environ is None:
        raise ContextError(_OUTSIDE_REQUEST)
    return context


def _current_session() -> SessionMixin:  # PERF: written out, since each look at a session's key comes here
    context = _current.get(None)
    if context is None or context.environ is None:
        raise ContextError(_OUTSIDE_REQUEST)
    return context._session or context.session


def has_app_context() -> bool:
    """Tell whether there is a current context."""
    return _current.get(None) is not None


def has_request_context() -> bool:
    """Tell whether the current context is that of a request."""
    return (context := _current.get(None)) is not None and context.has_request


def after_this_request(f: Callable[[D], Any]) -> Callable[[D], Any]:
    """Run a function on the response of this request, before all ``after_request`` functions.

    Args:
        f: Takes the response and returns it, or another.

    Raises:
        ContextError: There is no request.
    """
    context = _current_request_context()
    context.after_functions = [*context.after_functions, context.app.ensure_sync(f)]
    return f


def copy_current_request_context(f: Callable[P, R]) -> Callable[P, R]:
    """Wrap a function so that it runs in this request's context elsewhere, in a thread or a greenlet.

    The copy shares the request and the session; it has ``g`` and teardown of its own.

    Raises:
        ContextError: There is no request.
    """
    original = _current_request_context()
    call = original.app.ensure_sync(f)

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        copy = Context(original.app, original.environ, original.plan, original.view_args, original.routing_exception)
        copy._copied_from, copy._request = original, original.request
        with copy:
            return cast(R, call(*args, **kwargs))

    return update_wrapper(run, f)


class _Proxy(LocalProxy[Any]):
    __slots__ = ()  # PERF: Werkzeug's look-ups serve every operation, and take 0.2 µs more for each of these three

    def __getattr__(self, name: str) -> Any:
        return getattr(self._get_current_object(), name)

    def __getitem__(self, key: Any) -> Any:
        return self._get_current_object()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._get_current_object()[key] = value


current_app: App = cast(Any, _Proxy(lambda: current_context().app))
"""The application of the current context."""

g: Globals = cast(Any, _Proxy(lambda: current_context().g))
"""The application's namespace for the current context."""

request: Request = cast(Any, _Proxy(lambda: _current_request_context().request))
"""The current request."""

session: SessionMixin = cast(Any, _Proxy(_current_session))
"""The session of the current request."""
