"""The way of a request: read it from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, cast

from werkzeug.exceptions import BadRequest, BadRequestKeyError, HTTPException, InternalServerError
from werkzeug.routing import RequestRedirect, Rule
from werkzeug.wrappers import Response

from .callers import described
from .context import Context, current_context
from .exceptions import SetupError
from .extensions.calls import chained, first_answer, run_all
from .hooks import note_owner
from .plans import Plan
from .requests import blueprint_chain
from .sessions import SessionMixin
from .urls import redirect

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from .app import App

__all__ = [
    "UNANSWERED",
    "after_view",
    "answer",
    "answer_error",
    "answer_unhandled",
    "before_view",
    "call_view",
    "find_error_handler",
    "is_trapped",
    "match",
    "plan_for",
    "respond",
    "take_steps",
]

UNANSWERED: Final = object()
"""What :func:`answer_error` returns where nobody takes an error."""
_PRESERVE: Final = "werkzeug.debug.preserve_context"


def answer(app: App, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request: match, push the context, respond, start the response, tear down."""
    context = match(app, environ)
    context.bind()
    error: BaseException | None = None
    try:
        try:
            response = respond(context)
        except Exception as exc:
            error = exc
            context.failures += 1
            response = app.handle_exception(exc)
        return response(environ, start_response)
    except BaseException as exc:
        error = exc
        raise
    finally:
        if _PRESERVE in environ:
            environ[_PRESERVE](context)
        try:
            context.pop(error)
        finally:
            error = None  # its traceback holds this frame: a cycle


def match(app: App, environ: WSGIEnvironment) -> Context:
    """Make the context of a request: the rule that its path matches, or the reason why none does."""
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    if "HTTP_UPGRADE" not in environ:
        found = app.router.find(method, path)
        if found is not None:
            return Context(app, environ, *found)
        reason = app.router.refusal(method, path)
        if reason is not None:
            return Context(app, environ, app.plan_without_rule(method.upper()), None, reason)
    return _ask_map(app, environ, method)


def _ask_map(app: App, environ: WSGIEnvironment, method: str) -> Context:
    """Match as Werkzeug's Map does. An error is kept for the view step, so that ``before_request`` sees 404 and 405."""
    context = Context(app, environ)
    try:
        adapter = context.url_adapter
        rule, context.view_args = cast(Any, adapter).match(return_rule=True)
        method = method.upper()
        context.plan = app.router.target(rule, method) if app.finalized else plan_for(app, rule, method)
    except HTTPException as reason:
        context.routing_exception = reason
        context.plan = app.plan_without_rule(method.upper())
    request = context._request
    if request is not None:
        request.url_rule, request.view_args = context.url_rule, context.view_args
        request.routing_exception = context.routing_exception
    return context


def plan_for(app: App, rule: Rule, method: str) -> Plan:
    """Make the plan of a rule for a method; the framework answers ``OPTIONS`` unless the rule takes it itself."""
    if method == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
        return Plan(app, rule, _default_options, method)
    return Plan(app, rule, app.view_functions.get(rule.endpoint), method)  # None: before the freeze only, for tests


def _default_options(**view_args: Any) -> Response:
    """Answer OPTIONS with the methods that the path takes (RFC 9110, section 9.3.7)."""
    return current_context().app.make_default_options_response()


def respond(context: Context) -> Response:
    """Make the response, with the ``handle_request`` wrappers around it."""
    plan = context.plan
    if plan.pushed:
        run_all(plan.pushed, context)
    return take_steps(context) if plan.wrap is None else cast(Response, plan.wrap(take_steps)(context))


