"""What is to be done for one rule and method: every registry and hook, flattened into ready tuples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from werkzeug.routing import Rule

from .hooks import is_for_method
from .requests import blueprint_chain

if TYPE_CHECKING:
    from .app import App

__all__ = ["Plan", "Steps", "Teardown"]

Teardown: TypeAlias = Callable[[Any, BaseException | None], Any]
Steps: TypeAlias = tuple[Callable[..., Any], ...]


class Plan:
    """The steps of a request, in the order in which they are taken. A pure function of the application's registries.

    Attributes:
        rule: The rule that matched; ``None`` for what matched none, and for contexts without a request.
        view: The view function.
        wrap: Puts the ``handle_request`` wrappers around the answer; ``None`` without any.
        pushed: ``context_pushed`` hooks.
        before_hooks: ``before_request`` hooks.
        context_processors: What gives names to templates, the application's first.
        value_preprocessors: Functions of the endpoint and the values from the path.
        before: ``before_request`` functions, the application's first, then the blueprints' from outer to inner.
        after: ``after_request`` functions, the blueprints' from inner to outer, then the application's.
        after_hooks: ``after_request`` hooks.
        finished: ``request_finished`` hooks.
        teardowns: All that runs when the context goes, functions and hooks.
        popped: ``context_popped`` hooks.
        opens_session: The session interface wants to be opened before anything asks for it.
        prepares: There is something before the view.
        finishes: There is something after it.
        has_hooks_alone_before: That before the view is ``before_request`` hooks and nothing else.
        has_hooks_alone_after: That after it is ``after_request`` hooks and nothing else.
    """

    def __init__(self, app: App, rule: Rule | None, view: Callable[..., Any] | None, method: str | None) -> None:
        endpoint: str | None = None if rule is None else rule.endpoint
        inner_to_outer = [*blueprint_chain(endpoint.rpartition(".")[0] or None if endpoint else None), None]
        outer_to_inner = inner_to_outer[::-1]
        concerns = partial(is_for_method, method=method)
        hooks = partial(app.plugins.steps, concerns=concerns)
        self.rule: Rule | None = rule
        self.view: Callable[..., Any] | None = None if view is None else app.ensure_sync(view)
        self.pushed: Steps = hooks("context_pushed")
        teardowns_of_request = _of(app, app.teardown_request_funcs, inner_to_outer, step=-1)
        self.teardowns: tuple[Teardown, ...] = (
            *((*map(_ignoring_context, teardowns_of_request), *hooks("teardown_request")) if method else ()),
            *(_ignoring_context(app.ensure_sync(f)) for f in reversed(app.teardown_appcontext_funcs)),
            *hooks("teardown_appcontext"),
        )
        self.popped: Steps = hooks("context_popped")
        self.wrap: Callable[..., Callable[..., Any]] | None = app.plugins.wrapping("handle_request", concerns)
        self.context_processors: Steps = _of(app, app.template_context_processors, outer_to_inner)
        self.before_hooks: Steps = hooks("before_request")
        self.value_preprocessors: Steps = _of(app, app.url_value_preprocessors, outer_to_inner)
        self.before: Steps = _of(app, app.before_request_funcs, outer_to_inner)
        self.after: Steps = _of(app, app.after_request_funcs, inner_to_outer, step=-1)
        self.after_hooks: Steps = hooks("after_request")
        self.finished: Steps = hooks("request_finished")
        self.opens_session: bool = method is not None and app.session_interface.eager
        self.prepares: bool = bool(self.opens_session or self.before_hooks or self.value_preprocessors or self.before)
        self.finishes: bool = bool(self.opens_session or self.after or self.after_hooks or self.finished)
        others_before = self.opens_session or self.value_preprocessors or self.before
        self.has_hooks_alone_before: bool = bool(self.before_hooks and not others_before)
        others_after = self.opens_session or self.after or self.finished
        self.has_hooks_alone_after: bool = bool(self.after_hooks and not others_after)


def _of(app: App, registry: dict[str | None, list[Any]], names: Iterable[str | None], step: int = 1) -> Steps:
    """Return the functions that a registry has under some names, name by name, ready to be called."""
    return tuple(app.ensure_sync(function) for name in names for function in registry.get(name, [])[::step])


def _ignoring_context(function: Callable[[BaseException | None], Any]) -> Teardown:
    return lambda ctx, exc: function(exc)
