"""The rules for entry points: each leads to an extension, or to a command."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from ferrule.cli.main import cli
from ferrule.typed.suggest import did_you_mean

from .classes import ExtensionClass, decorators
from .findings import Finding
from .manifest import Manifest, Point
from .modules import Module
from .package import Defined, Package, Target

__all__ = ["entry_point_findings"]

_COMMAND_MAKERS: Final = frozenset({"command", "group"})
_COMMAND_CLASSES: Final = frozenset({"Command", "Group", "AppGroup", "FerruleGroup", "CommandCollection", "TyperGroup"})


def entry_point_findings(
    package: Package, manifest: Manifest, extensions: Mapping[ast.stmt, ExtensionClass]
) -> Iterator[Finding]:
    """Go through what is wrong with the entry points of a project.

    Args:
        package: Its sources.
        manifest: What it says of itself.
        extensions: The extension classes of the package.
    """
    if not any(point.group == "ferrule.extensions" for point in manifest.points):
        cure = 'declare it: [project.entry-points."ferrule.extensions"], greeting = "ferrule_greeting:Greeting"'
        yield Finding("no_extension", manifest.place(), "no entry point in the group ferrule.extensions", cure)
    for point in manifest.points:
        target, mistake = _followed(package, point)
        if mistake is not None:
            yield mistake
        elif point.group == "ferrule.extensions":
            yield from _extension_findings(package, point, target, extensions)
        else:
            yield from _command_findings(package, point, target)


def _followed(package: Package, point: Point) -> tuple[Target, Finding | None]:
    """Return what an entry point leads to, or what is wrong with it."""
    label = f"entry point {point.name} = {point.value!r}"
    name, attribute = point.target
    module = package.modules.get(name)
    if module is None:
        hint = did_you_mean(
            name, package.modules, otherwise="correct the module, or put it where the build takes it from"
        )
        message, _, cure = f"{label}: there is no module {name!r}{hint}".partition("; ")
        return None, Finding("entry_point", point.place, message, cure)
    if not attribute:
        cure = f'name what it leads to: {point.name} = "{name}:…"'
        return None, Finding("entry_point", point.place, f"{label}: it leads to a module", cure)
    target = package.resolve(module, attribute)
    if target is None:
        if module.is_open:
            message = f"{label}: what {attribute!r} is cannot be seen"
            return None, Finding("unseen", point.place, message, "name it in the module, without a star")
        hint = did_you_mean(attribute, module.names, otherwise="define or import it there")
        message, _, cure = f"{label}: {module.file} has no {attribute!r}{hint}".partition("; ")
        return None, Finding("entry_point", point.place, message, cure)
    return target, None


def _extension_findings(
    package: Package, point: Point, target: Target, extensions: Mapping[ast.stmt, ExtensionClass]
) -> Iterator[Finding]:
    label = f"entry point {point.name} = {point.value!r}"
    extension = _extension(package, target, extensions)
    if isinstance(target, str):
        yield Finding("unseen", point.place, f"{label}: it leads to {target}, which is not in the package")
    elif extension is None:
        where = f" ({target.place})" if isinstance(target, Defined) else ""
        cure = "derive the class from ferrule.Extension"
        message = f"{label}{where} is neither a subclass nor an instance of ferrule.Extension"
        yield Finding("not_an_extension", point.place, message, cure)
    elif extension.value("name") in (None, ""):
        yield Finding(
            "extension_name", extension.place, f"{extension.label} has no name", f'write name = "{point.name}"'
        )
    elif extension.name is not None and extension.name != point.name:
        message = f"its entry point is called {point.name!r} ({point.place}), its class {extension.name!r}"
        yield Finding("extension_name", extension.place_of("name"), message, "give both one name")


def _extension(
    package: Package, target: Target, extensions: Mapping[ast.stmt, ExtensionClass]
) -> ExtensionClass | None:
    """Return the class that an entry point means: itself, or that of the instance."""
    if not isinstance(target, Defined):
        return None
    value = getattr(target.node, "value", None)
    if isinstance(value, ast.Call):
        target = package.resolve(target.module, value.func)
    elif value is not None:
        target = package.resolve(target.module, value)
    return extensions.get(target.node) if isinstance(target, Defined) else None


def _command_findings(package: Package, point: Point, target: Target) -> Iterator[Finding]:
    if point.group == "ferrule.commands" and point.name in cli.commands:
        message = f"the command {point.name!r} is one of the framework's, which comes first"
        yield Finding("hidden_command", point.place, message, "give it another name")
    label = f"entry point {point.name} = {point.value!r}"
    if isinstance(target, Module) or (isinstance(target, Defined) and not _is_command(package, target)):
        where = f" ({target.place})" if isinstance(target, Defined) else ""
        cure = "decorate the function with @click.command() or @click.group()"
        yield Finding("command", point.place, f"{label}{where} is no click command", cure)


def _is_command(package: Package, target: Defined) -> bool:
    node = target.node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return any(_last(named) in _COMMAND_MAKERS for named, _ in decorators(node))
    value = getattr(node, "value", None)
    if isinstance(value, ast.Call):
        called = package.resolve(target.module, value.func)
        return not isinstance(called, str) or _last(value.func) in _COMMAND_CLASSES | _COMMAND_MAKERS
    return isinstance(value, (ast.Name, ast.Attribute))  # what it stands for is not followed


def _last(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))
