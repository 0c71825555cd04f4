"""The promise of the namespace: what an extension adds to an application bears its name."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any, Final, TypeAlias

from ferrule import App, current_context
from ferrule.callers import described
from ferrule.extensions import Catalog, functions_of

from .imports import report_alone
from .manifest import place_of_class
from .probing import ENDPOINTS, add_routes, answers
from .subject import NotExamined, Subject

__all__ = ["bears_name", "contributions", "namespace"]

_SEPARATORS: Final = "._-/:"
_CURES: Final = {
    "attributes": "keep it in self.state(app)",
    "config keys": "declare a setting",
    "context state": "write ctx.state[self]",
}

_HOOKS: Final = {"json": "json_provider", "session_interface": "session_interface"}
"""The hooks that stand for attributes of an application."""

_FOREIGN: Final = frozenset({"ferrule", "werkzeug", "jinja2", "markupsafe", "click"}) | sys.stdlib_module_names
"""The top-level packages that belong to everybody."""

Contributions: TypeAlias = dict[str, dict[str, Any]]
"""What an application has: by kind and name, each with the function or value behind it."""


def namespace(subject: Subject) -> Iterator[str]:
    """Compare an application before and after the extension's set-up; what is new bears its name, or is declared."""
    in_process = list(_in_process(subject))
    without = subject.app(extensions=subject.required)
    without.finalize()
    prepared = subject.app()
    states: list[object] = []
    add_routes(prepared, lambda: states.extend(current_context().state))
    known = _known(contributions(without), contributions(prepared))
    configured, attributes = dict(prepared.config), dict(vars(prepared))
    without.shutdown()
    prepared.finalize()
    _ = list(answers(prepared))
    found = contributions(prepared)
    prepared.shutdown()
    known["config keys"] = {key for key, value in found["config keys"].items() if configured.get(key, ...) is value}
    found["commands"] |= dict.fromkeys(_commands(subject))
    found["context state"] = {_state_name(subject, key): key for key in states}
    own = {name: value for name, value in found["attributes"].items() if name in known["attributes"]}
    overwritten = _overwritten(subject, attributes, own)
    places = {(claim.kind, claim.name): claim.place for claim in prepared.claims.of(subject.name)}
    yield from _outside(subject, found, known, places)
    yield from _not_there(subject, found)
    yield from overwritten
    yield from _replaced(subject)
    yield from in_process


def bears_name(name: str, owner: str) -> bool:
    """Tell whether a name is an extension's, or begins with it: ``login``, ``login.form``, ``login_form``, ``login/…``.

    Args:
        name: The name of something that the extension adds.
        owner: The extension's name.
    """
    name, owner = (text.replace("-", "_").lower() for text in (name, owner))
    return name == owner or (name.startswith(owner) and name[len(owner)] in _SEPARATORS)


def contributions(app: App) -> Contributions:
    """Return what an application has that extensions may add to."""
    environment = app.jinja_env
    names: dict[str, Any] = {}
    if app.initialised:
        with app.test_request_context():
            app.update_template_context(names)
    return {
        "endpoints": dict(app.view_functions),
        "blueprints": dict(app.blueprints),
        "templates": dict(_templates(app)),
        "template filters": dict(environment.filters),
        "template tests": dict(environment.tests),
        "template globals": dict(environment.globals),
        "context names": names,
        "commands": dict(app.cli.commands),
        "url converters": dict(app.url_map.converters),
        "config keys": dict(app.config),
        "attributes": dict(vars(app)),
    }


def _templates(app: App) -> Iterator[tuple[str, Any]]:
    for blueprint in app.iter_blueprints():
        if blueprint.jinja_loader is not None:
            for name in blueprint.jinja_loader.list_templates():
                yield name, blueprint


def _known(*applications: Contributions) -> dict[str, set[str]]:
    known = {kind: {name for app in applications for name in app[kind]} for kind in applications[0]}
    known["endpoints"] |= ENDPOINTS
    known["context names"] |= known["template globals"]
    known["attributes"] |= {name for name in dir(App) if not name.startswith("__")}
    return known


