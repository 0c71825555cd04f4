"""The rules for hook implementations: the core's own, which stop a start, and what only a source shows."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any, Final

from ferrule import hookimpl
from ferrule.extensions.manifest import is_at_least
from ferrule.extensions.validation import deprecations_in, mistakes_in
from ferrule.hooks import Result
from ferrule.typed.suggest import did_you_mean

from .annotations import annotation_mistakes
from .classes import ExtensionClass, Method, decorators
from .declared import seen
from .findings import Finding
from .hooks import Hook
from .modules import Function, Module
from .package import Package, is_ferrules
from .yields import is_generator, possible_yields

__all__ = ["implementation_findings", "stray_findings"]

_OPTIONS: Final = frozenset(inspect.signature(hookimpl).parameters) - {"function"}
_OF_PLUGGY: Final = frozenset({"tryfirst", "trylast", "hookwrapper"})
"""Options of pluggy's that the core has a word to say about."""

_NO_METHODS: Final = frozenset({"staticmethod", "classmethod", "property", "cached_property"})


def implementation_findings(extension: ExtensionClass, hooks: Mapping[str, Hook]) -> Iterator[Finding]:
    """Go through what is wrong with the methods of an extension.

    Args:
        extension: Its class.
        hooks: All hooks that it can mean.
    """
    for name, method in extension.methods.items():
        kind = next((k for k in map(_last, method.node.decorator_list) if k in _NO_METHODS), None)
        if kind is not None and method.options is not None:
            cure = "write it as a method with `self`"
            yield Finding("hook_kind", method.place, f"{name}: is a {kind}, which is no hook implementation", cure)
        if kind is None:
            yield from _method_findings(extension, name, method, hooks)


def _method_findings(
    extension: ExtensionClass, name: str, method: Method, hooks: Mapping[str, Hook]
) -> Iterator[Finding]:
    options = method.options
    unknown = set(options or ()) - _OPTIONS - _OF_PLUGGY
    for option in sorted(unknown):
        hint = did_you_mean(option, _OPTIONS, otherwise=f"there are {', '.join(sorted(_OPTIONS))}")
        yield Finding("hook_option", method.place, f"{name}: @hookimpl has no option {option!r}{hint}")
    if options is not None and options.get("specname") is ...:
        yield Finding("unseen", method.place, f"{name}: which hook it implements cannot be seen; write its name")
        return
    specifications = {each: hook.specification for each, hook in hooks.items()}
    for rule, text in mistakes_in(seen(extension), name, _stub(method.node, options), options, specifications):
        message, _, cure = text.partition("; ")
        yield Finding(rule, method.place, f"{name}: {message}", cure)
    hook = hooks.get(method.hook)
    if options is not None and hook is not None:
        yield from _yield_findings(name, method)
        yield from _fit_findings(name, method, hook)
        yield from _age_findings(extension, name, method, hook)


def _yield_findings(name: str, method: Method) -> Iterator[Finding]:
    options = method.options or {}
    if not options.get("wrapper") or not is_generator(method.node):
        return
    counts = possible_yields(method.node)
    if 0 in counts:
        cure = "yield before every return: the others run there"
        yield Finding("hook_yields", method.place, f"{name}: a wrapper that can end without a yield", cure)
    if max(counts, default=0) > 1:
        cure = "a wrapper yields exactly once"
        yield Finding("hook_yields", method.place, f"{name}: a wrapper that can yield more than once", cure)


def _fit_findings(name: str, method: Method, hook: Hook) -> Iterator[Finding]:
    is_wrapper = bool((method.options or {}).get("wrapper")) or hook.specification.result is Result.WRAPPED
    for mistake in annotation_mistakes(method, hook, is_wrapper=is_wrapper):
        yield Finding(
            "hook_annotation", method.place, f"{name}: {mistake}", "annotate it as the reference of hooks does"
        )


