"""The life of an application: what happens once, and when."""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from .builtin import ServerTiming
from .callers import caller, described_error
from .config import CoreSettings, EnabledAt, Section, Source
from .conflicts import refuse_conflicts
from .coroutines import stop_event_loop
from .dispatch import plan_for
from .enabling import leave_out, left_out, salvage, section_of, trial_config
from .exceptions import ConfigError, ExtensionError, FerruleError, SetupError
from .extensions import Candidate, Wanted, candidate_from, catalog_for, find
from .plans import Plan
from .typed.suggest import did_you_mean

if TYPE_CHECKING:
    from .app import App

__all__ = ["enabled_names", "enlist", "finalize", "initialise", "load", "sections_of", "shut_down"]

Layer: TypeAlias = Mapping[str, Any] | None

NO_EXTENSION: Final = "FERRULE_NO_EXTENSION"
"""Names of extensions to leave out, separated by commas; what ``--no-extension`` of the commands sets."""

_RUNNING: Final[weakref.WeakSet[App]] = weakref.WeakSet()
"""The applications that are initialised and not yet shut down."""


def load(
    app: App, source: Source, extensions: Iterable[Any] | None, *, defaults: Layer = None, overrides: Layer = None
) -> None:
    """Make an application of its configuration: find, order and register its extensions, then read their settings.

    Args:
        app: The application, with its built-in extensions.
        source: The configuration file and the environment.
        extensions: What stands in place of the configured list.
        defaults: Values that file and environment win over.
        overrides: Values that win over both.

    Raises:
        ExtensionError: The text lists all mistakes in the list of extensions, or in their hooks.
        ConfigError: The text lists all mistakes in the configuration.
    """
    for argument, layer in (("defaults", defaults), ("config", overrides)):
        if "EXTENSIONS" in (layer or ()):
            raise ConfigError(f"App({argument}={{'EXTENSIONS': …}}) comes too late; write App(extensions=[…])")
    wanted = enabled_names(source, extensions)
    tolerated = left_out()
    without = _switched_off()  # by name, which the application's own have only once they are imported
    idle = without - source.listed_extensions - set(map(_name_of, extensions or ()))
    if wanted:
        catalog = catalog_for(source, [what for what, _ in wanted])
        if tolerated is None:
            found = find(wanted, catalog)
            idle -= {candidate.name for candidate in found}
            app.plugins.add(candidate for candidate in found if candidate.name not in without)
        else:
            tolerated |= salvage(app.plugins, wanted, trial_config(source, app.core_section()), without)
        owners = {candidate.point.distribution: candidate.name for candidate in app.plugins if candidate.point}
        app.plugins.commands = [(owners[point.distribution], point) for point in catalog.commands_of(owners)]
    source = _with_enabled(source, extensions, wanted)
    if tolerated:
        source = source.enabling([candidate.name for candidate in app.plugins], "command line", "--safe")
    app.config.load(source, sections_of(app), defaults=defaults, overrides=overrides)
    if idle and tolerated is None:
        names = [*source.listed_extensions, *(candidate.name for candidate in app.plugins)]
        for name in sorted(idle):
            hint = did_you_mean(name, names, otherwise="take the name out")
            app.logger.warning("--no-extension %s (or %s): no such extension is enabled%s", name, NO_EXTENSION, hint)


def _with_enabled(source: Source, extensions: Iterable[Any] | None, wanted: list[Wanted]) -> Source:
    """Let ``app.config["EXTENSIONS"]`` say what is enabled in the end, and who says so."""
    names = [str(_name_of(what)) for what, _ in wanted]
    if extensions is not None:
        return source.enabling(names, "code", "App(extensions=…)")
    return source.enabling(names, "command line", "--no-extension") if len(names) < len(source.extensions) else source


def enabled_names(source: Source, extensions: Iterable[Any] | None) -> list[Wanted]:
    """Return what is to be enabled, each with the place that says so, without what was switched off."""
    if extensions is None:
        wanted: list[Wanted] = [(enabled.name, EnabledAt(source, enabled)) for enabled in source.extensions]
    else:
        wanted = [(extension, "App(extensions=…)") for extension in extensions]
    without = _switched_off()
    return [(what, place) for what, place in wanted if _name_of(what) not in without]


def _switched_off() -> set[str]:
    return set(filter(None, map(str.strip, os.environ.get(NO_EXTENSION, "").split(","))))


def _name_of(what: Any) -> Any:
    return what if isinstance(what, str) else getattr(what, "name", None)


def sections_of(app: App) -> list[Section]:
    """Return the tables of the configuration that the core and the enabled extensions declare."""
    return [app.core_section(), *(section_of(candidate) for candidate in app.plugins)]


def enlist(app: App, extension: Any) -> None:
    """Add an extension by hand; see :meth:`ferrule.Extension.init_app`."""
    app.check_setup_open("init_app")
    candidate = candidate_from(extension, f"init_app at {caller()}")
    app.plugins.add([candidate])
    app.extensions[candidate.name] = candidate.extension
    app.config.add_section(section_of(candidate))
    if app.initialised:
        app.config.check_required()
        _run(app, candidate, "app_init")