def _commands(subject: Subject) -> Iterator[str]:
    """Go through the commands of the extension's distribution, but for those of another extension's name in it."""
    points = [point for point in Catalog.installed().points if point.distribution == subject.point.distribution]
    siblings = {point.name for point in points if point.group == "ferrule.extensions"} - {subject.name}
    for point in points:
        if point.group in {"ferrule.commands", "ferrule.tools"} and not _is_any(point.name, siblings):
            yield point.name


def _is_any(name: str, owners: Iterable[str]) -> bool:
    return any(bears_name(name, owner) for owner in owners)


def _state_name(subject: Subject, key: object) -> str:
    """Return how a key of ``ctx.state`` is to be told: as the extension's name if it is its own."""
    kind = key if isinstance(key, type) else type(key)
    if isinstance(key, str):
        return key
    is_own = kind.__module__.partition(".")[0] == subject.package
    of_required = any(isinstance(key, type(other)) or key is type(other) for other in _required(subject))
    return subject.name if is_own or of_required or kind in subject.kind.__mro__ else repr(key)


def _required(subject: Subject) -> Iterator[Any]:
    for name in subject.required:
        yield Subject(name=name).extension


def _outside(
    subject: Subject, found: Contributions, known: Mapping[str, set[str]], places: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    for kind, names in found.items():
        for name in sorted(names.keys() - known.get(kind, set())):
            if not (bears_name(name, subject.name) or subject.allows(kind, name)):
                where = places.get((kind.removesuffix("s"), name)) or place_of_class(subject)
                cure = _CURES.get(kind, f"call it {subject.name}.… or {subject.name}_…")
                declared = f'conformance({subject.name!r}, exports={{"{kind}": ["{name}"]}})'
                yield f"{where}: {kind}: {name!r} does not bear its name; {cure}, or declare it: {declared}"


def _not_there(subject: Subject, found: Contributions) -> Iterator[str]:
    for kind, names in subject.exports.items():
        for name in sorted(set(names) - found[kind].keys()) if kind in found else ():
            yield f"conformance({subject.name!r}, exports=…) has {name!r} in {kind}, where there is none; take it out"


def _overwritten(subject: Subject, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Go through the attributes of the application that the extension has set to something of its own."""
    by_hook = {name for name, hook in _HOOKS.items() if hook in functions_of(subject.kind)}
    for name, value in sorted(after.items()):
        is_its = value is not before.get(name) and name not in by_hook and _is_of(value, subject.package)
        if is_its and not subject.allows("attributes", name):
            declared = f'conformance({subject.name!r}, exports={{"attributes": ["{name}"]}})'
            cure = f"implement the hook {_HOOKS.get(name, 'handle_request')}, or declare it: {declared}"
            yield f"{place_of_class(subject)}: sets the attribute {name!r} of the application; {cure}"


def _replaced(subject: Subject) -> Iterator[str]:
    """Go through what the extension's code has put into the framework, what that is made of, or Python's library."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.partition(".")[0] in _FOREIGN]
    kinds = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    owners: list[Any] = [*modules, *(kind for kind in kinds if kind.__module__.partition(".")[0] in _FOREIGN)]
    for owner in owners:
        for name, value in tuple(vars(owner).items()):
            if (function := _function_in(value)) is not None and _is_of(function, subject.package):
                where = f"{getattr(owner, '__module__', '')}:{owner.__name__}".removeprefix(":")
                cure = "implement a hook, so that every application can have it or not"
                yield f"{described(function)}: stands in place of {name} in {where}, for the whole process; {cure}"


def _function_in(value: Any) -> Any:
    """Return the function that an attribute of a class or a module is, or is made of."""
    if isinstance(value, property):
        return value.fget
    return value.__func__ if isinstance(value, staticmethod | classmethod) else value


def _in_process(subject: Subject) -> Iterator[str]:
    """Tell what an application that enables it changes in its process, as another process saw it."""
    try:
        effects = report_alone(subject)["effects"]
    except NotExamined:  # which the promise `alone` tells, too
        return
    for effect in effects:
        yield f"{effect}; leave the process to who runs it, and keep files in app.instance_path"


def _is_of(value: Any, package: str) -> bool:
    """Tell whether a class, a function or an object is defined in a package, or of a class that is."""
    kind = value if isinstance(value, type | FunctionType) else type(value)
    return str(kind.__module__).partition(".")[0] == package
