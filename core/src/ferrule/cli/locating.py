"""Where a command finds its application: ``--app``, the configuration file, or a module of a customary name."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import click

from ..app import App
from ..config import Source

__all__ = ["load_app", "locate"]

_CUSTOMARY_MODULES: Final = ("app", "wsgi")
_CUSTOMARY_NAMES: Final = ("app", "application", "create_app", "make_app")
_CALL: Final = re.compile(r"(?P<name>[\w.]+)(?:\((?P<arguments>.*)\))?\Z", re.DOTALL)


def locate(given: str | None, source: Source) -> str:
    """Return ``module:name`` of the application.

    Args:
        given: What ``--app`` or ``FERRULE_APP`` says.
        source: The configuration, whose ``application`` is next.

    Raises:
        click.UsageError: Nothing says which it is.
    """
    found = given or source.application
    if found is not None:
        return found
    folder = Path.cwd() if source.path is None else source.path.parent
    for module in _CUSTOMARY_MODULES:
        if (folder / f"{module}.py").exists() or (folder / module / "__init__.py").exists():
            return module
    where = (
        "there is no configuration file here or above" if source.path is None else f"{source.path} has no `application`"
    )
    raise click.UsageError(
        f'which application? {where}, and {folder} has no app.py or wsgi.py. Write `application = "module:name"` into'
        " ferrule.toml, or give --app module:name"
    )


def load_app(reference: str, source: Source) -> App:
    """Import an application, or call the factory that makes it.

    Args:
        reference: ``module``, ``module:name`` or ``module:factory(arguments)``; a path to a file stands for a module.
        source: Its folder is put on the path of imports.

    Raises:
        click.UsageError: There is no such module, name, or application.
    """
    module_name, _, name = reference.partition(":")
    folder = Path.cwd() if source.path is None else source.path.parent
    if module_name.endswith(".py"):
        folder, module_name = Path(module_name).resolve().parent, Path(module_name).stem
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    module = _imported(module_name, reference)
    found = _by_name(module, name) if name else _customary(module)
    return _as_app(found, reference)


def _imported(module_name: str, reference: str) -> ModuleType:
    try:
        exists = find_spec(module_name) is not None
    except (ImportError, ValueError):
        exists = False
    if not exists and module_name not in sys.modules:
        raise click.UsageError(
            f"{reference!r}: there is no module {module_name!r} on the path of imports, {os.getcwd()} included"
        )
    return import_module(module_name)


def _by_name(module: ModuleType, expression: str) -> Any:
    match = _CALL.match(expression.strip())
    found: Any = module
    try:
        for part in match["name"].split(".") if match else [expression]:
            found = getattr(found, part)
    except AttributeError:
        near = ", ".join(_candidates(module)) or "none"
        raise click.UsageError(
            f"{module.__name__!r} ({getattr(module, '__file__', 'built in')}) has no {expression!r}; applications and"
            f" factories there: {near}"
        ) from None
    return _called(found, match["arguments"]) if match and match["arguments"] is not None else found


def _called(factory: Any, arguments: str) -> Any:
    import ast  # PERF: only factories with arguments need it

    try:
        call = ast.parse(f"f({arguments})", mode="eval").body
    except SyntaxError:
        call = None
    if not isinstance(call, ast.Call):
        raise click.UsageError(f"({arguments}): these are no arguments of a call")
    try:
        values = [ast.literal_eval(value) for value in call.args]
        keywords = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    except ValueError:
        raise click.UsageError(
            f"({arguments}): arguments of a factory are literals, such as 'text', 1 or None"
        ) from None
    return factory(*values, **keywords)


def _customary(module: ModuleType) -> Any:
    for name in _CUSTOMARY_NAMES:
        if hasattr(module, name):
            return getattr(module, name)
    apps = [value for value in vars(module).values() if isinstance(value, App)]
    if len(apps) == 1:
        return apps[0]
    found = "no application" if not apps else f"{len(apps)} applications"
    raise click.UsageError(f"{module.__name__!r} has {found}; name one: --app {module.__name__}:name")


def _candidates(module: ModuleType) -> Iterator[str]:
    for name, value in vars(module).items():
        if isinstance(value, App) or (callable(value) and name in _CUSTOMARY_NAMES):
            yield name


def _as_app(found: Any, reference: str) -> App:
    if not isinstance(found, App) and callable(found):
        found = found()
    if not isinstance(found, App):
        raise click.UsageError(
            f"{reference!r} is a {type(found).__name__}, neither an App nor a function that returns one"
        )
    return found
