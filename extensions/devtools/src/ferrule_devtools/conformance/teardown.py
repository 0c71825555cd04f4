"""The promise of the teardown: whatever raises, and wherever, nothing stays behind and no error is lost."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from ferrule import App, Context, Extension, Response, current_context, has_app_context, hookimpl
from ferrule.extensions.validation import functions_of, mark_of

from ..testing import Call, Calls, hook_calls
from .probing import add_routes, answers, get
from .subject import NotExamined, Subject, described

__all__ = ["teardown"]

_TEARDOWNS: Final = ("teardown_request", "teardown_appcontext", "context_popped")

PHASES: Final = (
    "before_request hook",
    "before_request function",
    "view",
    "error handler",
    "after_request function",
    "after_request hook",
    "teardown_request function",
    "teardown_request hook",
    "teardown_appcontext hook",
    "context without a request",
)
"""Where the kit raises."""


class Deliberate(Exception):  # noqa: N818  # raised on purpose, and never an extension's
    """What the kit raises."""


class Handled(Deliberate):
    """What the kit raises for an error handler, which raises in turn."""


class Saboteur(Extension):
    """Raises where it is told to."""

    name = "conformance_saboteur"
    description = "Raises on purpose."
    api_version = "0.1"
    thread_safe = fork_safe = async_safe = True

    def __init__(self) -> None:
        self.phase = ""
        self.contexts: list[tuple[str, weakref.ref[Context]]] = []

    def at(self, phase: str) -> None:
        """Raise if this is the phase."""
        if self.phase == phase:
            raise Deliberate(f"the kit raises in: {phase}")

    @hookimpl
    def context_pushed(self, ctx: Context) -> None:
        """Remember the context, but do not keep it."""
        self.contexts.append((self.phase, weakref.ref(ctx)))

    @hookimpl
    def before_request(self) -> None:
        """Raise before the view, after the extension's own hook."""
        self.at("before_request hook")

    @hookimpl
    def after_request(self) -> None:
        """Raise after the view, before the extension's own hook."""
        self.at("after_request hook")

    @hookimpl
    def teardown_request(self) -> None:
        """Raise before the extension's own hook."""
        self.at("teardown_request hook")

    @hookimpl
    def teardown_appcontext(self) -> None:
        """Raise before the extension's own hook."""
        self.at("teardown_appcontext hook")


def teardown(subject: Subject) -> Iterator[str]:
    """Raise in each phase of a request, and outside of one, and look at what is left."""
    if has_app_context():
        raise NotExamined("a context is pushed that the kit knows nothing of; pop it first")
    saboteur = Saboteur()
    declare = partial(_declare, saboteur)
    with subject.running(saboteur, declare=declare) as app, hook_calls(app) as calls:
        before = list(answers(app))
        for phase in PHASES:
            calls.clear()
            saboteur.phase = phase
            for mistake in _in_phase(subject, app, phase, calls):
                yield f"an error in the {phase}: {mistake}"
        saboteur.phase = ""
        calls.clear()
        statuses = [answer.status for answer in answers(app)]
        if statuses != [answer.status for answer in before]:
            yield f"after all these errors, plain requests are answered with {statuses}; undo in a teardown hook"
    calls.clear()
    yield from _kept_contexts(saboteur)


def _declare(saboteur: Saboteur, app: App) -> None:
    def view() -> str:
        saboteur.at("view")
        if saboteur.phase == "error handler":
            raise Handled
        return "well"

    def handler(_: Handled) -> str:
        saboteur.at("error handler")
        return "handled"

    def after(response: Response) -> Response:
        saboteur.at("after_request function")
        return response

    add_routes(app)
    app.add_url_rule("/conformance/sabotage", "conformance_sabotage", view)
    app.register_error_handler(Handled, handler)
    app.before_request(lambda: saboteur.at("before_request function"))
    app.after_request(after)
    app.teardown_request(lambda _: saboteur.at("teardown_request function"))


def _in_phase(subject: Subject, app: App, phase: str, calls: Calls) -> Iterator[str]:
    act = _without_request if phase == "context without a request" else _request
    raised = _raised_by(partial(act, app))
    for left in _popped():
        yield f"{left} is left pushed; pop in a teardown hook, or push in a with block"
    own = calls.of(subject.name)
    answers_errors = any(call.hook == "handle_exception" and call.result is not None for call in own)
    if not answers_errors and not _has_deliberate(raised):
        found = "nothing left the application" if raised is None else f"what left it is {described(raised)}"
        yield f"that error is lost: {found}; raise it again, or do not catch it"
    for call in own:
        if call.error is not None and (call.hook in _TEARDOWNS or not _has_deliberate(call.error)):
            place = described(call.error)
            yield f"its {call.hook} raised {place}; it runs for requests of which its other hooks saw nothing, too"
    yield from _teardowns_that_did_not_run(subject, phase, own)
    raised = None


def _request(app: App) -> None:
    get(app.test_client(), "/conformance/sabotage")


def _without_request(app: App) -> None:
    with app.app_context():
        raise Deliberate("the kit raises in: a context without a request")


def _raised_by(act: Callable[[], object]) -> BaseException | None:
    try:
        act()
    except Exception as error:
        return error
    return None


def _popped() -> Iterator[str]:
    while has_app_context():
        context = current_context()
        yield repr(context)
        _raised_by(context.pop)


def _has_deliberate(error: BaseException | None, seen: frozenset[int] = frozenset()) -> bool:
    """Tell whether an error is the kit's, has it in its group, or came while it was handled."""
    if error is None or id(error) in seen:
        return False
    if isinstance(error, Deliberate):
        return True
    inside = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    seen |= {id(error)}
    return any(_has_deliberate(other, seen) for other in (*inside, error.__cause__, error.__context__))


def _teardowns_that_did_not_run(subject: Subject, phase: str, own: list[Call]) -> Iterator[str]:
    ran = {call.hook for call in own}
    for hook in _implemented(subject):
        is_due = hook in _TEARDOWNS and not (hook == "teardown_request" and phase == "context without a request")
        if is_due and hook not in ran:
            yield f"its {hook} did not run"


def _implemented(subject: Subject) -> Iterator[str]:
    for attribute, function in functions_of(subject.kind).items():
        options: Any = mark_of(function)
        if options is not None:
            yield options.get("specname") or attribute


def _kept_contexts(saboteur: Saboteur) -> Iterator[str]:
    gc.collect()
    kept = [phase or "no phase at all" for phase, context in saboteur.contexts if context() is not None]
    if kept:
        where = ", ".join(dict.fromkeys(kept))
        yield f"contexts are kept when they are over, after an error in: {where}; keep nothing of a request in itself"
