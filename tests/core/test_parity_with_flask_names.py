"""Every public name of Flask is in Ferrule, or has a row that says why not and what to do instead."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import flask
from werkzeug.local import LocalProxy

import ferrule
from ferrule.testing import FerruleClient

PAGE: Final = Path(__file__).parents[2] / "docs/explanation/differences-from-flask.md"

MODULES: Final[dict[str, str]] = {
    "flask": "ferrule",
    "flask.blueprints": "ferrule.blueprints",
    "flask.cli": "ferrule.cli.main ferrule.cli",
    "flask.config": "ferrule",
    "flask.ctx": "ferrule.context",
    "flask.debughelpers": "ferrule",
    "flask.globals": "ferrule.context",
    "flask.helpers": "ferrule",
    "flask.json": "ferrule.json",
    "flask.json.provider": "ferrule.json",
    "flask.json.tag": "ferrule.json",
    "flask.logging": "ferrule.logs",
    "flask.sessions": "ferrule.sessions",
    "flask.templating": "ferrule.templating",
    "flask.testing": "ferrule.testing",
    "flask.typing": "ferrule.responses",
    "flask.views": "ferrule.views",
    "flask.wrappers": "ferrule",
}
"""Where the names of each module of Flask are found; at the top, too."""

RENAMED: Final = {
    "AppContext": "Context",
    "DefaultJSONProvider": "MsgspecProvider",
    "Flask": "App",
    "FlaskCliRunner": "FerruleCliRunner",
    "FlaskClient": "FerruleClient",
    "FlaskGroup": "FerruleGroup",
    "RequestContext": "Context",
}

ABSENT: Final = object()


def names_of(module: Any) -> list[str]:
    """The public names that a module of Flask makes itself; of the package, all that it re-exports."""
    public = [name for name in vars(module) if not name.startswith("_") and name not in ("annotations", "F", "T", "t")]
    if module is flask:
        return [name for name in public if not inspect.ismodule(getattr(flask, name))]
    return [name for name in public if getattr(vars(module)[name], "__module__", None) == module.__name__]


def members_of(kind: type) -> set[str]:
    """What Flask declares in a class, its bases of Flask included, and sets when an object is made."""
    own = [base for base in kind.__mro__ if base.__module__.startswith("flask")]
    declared = {name for base in own for name in (*vars(base), *vars(base).get("__annotations__", ()))}
    made: object = kind("parity") if kind is flask.Flask else kind("b", "p") if kind is flask.Blueprint else object
    return {name for name in declared | set(vars(made)) if not name.startswith("_")}


def names_of_flask() -> Iterator[str]:
    """``module.name`` for each name, and ``Class.member`` for each class that Ferrule has, as the page writes them."""
    for module_name, ours in MODULES.items():
        module = importlib.import_module(module_name)
        for name in names_of(module):
            yield f"{module_name}.{name}"
            kind = getattr(module, name)
            if inspect.isclass(kind) and found_in(ours, name) is not ABSENT:
                yield from (f"{name}.{member}" for member in members_of(kind))


def found_in(modules: str, name: str) -> Any:
    """What Ferrule has in place of a name, there or at the top."""
    for place in (*modules.split(), "ferrule"):
        with contextlib.suppress(ImportError, AttributeError):
            return getattr(importlib.import_module(place), RENAMED.get(name, name))
    return ABSENT


def is_here(name: str) -> bool:
    owner, _, last = name.rpartition(".")
    if owner in MODULES:
        return found_in(MODULES[owner], last) is not ABSENT
    found = (found_in(module, owner) for module in dict.fromkeys(MODULES.values()))
    return hasattr(made_of(next(kind for kind in found if kind is not ABSENT)), last)


def made_of(kind: Any) -> Any:
    """An object of a class whose attributes are set when one is made; else the class."""
    if kind in (ferrule.App, FerruleClient):
        app = ferrule.App("parity", config_file=None)
        return app if kind is ferrule.App else app.test_client()
    return kind("b", "parity") if kind is ferrule.Blueprint else kind


def listed() -> dict[str, str]:
    """The rows of the page's table of names: each name, and what to do instead."""
    section = PAGE.read_text(encoding="utf-8").partition("## Names that Ferrule does not have")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \| (.+) \|$", section, re.MULTILINE)
    return {name: cure for names, cure in rows for name in re.findall(r"`([^`]+)`", names)}


def test_each_name_of_flask_is_here_or_has_a_row() -> None:
    assert sorted({name for name in names_of_flask() if not is_here(name)} - set(listed())) == []


def test_each_row_is_about_a_name_of_flask_that_is_not_here() -> None:
    names = set(names_of_flask())
    assert len(names) > 300
    assert [name for name in listed() if name not in names or is_here(name)] == []


MADE_OTHERWISE: Final = {
    "flask.cli.ScriptInfo": "the commands make it, of what finds the application",
    "flask.cli.with_appcontext": "a decorator, which nobody calls by keyword",
    "flask.ctx.RequestContext": "app.request_context(environ) makes it",
    "flask.testing.EnvironBuilder": "Werkzeug's own; app.test_request_context knows the application",
    "FlaskGroup.get_command": "click's own parameter",
}


def functions() -> Iterator[tuple[str, Any, Any]]:
    """Each function, class and method of Flask beside Ferrule's."""
    for module_name, places in MODULES.items():
        module = importlib.import_module(module_name)
        for name in names_of(module):
            theirs, ours = vars(module)[name], found_in(places, name)
            if ours is ABSENT or type(theirs) is LocalProxy:
                continue
            yield f"{module_name}.{name}", theirs, ours
            if isinstance(theirs, type):
                members = [member for member in members_of(theirs) if hasattr(theirs, member) and hasattr(ours, member)]
                yield from ((f"{name}.{member}", getattr(theirs, member), getattr(ours, member)) for member in members)


def parameters_of(function: Any) -> list[inspect.Parameter]:
    if inspect.isclass(function):
        function = function.__init__
    if not inspect.isfunction(function):
        return []
    return [parameter for name, parameter in inspect.signature(function).parameters.items() if name != "self"]


def test_functions_and_methods_take_flasks_parameters_in_its_order() -> None:
    different, compared = {}, 0
    for name, theirs, ours in functions():
        wanted = [p.name for p in parameters_of(theirs) if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        taken = parameters_of(ours)
        if wanted and taken:
            compared += 1
            if [p.name for p in taken][: len(wanted)] != wanted and all(p.kind is not p.VAR_KEYWORD for p in taken):
                different[name] = (wanted, [p.name for p in taken])
    assert different.keys() <= MADE_OTHERWISE.keys(), different
    assert compared > 120
