"""The steps of a request, to be called one by one: by tests, and where a view does a part of the framework's work."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote

from werkzeug.exceptions import Aborter, HTTPException
from werkzeug.routing import BuildError, MapAdapter
from werkzeug.wrappers import Response

from .context import _current, current_context
from .declarations import Declarations
from .dispatch import UNANSWERED, after_view, answer_error, before_view, call_view, is_trapped, take_steps
from .exceptions import ContextError, SetupError
from .requests import Request
from .templating import template_names
from .urls import redirect, url_adapter

if TYPE_CHECKING:
    from .app import App

__all__ = ["Answering"]

_STEP: Final = "write a hook of an extension: handle_request, before_request, after_request or handle_exception"
_FOLDER: Final = "pass instance_path to the constructor"
_SETTINGS: Final = "set config_class, or pass defaults to the constructor"
_NEVER_CALLED: Final = {
    "auto_find_instance_path": _FOLDER,
    "default_config": _SETTINGS,
    "dispatch_request": _STEP,
    "do_teardown_appcontext": "write a teardown_appcontext function or hook",
    "do_teardown_request": "write a teardown_request function or hook",
    "finalize_request": _STEP,
    "full_dispatch_request": _STEP,
    "handle_http_exception": "register an error handler for HTTPException",
    "handle_user_exception": "register an error handler for Exception",
    "make_config": _SETTINGS,
    "preprocess_request": _STEP,
    "process_response": _STEP,
    "raise_routing_exception": "register an error handler, or look at request.routing_exception",
    "request_context": _STEP,
    "should_ignore_error": "look at the error that teardown functions are given",
    "update_template_context": "register a context_processor",
}
"""What Flask asks a subclass for and Ferrule does not, and what does the same."""


def _refuse_in_vain(names: Container[str], where: str) -> None:
    in_vain = [f"{name} is never called; {cure}" for name, cure in _NEVER_CALLED.items() if name in names]
    if in_vain:
        raise SetupError.listing(where, in_vain)


class Answering(Declarations):
    """The part of an application that answers, in steps.

    Attributes:
        aborter: What :func:`ferrule.abort` raises by; ``aborter.mapping`` is its table of codes.
    """

    aborter_class: type[Aborter] = Aborter

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.aborter: Aborter = self.make_aborter()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse methods that nobody would ever call."""
        super().__init_subclass__(**kwargs)
        if cls.__module__.partition(".")[0] != __name__.partition(".")[0]:
            _refuse_in_vain(vars(cls), f"in the class {cls.__module__}.{cls.__qualname__}")

    def check_overrides(self) -> None:
        """Refuse methods of this one application that nobody would ever call."""
        _refuse_in_vain(vars(self), f"among the attributes set on the application {self.name!r}")

    def make_aborter(self) -> Aborter:
        """Make :attr:`aborter`, an :attr:`aborter_class`."""
        return self.aborter_class()

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what matches and builds URLs for a request; without one, for ``SERVER_NAME`` if it is set."""
        return url_adapter(cast("App", self), request)

    def url_for(
        self,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Build the URL of an endpoint; see :func:`ferrule.url_for`. Without a context ``SERVER_NAME`` is enough."""
        context = _current.get(None) or cast("App", self).app_context()
        has_request = context.environ is not None
        if has_request and endpoint[:1] == ".":
            blueprint = context.request.blueprint
            endpoint = f"{blueprint}{endpoint}" if blueprint else endpoint[1:]
        if _external is None:
            _external = _scheme is not None or not has_request
        if _scheme is not None and not _external:
            raise ValueError("a scheme is part of an external URL only; take _scheme away, or _external=False")
        self.inject_url_defaults(endpoint, values)
        adapter = context.url_adapter
        if adapter is None:
            raise ContextError(
                f"the URL of {endpoint!r} cannot be built outside of a request: set SERVER_NAME (and perhaps"
                " APPLICATION_ROOT and PREFERRED_URL_SCHEME) in the configuration"
            )
        try:
            if not (_method or _external):  # PERF: as below, in 0.3 µs less
                url = adapter.build(endpoint, values)
            else:
                url = adapter.build(endpoint, values, method=_method, url_scheme=_scheme, force_external=_external)
        except BuildError as error:
            values.update(_anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external)
            return self.handle_url_build_error(error, endpoint, values)
        return url if _anchor is None else f"{url}#{quote(_anchor, safe='%!#$&()*+,/:;=?@')}"

    def redirect(self, location: str, code: int = 303) -> Response:
        """Send the client elsewhere; :func:`ferrule.redirect` asks the application."""
        return redirect(location, code, cast("App", self).response_class)

    def full_dispatch_request(self) -> Response:
        """Make the response to the current request, with all that comes before and after the view."""
        context = current_context()
        wrap = context.plan.wrap
        return take_steps(context) if wrap is None else cast(Response, wrap(take_steps)(context))

    def preprocess_request(self) -> Any:
        """Run what comes before the view; the result is the answer unless it is ``None``."""
        return before_view(current_context())

    def dispatch_request(self) -> Any:
        """Call the view of the current request, and return what it returns."""
        return call_view(current_context())

    def process_response(self, response: Response) -> Response:
        """Run what comes after the view, and at last save the session."""
        return after_view(current_context(), response)

    def handle_user_exception(self, e: Exception) -> Any:
        """Answer an error by the handler for it; one that nobody takes is raised again."""
        value = answer_error(current_context(), e)
        if value is UNANSWERED:
            raise e
        return value

    def handle_http_exception(self, e: HTTPException) -> Any:
        """Answer an HTTP error by the handler for it; one that nobody takes is its own answer."""
        value = answer_error(current_context(), e)
        return e if value is UNANSWERED else value

    def trap_http_exception(self, e: Exception) -> bool:
        """Tell whether an HTTP error is raised to the debugger instead of answered; override it at will."""
        return is_trapped(cast("App", self), e)

    def make_default_options_response(self) -> Response:
        """Answer ``OPTIONS`` with the methods that the path takes (RFC 9110, section 9.3.7)."""
        context = current_context()
        response = context.app.response_class()
        response.allow.update(cast(Any, context.url_adapter).allowed_methods())
        return response

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what every template sees to the names for one that is rendered by hand; those given win."""
        context.update(template_names(current_context(), context))