def _age_findings(extension: ExtensionClass, name: str, method: Method, hook: Hook) -> Iterator[Finding]:
    api, since = extension.value("api_version"), hook.specification.since
    if isinstance(api, str) and api and not hook.specification.opener and not is_at_least(api, since):
        message = f"{name}: the hook is there since {since}, and api_version says {api!r}"
        yield Finding("newer_hook", method.place, message, f'write api_version = "{since}"')
    for what, why in deprecations_in(_stub(method.node, method.options), hook.specification, gone=False):
        message = f"{name}: {what} is deprecated since {why.since} and goes in {why.removed}"
        yield Finding("deprecated_hook", method.place, message, why.instead)


def stray_findings(package: Package, extensions: Mapping[ast.stmt, ExtensionClass]) -> Iterator[Finding]:
    """Go through what is marked as an implementation of a hook and belongs to no extension: nobody calls it."""
    taken = {id(method.node) for each in extensions.values() for method in each.methods.values()}
    overridden = {id(defined.node) for each in extensions.values() for defined in each.lineage}
    for module in package.modules.values():
        for node, owner in _functions(module.tree, None):
            if id(node) not in taken and id(owner) not in overridden and _is_marked(package, module, node):
                cure = "make it a method of a class that derives from Extension"
                message = f"{node.name}: is marked with @hookimpl and belongs to no extension; nobody calls it"
                yield Finding("stray_hook", module.place(node), message, cure)
        yield from _unseen_findings(package, module)


def _unseen_findings(package: Package, module: Module) -> Iterator[Finding]:
    """Go through the calls of ``hookimpl`` that decorate nothing: what they mark is a value that only runs."""
    nodes = list(ast.walk(module.tree))
    decorating = {id(call) for node in nodes for _, call in decorators(node)}
    for node in nodes:
        is_marking = isinstance(node, ast.Call) and is_ferrules(package.resolve(module, node.func), "hookimpl")
        if is_marking and id(node) not in decorating:
            message = "hookimpl is called here and decorates no method, so that what it marks cannot be seen"
            yield Finding("unseen", module.place(node), message, "write a method with @hookimpl above it")


def _functions(node: ast.AST, owner: ast.AST | None) -> Iterator[tuple[Function, ast.AST | None]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child, owner
        yield from _functions(child, child if isinstance(child, ast.ClassDef) else owner)


def _is_marked(package: Package, module: Module, node: Function) -> bool:
    return any(is_ferrules(package.resolve(module, named), "hookimpl") for named, _ in decorators(node))


def _stub(node: Function, options: Mapping[str, Any] | None) -> FunctionType:
    """Make a function of the same signature and kind that does nothing: the core's rules look at functions.

    Nothing of the author's runs: neither body nor decorators, defaults or annotations are taken over.
    """
    empty = copy.copy(node)
    empty.args = copy.deepcopy(node.args)
    for argument in ast.walk(empty.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    nothing = ast.copy_location(ast.Constant(None), node)
    empty.args.defaults = [nothing for _ in node.args.defaults]
    empty.args.kw_defaults = [default and nothing for default in node.args.kw_defaults]
    empty.decorator_list, empty.returns = [], None
    body = ast.Expr(ast.Yield()) if is_generator(node) else ast.Pass()
    empty.body = [ast.fix_missing_locations(ast.copy_location(body, node))]
    if hasattr(empty, "type_params"):
        empty.type_params = []
    compiled = compile(ast.Module([empty], []), "<signature>", "exec")
    code = next(each for each in compiled.co_consts if isinstance(each, CodeType))
    function = FunctionType(code, {}, node.name, (None,) * len(node.args.defaults))
    with_defaults = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    function.__kwdefaults__ = {argument.arg: None for argument, default in with_defaults if default is not None}
    limits = {"methods", "except_methods"} & set(options or ())
    return hookimpl(methods=())(function) if limits else function


def _last(decorator: ast.expr) -> str:
    return getattr(decorator, "attr", getattr(decorator, "id", ""))
