"""Every hook of the core, by the phase of the application's life in which it is called.

An implementation is a method of an :class:`~ferrule.Extension` marked with :func:`~ferrule.hookimpl`; it names only the
arguments that it needs. *Dependencies first* means the order of ``requires``, ``after`` and ``before``; ties follow the
order of the configuration file.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from .checks import Check
from .context import Context
from .hooks import Direction, Result, hookspec
from .json import JSONProvider
from .sessions import SessionInterface

if TYPE_CHECKING:
    from jinja2 import Environment, Template  # PERF: slow to import; an application without templates never pays

    from .app import App

# Set-up


@hookspec()
def app_init(app: App) -> None:
    """Declare routes, handlers, globals. Called once, when the application is initialised, dependencies first.

    An exception stops the start; it names the extension. Settings of the extension are complete and valid here.
    """


@hookspec()
def jinja_environment(app: App, env: Environment) -> None:
    """Change the Jinja environment. Called once, when it is made; dependencies first."""


@hookspec(result=Result.MERGED)
def shell_context(app: App) -> dict[str, Any] | None:
    """Return names for ``ferrule shell``. Called when the shell starts; dependencies first, later names win."""


@hookspec(result=Result.SINGLE)
def session_interface(app: App) -> SessionInterface | None:
    """Return what opens and saves sessions. The application's own attribute wins; two extensions are a conflict."""


@hookspec(result=Result.SINGLE)
def json_provider(app: App) -> JSONProvider | None:
    """Return what reads and writes JSON. The application's own attribute wins; two extensions are a conflict."""


@hookspec()
def app_ready(app: App) -> None:
    """All is registered: the last word before the freeze. Called once, dependencies first."""


@hookspec()
def development_server_started(app: App) -> None:
    """``ferrule run`` is about to serve, once for each process that does: what a developer should know is told here.

    The application is finalized. Whatever takes longer than a moment belongs into a thread: the reloader comes this way
    after each change. An exception ends the server.
    """


@hookspec(result=Result.COLLECTED)
def test_client(app: App, options: dict[str, Any]) -> Iterable[Callable[[Any], Any]] | None:
    """Yield functions that prepare a test client, which is being made; dependencies first.

    ``options`` are the keywords that ``app.test_client`` was given: take those out that are yours, since what stays is
    for the client's class. The client has :meth:`~ferrule.testing.FerruleClient.keep_cookies`.
    """


@hookspec(result=Result.COLLECTED)
def check_app(app: App, deploy: bool) -> Iterable[Check] | None:
    """Yield what is wrong or risky. Called by ``ferrule check``; ``deploy`` is true where production is meant."""


# Request


@hookspec()
def context_pushed(ctx: Context) -> None:
    """A context became the current one; ``ctx.has_request`` tells whether it is a request's. Dependencies first."""


@hookspec(result=Result.WRAPPED)
def handle_request(ctx: Context) -> Generator[None, Response, Response]:
    """Go around the whole answer, from the first ``before_request`` to the last ``after_request``. Wrappers only.

    The wrapper yields once, is sent the response and returns it, or another. The first extension is the outermost.
    """
    return (yield)


@hookspec(result=Result.FIRST)
def before_request(ctx: Context) -> Any:
    """Called before the functions of the application; a result but ``None`` is the answer and ends the search."""


@hookspec(result=Result.FIRST)
def handle_exception(ctx: Context, exc: Exception) -> Any:
    """Answer an error that no handler of the application took. The first result but ``None`` is the answer."""


@hookspec(direction=Direction.REVERSE, result=Result.CHAIN)
def after_request(ctx: Context, response: Response) -> Response | None:
    """Change the response or return another. Called after the functions of the application, dependencies last."""


@hookspec()
def request_finished(ctx: Context, response: Response) -> None:
    """The response is complete, its session saved. Called before it goes to the server; dependencies first."""


@hookspec(result=Result.MERGED, names="context_names")
def template_context(ctx: Context) -> dict[str, Any] | None:
    """Return names for every template; ``context_names`` of the class lists them, so that two cannot give the same.

    What the application's context processors and the view pass wins over them.
    """


@hookspec()
def template_rendered(ctx: Context, template: Template, context: dict[str, Any]) -> None:
    """A template was rendered with these names. Dependencies first."""


@hookspec()
def message_flashed(ctx: Context, message: str, category: str) -> None:
    """A message was flashed. Dependencies first."""


# Teardown


@hookspec(direction=Direction.REVERSE, result=Result.COMPLETE)
def teardown_request(ctx: Context, exc: BaseException | None) -> None:
    """The context of a request goes. All implementations run whatever raises; errors leave ``wsgi_app`` as a group."""


@hookspec(direction=Direction.REVERSE, result=Result.COMPLETE)
def teardown_appcontext(ctx: Context, exc: BaseException | None) -> None:
    """A context goes, of a request or not. All implementations run whatever raises."""


@hookspec(direction=Direction.REVERSE, result=Result.COMPLETE)
def context_popped(ctx: Context) -> None:
    """A context is about to be no longer the current one; its teardown is done. All run whatever raises."""


@hookspec(direction=Direction.REVERSE, result=Result.COMPLETE)
def app_shutdown(app: App) -> None:
    """The worker ends: close pools and files. All implementations run whatever raises."""
