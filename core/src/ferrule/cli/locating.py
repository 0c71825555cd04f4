"""Where a command finds its application: ``--app``, the configuration file, or a module of a customary name."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import click

from ..app import App
from ..config import Source
from ..typed.suggest import nearest

__all__ = ["load_app", "locate"]

_CUSTOMARY_MODULES: Final = ("app", "wsgi")
_CUSTOMARY_NAMES: Final = ("app", "application", "create_app", "make_app")
_SEPARATOR: Final = re.compile(r":(?![\\/])")
_SLASH: Final = re.compile(r"[\\/]")


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
    where = "there is no configuration file here or above"
    if source.path is not None:
        near = nearest("application", source.strata[0].table, likeness=0.8)
        where = f"{source.path} has no `application`" + (f", but {near!r}, which may be meant" if near else "")
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
    place, name = (*_SEPARATOR.split(reference, maxsplit=1), "")[:2]
    folder, module_name = _folder_and_module(place, Path.cwd() if source.path is None else source.path.parent)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    module = _imported(module_name, reference)
    found = _by_name(module, name) if name else _customary(module)
    return _as_app(found, reference)


def _folder_and_module(place: str, folder: Path) -> tuple[Path, str]:
    """Return the name of a module and the folder that it is imported from; a path leads out of the packages around."""
    if not place.endswith(".py") and not _SLASH.search(place):
        return folder, place
    path = Path(place).resolve()
    path = path.parent if path.name == "__init__.py" else path.with_suffix("") if path.suffix == ".py" else path
    names = [path.name]
    while ((path := path.parent) / "__init__.py").exists():
        names.insert(0, path.name)
    return path, ".".join(names)


def _imported(module_name: str, reference: str) -> ModuleType:
    unknown = click.UsageError(
        f"{reference!r}: there is no module {module_name!r} on the path of imports, {os.getcwd()} included"
    )
    if not module_name.replace(".", "_").isidentifier() or module_name.startswith("."):
        raise unknown
    try:
        return import_module(module_name)
    except ModuleNotFoundError as error:
        if f"{module_name}.".startswith(f"{error.name}."):
            raise unknown from None
        raise


def _by_name(module: ModuleType, expression: str) -> Any:
    name, bracket, arguments = expression.strip().partition("(")
    try:
        found = attrgetter(name.strip())(module)
    except AttributeError:
        near = ", ".join(_candidates(module)) or "none"
        raise click.UsageError(
            f"{module.__name__!r} ({getattr(module, '__file__', 'built in')}) has no {expression!r}; applications and"
            f" factories there: {near}"
        ) from None
    return _called(found, bracket + arguments) if bracket else found


def _called(factory: Any, arguments: str) -> Any:
    import ast  # PERF: only factories with arguments need it

    try:
        call: Any = ast.parse(f"f{arguments}", mode="eval").body
        values = [ast.literal_eval(value) for value in call.args]
        keywords = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    except (SyntaxError, AttributeError, ValueError):  # an expression that is no call has no arguments
        cure = "they are literals between commas, such as 'text', 1 or name=None"
        raise click.UsageError(f"{arguments}: these are no arguments of a factory; {cure}") from None
    return _call(factory, *values, **keywords)


def _call(factory: Any, *values: Any, **keywords: Any) -> Any:
    try:
        inspect.signature(factory).bind(*values, **keywords)
    except TypeError as error:
        name = getattr(factory, "__qualname__", repr(factory))
        raise click.UsageError(
            f"{name} cannot be called like that: {error}; give its arguments: --app 'module:{name}(…)'"
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
        found = _call(found)
    if not isinstance(found, App):
        raise click.UsageError(
            f"{reference!r} is a {type(found).__name__}, neither an App nor a function that returns one"
        )
    return found