def take_steps(context: Context) -> Response:
    """Make the response: before, view, after, and the answer to an error in place of these."""
    plan = context.plan
    value = hook = None
    try:
        if context.app.config["TRUSTED_HOSTS"]:
            _ = context.request.host  # raises SecurityError, a 400, for a host that is not trusted
        if plan.has_hooks_alone_before:  # PERF: to call before_view costs as much as four hooks
            try:
                for hook in plan.before_hooks:
                    if (value := hook(context)) is not None:
                        value = context.app.make_response(value)  # here, where a refusal is known to be the hook's
                        break
            except BaseException as error:
                note_owner(error, hook)
                raise
        elif plan.prepares:
            value = before_view(context)
        if value is None:
            value = call_view(context)
    except Exception as error:
        response = _answered(context, error)
        if response is None:
            raise
        return response
    return finalize(context, value)


def _answered(context: Context, error: Exception) -> Response | None:
    """Make the response to an error, ``None`` if nobody takes it.

    It is made here, and raised again by the caller, for no frame in the error's traceback to hold the error: a cycle.
    """
    context.failures += 1
    if (value := answer_error(context, error)) is UNANSWERED:
        return None
    response = finalize(context, value)
    if error is context.routing_exception:  # it is reached from the frames in its traceback
        error.__traceback__ = error.__context__ = None
    return response


def before_view(context: Context) -> Any:
    """Run what comes before the view; the first result that is not ``None`` is the answer."""
    plan = context.plan
    if plan.opens_session:
        context.open_session_unasked()
    if plan.before_hooks and (value := first_answer(plan.before_hooks, context)) is not None:
        return value
    for preprocess in plan.value_preprocessors:
        preprocess(context.request.endpoint, context.view_args)
    for function in plan.before:
        if (value := function()) is not None:
            return value
    return None


def call_view(context: Context) -> Any:
    """Call the view with the values from the path, or raise why no rule matched."""
    if context.routing_exception is not None:
        raise _explained(context, context.routing_exception)
    return context.plan.view(**context.view_args)  # type: ignore[arg-type, misc]  # PERF: there are some where a rule matched


def _explained(context: Context, reason: HTTPException) -> HTTPException:
    """Turn a redirect to nowhere into a 400, and in debug one that would lose the body into an error that says so."""
    if not isinstance(reason, RequestRedirect):
        return reason
    if not context.request.host:  # RFC 9112, section 3.2
        return BadRequest("The request's Host header names no host.")
    method, url = cast("WSGIEnvironment", context.environ)["REQUEST_METHOD"], reason.new_url
    if reason.code in (307, 308) or not context.app.debug or method in ("GET", "HEAD", "OPTIONS"):
        return reason
    return InternalServerError(
        original_exception=SetupError(
            f"{method} {context.request.url} is redirected to {url} and loses its body; send it there"
        )
    )


def finalize(context: Context, value: Any, *, from_error_handler: bool = False) -> Response:
    """Make a response of what the view returned, and run what comes after it.

    Args:
        context: The current context.
        value: What the view, a handler or a ``before_request`` function returned.
        from_error_handler: The answer to an unhandled error: what fails from here on is logged, not raised.
    """
    hook = None
    try:
        response = context.app.make_response(value)
        plan = context.plan
        if plan.has_hooks_alone_after and not (context.after_functions or context.completing):  # PERF: as in take_steps
            try:
                for hook in plan.after_hooks:
                    if (result := hook(context, response)) is not None:
                        response = _checked(result)
            except BaseException as error:
                note_owner(error, hook)
                raise
            if context._session is not None:
                _save_session(context, context._session, response)
        elif context.after_functions or plan.finishes or context._session is not None:
            response = after_view(context, response)
    except Exception:
        if not from_error_handler:
            raise
        context.app.logger.exception("The response to an unhandled error could not be completed")
        response = context.app.make_response(value)
    return response


def after_view(context: Context, response: Response) -> Response:
    """Run what comes after the view: functions, hooks, and at last the session."""
    plan = context.plan
    for function in (*context.after_functions, *plan.after):
        response = function(response)
        if response is None:
            raise TypeError(
                f"{described(function)} returned None; a function for after_request or after_this_request returns the"
                " response"
            )
    if plan.after_hooks:
        response = _checked(chained(plan.after_hooks, context, response))
    for function in context.completing:
        function(response)
    if (session := context.opened_session) is not None:
        _save_session(context, session, response)
    if plan.finished:
        run_all(plan.finished, context, response)
    return response


