"""The hooks that a package can implement: the core's, those it opens, and those of installed extensions."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any, NamedTuple

from ferrule import hookspecs
from ferrule.extensions import Catalog
from ferrule.extensions.specifications import Specification, specifications_in
from ferrule.hooks import Deprecation, Direction, Result

from .classes import ExtensionClass, decorators, extension_classes
from .modules import Function, Module, literal
from .package import Defined, Package, is_ferrules
from .sources import package_of

__all__ = ["Hook", "core_hooks", "hooks_for", "opened_hooks", "prefix_of"]


class Hook(NamedTuple):
    """A hook with what the check wants to know of it.

    Attributes:
        specification: What the framework knows of it.
        annotations: The annotations of its arguments, and of ``return``, as they are written.
    """

    specification: Specification
    annotations: Mapping[str, str]


def core_hooks() -> dict[str, Hook]:
    """Return the hooks of the core."""
    found: dict[str, Hook] = {}
    for specification in specifications_in(hookspecs):
        signature = inspect.signature(getattr(hookspecs, specification.name))
        annotations = {name: str(each.annotation) for name, each in signature.parameters.items()}
        annotations["return"] = str(signature.return_annotation)
        found[specification.name] = Hook(specification, annotations)
    return found


def hooks_for(package: Package, classes: Iterable[ExtensionClass]) -> dict[str, Hook]:
    """Return all hooks that the extensions of a package can mean, by name.

    Of installed extensions only those are read whose names the implementations begin with; nothing is imported.

    Args:
        package: The package.
        classes: Its extension classes.
    """
    classes = list(classes)
    hooks = core_hooks()
    for each in classes:
        hooks |= {hook.specification.name: hook for hook, _ in opened_hooks(each)}
    wanted = {method.hook for each in classes for method in each.methods.values() if method.options is not None}
    wanted -= set(hooks)
    for name, points in Catalog.installed().extensions().items():
        if any(hook.startswith(prefix_of(name)) for hook in wanted):
            hooks |= _installed(name, points[0].distribution)
    return hooks


def prefix_of(extension: str) -> str:
    """Return what the names of the hooks begin with that an extension opens."""
    return extension.replace("-", "_") + "_"


def opened_hooks(extension: ExtensionClass, version: str = "") -> Iterator[tuple[Hook, Defined]]:
    """Go through the hooks that an extension opens to others, each with its definition.

    Args:
        extension: Its class.
        version: The version of the extension, if it is known.
    """
    if "hookspecs" not in extension.attributes:
        return
    module, node, _ = extension.attributes["hookspecs"]
    target = extension.package.resolve(module, node)
    if isinstance(target, Defined) and isinstance(target.node, ast.ClassDef):
        for statement in target.node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                hook = _read(extension.package, target.module, statement, extension.name or "", version)
                if hook is not None:
                    yield hook, Defined(target.module, statement)


def _installed(name: str, source: str) -> dict[str, Hook]:
    try:
        installed = distribution(source)
    except PackageNotFoundError:
        return {}
    classes = [each for each in extension_classes(package_of(installed)).values() if each.name == name]
    opened = (hook for each in classes for hook, _ in opened_hooks(each, installed.version))
    return {hook.specification.name: hook for hook in opened}


def _read(package: Package, module: Module, node: Function, opener: str, version: str) -> Hook | None:
    calls = [call for named, call in decorators(node) if is_ferrules(package.resolve(module, named), "hookspec")]
    if not calls:
        return None
    keywords = {keyword.arg: keyword.value for keyword in calls[0].keywords} if calls[0] is not None else {}
    arguments = [argument for argument in (*node.args.posonlyargs, *node.args.args) if argument.arg != "self"]
    annotations = {argument.arg: ast.unparse(argument.annotation) for argument in arguments if argument.annotation}
    annotations["return"] = ast.unparse(node.returns) if node.returns is not None else "Any"
    specification = Specification(
        name=node.name,
        arguments=tuple(argument.arg for argument in arguments),
        doc=ast.get_docstring(node) or "",
        direction=_member(keywords.get("direction"), Direction, Direction.FORWARD),
        result=_member(keywords.get("result"), Result, Result.NOTHING),
        since=_text(keywords.get("since")) or "0.1",
        names=_text(keywords.get("names")),
        deprecated=_deprecation(keywords.get("deprecated")),
        deprecated_arguments=_deprecations(keywords.get("deprecated_arguments")),
        place=str(module.place(node)),
        version=version,
        opener=opener,
    )
    return Hook(specification, annotations)


def _text(node: ast.expr | None) -> str:
    value = literal(node)
    return value if isinstance(value, str) else ""


def _deprecation(node: ast.expr | None) -> Deprecation | None:
    """Return what is said of a deprecation: a call with texts, by position or by keyword."""
    if not isinstance(node, ast.Call):
        return None
    said = dict(zip(Deprecation._fields, map(_text, node.args), strict=False))
    said |= {keyword.arg: _text(keyword.value) for keyword in node.keywords if keyword.arg}
    return Deprecation(*(said.get(name, "") for name in Deprecation._fields))


def _deprecations(node: ast.expr | None) -> dict[str, Deprecation]:
    if not isinstance(node, ast.Dict):
        return {}
    pairs = ((_text(key), _deprecation(value)) for key, value in zip(node.keys, node.values, strict=True))
    return {name: deprecation for name, deprecation in pairs if name and deprecation is not None}


def _member(node: ast.expr | None, kind: Any, otherwise: Any) -> Any:
    return kind.__members__.get(getattr(node, "attr", ""), otherwise)