def initialise(app: App) -> None:
    """Run ``app_init`` of each extension, in order, once the configuration is known to be complete.

    Raises:
        ConfigError: Settings without a default are missing; the text lists all.
        ExtensionError: An extension failed; the text names it, its distribution and its version.
    """
    _check_settings(app)
    _RUNNING.add(app)
    _run_each(app, "app_init")


def _check_settings(app: App) -> None:
    try:
        app.config.check_required()
    except ConfigError:
        if left_out() is None:
            raise
        app.config.settings(CoreSettings)  # what is wrong with these cannot be left out
        for candidate in tuple(app.plugins):
            try:
                app.config.settings(section_of(candidate).settings_class)
            except ConfigError as error:
                leave_out(app, candidate, "settings", error)


def _run_each(app: App, hook: str) -> None:
    """Call a set-up hook of each extension, in order."""
    for candidate in app.plugins.everyone:
        if candidate in app.plugins.everyone:  # and was not left out meanwhile
            try:
                _run(app, candidate, hook)
            except FerruleError as error:
                if not leave_out(app, candidate, hook, error):
                    raise


def _run(app: App, candidate: Candidate, hook: str) -> None:
    """Call a set-up hook of one extension, so that what it declares, and a failure, can be told to be its."""
    try:
        with app.claims.by(app.plugins.owner(candidate)):
            app.plugins.call_one(candidate, hook, app)
    except FerruleError as error:  # it says by itself what is wrong, but perhaps not where
        error.add_note(f"raised in {hook} by {candidate}, enabled by {candidate.enabled_by}")
        raise
    except (Exception, SystemExit) as error:
        raise ExtensionError(
            f"{candidate}, enabled by {candidate.enabled_by}: failed in {hook}: {described_error(error)};"
            f" repair it, or leave it out with --no-extension {candidate.name}"
        ) from error


def finalize(app: App) -> None:
    """Say that all is registered, and compile: from here on only requests come."""
    _run_each(app, "app_ready")
    refuse_conflicts(app)
    _check_endpoints(app)
    app.check_overrides()
    weak = cast("App", weakref.proxy(app))  # the router keeps it, and no part of an application keeps that alive
    measured = _measure(app)
    app.router.compile(lambda rule, method: measured(plan_for(weak, rule, method)))
    if app.config["PROXY_FIX"]:
        _believe_proxies(app)


def _believe_proxies(app: App) -> None:
    """Put Werkzeug's ``ProxyFix`` around the application and its middleware, which then see the client's request."""
    from werkzeug.middleware.proxy_fix import ProxyFix  # PERF: only applications behind a proxy need it

    counts: dict[str, int] = {**(app.config.settings(CoreSettings).proxy_fix or {})}  # type: ignore[dict-item]  # a total=False dict
    if any(count < 0 for count in counts.values()):
        raise ConfigError(f"{app.config.origin('PROXY_FIX')} proxy_fix: expected numbers of proxies, found {counts}")
    app.wsgi_app = ProxyFix(app.wsgi_app, **{"x_for": 0, "x_proto": 0, **counts})  # type: ignore[method-assign]  # middleware


def _measure(app: App) -> Callable[[Plan], Plan]:
    """Return what each plan is made into: in debug, one that is timed; otherwise itself."""
    if not (app.debug and app.config["SERVER_TIMING"]):
        return lambda plan: plan
    timing = ServerTiming()
    traced = app.plugins.measure or (lambda implementation: implementation)  # by `ferrule run --trace`
    app.plugins.measure = lambda implementation: timing.measure_hook(traced(implementation))
    app.plugins.add_builtin(candidate_from(timing, "debug"))
    return timing.measure_view


def _check_endpoints(app: App) -> None:
    """Refuse rules whose endpoint has no view; Flask notices at the first request to one."""
    mistakes = [
        f"the rule {rule.rule!r} has the endpoint {rule.endpoint!r}, which has no view function"
        for rule in app.url_map.iter_rules()
        if not rule.build_only and rule.redirect_to is None and rule.endpoint not in app.view_functions
    ]
    if mistakes:
        raise SetupError.listing("in the routes", mistakes)


def shut_down(app: App) -> None:
    """Run the ``app_shutdown`` hooks, dependencies last; all of them, whatever they raise.

    Then stop the event loop of the process, unless another application may use it.
    """
    _RUNNING.discard(app)
    try:
        app.hooks.app_shutdown(app)
    finally:
        if not _RUNNING:
            stop_event_loop()


@atexit.register
def _shut_down_the_rest() -> None:
    """Shut down what no server did, if Python is left to end in order; each, whatever the others raise."""
    for app in list(_RUNNING):
        try:
            shut_down(app)
        except BaseException as error:
            app.logger.critical("app_shutdown failed as Python ended", exc_info=error)