def _checked(response: Any) -> Response:
    if not isinstance(response, Response):
        cure = "an after_request hook changes the response that it is given, or returns another"
        raise TypeError(f"a {type(response).__name__} is no response; {cure}")
    return response


def _save_session(context: Context, session: SessionMixin, response: Response) -> None:
    interface = context.app.session_interface
    if not interface.is_null_session(session):
        interface.save_session(context.app, session, response)


def answer_error(context: Context, error: Exception) -> Any:
    """Answer an error by the handlers of the application, then by the hooks; ``UNANSWERED`` if nobody takes it.

    An HTTP exception that nobody takes is its own answer.
    """
    app = context.app
    if isinstance(error, BadRequestKeyError) and (app.debug or app.config["TRAP_BAD_REQUEST_ERRORS"]):
        error.show_exception = True
        _explain_missing_file(context, error)
    if isinstance(error, RequestRedirect):  # an answer of the router's, no error
        return redirect(error.new_url, error.code)
    is_http = isinstance(error, HTTPException)
    if is_http and cast(HTTPException, error).code is None:  # abort(response), a complete answer
        return error
    if (handler := find_error_handler(context, error)) is not None:
        return handler(error)
    if is_http and app.trap_http_exception(error):
        return UNANSWERED
    if (value := app.hooks.handle_exception(context, error)) is not None:
        return value
    return error if is_http else UNANSWERED


def _explain_missing_file(context: Context, error: BadRequestKeyError) -> None:
    """Tell of a form without ``enctype``, for which a browser sends the name of a file in place of the file."""
    name = error.args[0] if error.args else None
    if name in context.request.form and context.request.mimetype != "multipart/form-data":
        error.description = (
            f"{name!r} came as a text of the form. If it is a file, say so in the page: "
            '<form method="post" enctype="multipart/form-data">; without that, browsers send its name alone.'
        )


def is_trapped(app: App, error: Exception) -> bool:
    """Tell whether ``TRAP_HTTP_EXCEPTIONS`` or ``TRAP_BAD_REQUEST_ERRORS`` lets an HTTP exception through."""
    if app.config["TRAP_HTTP_EXCEPTIONS"]:
        return True
    trap = app.config["TRAP_BAD_REQUEST_ERRORS"]
    if trap is None and app.debug and isinstance(error, BadRequestKeyError):
        return True
    return bool(trap) and isinstance(error, BadRequest)


def find_error_handler(context: Context, error: Exception) -> Callable[[Any], Any] | None:
    """Find the handler for an error: by code before class, blueprint before application, class before its bases."""
    code = error.code if isinstance(error, HTTPException) else None
    rule = context.url_rule
    blueprints = [] if rule is None else blueprint_chain(rule.endpoint.rpartition(".")[0] or None)
    for wanted in dict.fromkeys((code, None)):
        for name in (*blueprints, None):
            if handlers := context.app.error_handler_spec.get(name, {}).get(wanted):
                for kind in type(error).__mro__:
                    if kind in handlers:
                        return context.app.ensure_sync(handlers[kind])
    return None


def answer_unhandled(context: Context, error: Exception) -> Response:
    """Answer an error that nobody took: log it, and respond with 500, through a handler of the application if any.

    In debug and in tests it is raised again, for the debugger and the test to see (``PROPAGATE_EXCEPTIONS``).
    """
    app = context.app
    propagate = app.config["PROPAGATE_EXCEPTIONS"]
    if app.testing or app.debug if propagate is None else propagate:
        raise error
    app.log_exception((type(error), error, error.__traceback__))
    server_error = InternalServerError(original_exception=error)
    handler = find_error_handler(context, server_error)
    return finalize(context, server_error if handler is None else handler(server_error), from_error_handler=True)
