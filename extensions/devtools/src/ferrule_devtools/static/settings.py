"""The rules for the settings of an extension: a frozen keyword-only dataclass of documented settings."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from .classes import ExtensionClass, decorators
from .findings import Finding
from .modules import Imported, Module, dotted, literal
from .package import Defined, Package, Target, is_ferrules

__all__ = ["settings_findings"]

_CURE = "decorate it with @dataclass(frozen=True, kw_only=True)"


def settings_findings(extension: ExtensionClass) -> Iterator[Finding]:
    """Go through what is wrong with the settings of an extension."""
    if "settings_class" not in extension.attributes:
        return
    module, node, place = extension.attributes["settings_class"]
    if literal(node) is None:
        return
    target = extension.package.resolve(module, node)
    if isinstance(target, Defined) and isinstance(target.node, ast.ClassDef):
        yield from _class_findings(extension.package, target, target.node)
    else:
        text = ast.unparse(node)
        rule, what = (
            ("unseen", "is not a part of the package") if isinstance(target, str) else ("settings", "is no class")
        )
        if not isinstance(target, str) or target.startswith("builtins."):
            rule, what = "settings", "is no class of the package"
        yield Finding(rule, place, f"settings_class = {text}: it {what}", "name a dataclass of settings")


def _class_findings(package: Package, settings: Defined, node: ast.ClassDef) -> Iterator[Finding]:
    flags = _flags(package, settings.module, node)
    if flags is None:
        yield Finding("settings", settings.place, f"{node.name}: it is not a dataclass", _CURE)
        return
    if flags.get("frozen") is not True:
        yield Finding("settings", settings.place, f"{node.name}: it is not frozen", _CURE)
    if flags.get("kw_only") is not True:
        yield Finding("settings", settings.place, f"{node.name}: its fields are not keyword-only", _CURE)
    for statement in node.body:
        for message, cure in _field_mistakes(package, settings.module, statement):
            yield Finding("settings", settings.module.place(statement), f"{node.name}.{message}", cure)


def _flags(package: Package, module: Module, node: ast.ClassDef) -> dict[str, object] | None:
    for named, call in decorators(node):
        if package.resolve(module, named) == "dataclasses.dataclass":
            return {each.arg: literal(each.value) for each in (call.keywords if call is not None else ()) if each.arg}
    return None


def _field_mistakes(package: Package, module: Module, statement: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name) and _is_setting(package.resolve(module, _called(statement.value))):
                yield f"{target.id}: a setting without a type is no field", f"write {target.id}: … = setting(…, doc=…)"
    if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
        return
    name, value = statement.target.id, statement.value
    if (dotted(_bare(statement.annotation)) or "").rpartition(".")[2] in ("ClassVar", "KW_ONLY"):
        return
    called = package.resolve(module, _called(value))
    if called == "dataclasses.field" and isinstance(value, ast.Call) and _keyword(value, "init") is False:
        return
    if not isinstance(value, ast.Call) or not _is_setting(called):
        if not isinstance(called, Defined):  # a function of the package may well return a setting
            yield f"{name}: no setting", f"write {name}: … = setting(…, doc=…)"
        return
    yield from _setting_mistakes(name, value)
    if name != name.lower() or "__" in name or name.startswith("_"):
        yield f"{name}: no name for a key", "write it in lower case, with single underscores inside"
    yield from _annotation_mistakes(name, module, statement.annotation)


def _setting_mistakes(name: str, call: ast.Call) -> Iterator[tuple[str, str]]:
    doc = _keyword(call, "doc")
    if doc is None or (isinstance(doc, str) and not doc.strip()):
        yield f"{name}: no doc", "say in a sentence what the setting does: setting(…, doc=…)"
    default = call.args[0] if call.args else next((each.value for each in call.keywords if each.arg == "default"), None)
    if isinstance(default, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)):
        yield f"{name}: its default can be changed, and all would share it", "write setting(default_factory=…, doc=…)"


def _annotation_mistakes(name: str, module: Module, annotation: ast.expr) -> Iterator[tuple[str, str]]:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not _is_inside_literal(node, annotation):
            try:
                yield from _annotation_mistakes(name, module, ast.parse(node.value, mode="eval").body)
            except SyntaxError:
                yield f"{name}: its annotations cannot be resolved: {node.value!r} is no type", "write a type"
        if not isinstance(node, ast.Name):
            continue
        binding = module.names.get(node.id)
        is_absent = binding is None and not hasattr(builtins, node.id) and not module.is_open
        if is_absent or (isinstance(binding, Imported) and binding.type_only):
            message = f"{name}: its annotations cannot be resolved: name {node.id!r} is not defined"
            yield message, "import what they name at run time"


def _is_inside_literal(node: ast.AST, annotation: ast.expr) -> bool:
    literals = [
        each
        for each in ast.walk(annotation)
        if isinstance(each, ast.Subscript) and (dotted(each.value) or "").rpartition(".")[2] in ("Literal", "Annotated")
    ]
    return any(node in ast.walk(each.slice) for each in literals)


def _bare(annotation: ast.expr) -> ast.expr:
    return annotation.value if isinstance(annotation, ast.Subscript) else annotation


def _called(node: ast.expr | None) -> ast.expr | None:
    return node.func if isinstance(node, ast.Call) else None


def _keyword(call: ast.Call, name: str) -> object:
    """Return a keyword's literal; ``None`` where it is not given, ``...`` where it is no literal."""
    return next((literal(each.value) for each in call.keywords if each.arg == name), None)


def _is_setting(target: Target) -> bool:
    return is_ferrules(target, "setting")
