"""The rules for what an extension's class says of itself, and for the hooks that it opens."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Final

from ferrule import Extension
from ferrule.extensions.manifest import manifest_mistakes
from ferrule.hooks import API_VERSION
from ferrule.typed.suggest import nearest

from .classes import ExtensionClass
from .findings import Finding
from .hooks import opened_hooks, prefix_of
from .modules import literal, own_nodes

__all__ = ["class_findings", "seen"]

_SAFETY: Final = ("thread_safe", "fork_safe", "async_safe")
_NEIGHBOURS: Final = ("requires", "after", "before", "conflicts")


def class_findings(extension: ExtensionClass, known: Iterable[str]) -> Iterator[Finding]:
    """Go through what is wrong with what an extension says of itself.

    Args:
        extension: Its class.
        known: The names of all extensions that are installed, or in the package.
    """
    for base in extension.unseen:
        message = (
            f"{extension.label}: it derives from {base}, which is not in the package; what it inherits is not seen"
        )
        yield Finding("unseen", extension.place, message)
    if extension.name is None:
        seen_name = extension.value("name")
        what = "cannot be seen" if seen_name is ... else f"is {seen_name!r}"
        cure = 'write it as a text: name = "…"'
        yield Finding("unseen", extension.place_of("name"), f"{extension.label}: its name {what}", cure)
    yield from _word_findings(extension)
    for mistake in manifest_mistakes(seen(extension)):
        message, _, cure = mistake.partition("; ")
        attribute = message.partition(" = ")[0] if " = " in message else "api_version"
        yield Finding("manifest", extension.place_of(attribute), message, cure)
    for attribute in _NEIGHBOURS:
        value = extension.value(attribute)
        if isinstance(value, (tuple, list, set)):
            yield from _neighbour_findings(extension, attribute, map(str, value), list(known))
    yield from _context_findings(extension)
    for hook, defined in opened_hooks(extension):
        prefix = prefix_of(extension.name or "")
        if extension.name and not hook.specification.name.startswith(prefix):
            message = f"opens the hook {hook.specification.name!r}"
            yield Finding("opened_hook", defined.place, message, f"the name must begin with {prefix!r}")


def seen(extension: ExtensionClass) -> SimpleNamespace:
    """Return the attributes of an extension's class as far as they are seen, for the rules of the core."""
    said = {name: extension.value(name) for name in extension.attributes}
    inherited = {name: value for name, value in vars(Extension).items() if not name.startswith("_")}
    own = {name: value for name, value in said.items() if value is not ...}
    return SimpleNamespace(**{**inherited, **own, "name": extension.name or "unseen"})


def _word_findings(extension: ExtensionClass) -> Iterator[Finding]:
    if not extension.value("description"):
        cure = "write one line for `ferrule extensions`"
        yield Finding("no_description", extension.place, f"{extension.label}: no description", cure)
    if isinstance(about := extension.value("description"), str) and "\n" in about.strip():
        cure = "write one line; more belongs into the documentation"
        yield Finding(
            "no_description",
            extension.place_of("description"),
            f"{extension.label}: its description has several lines",
            cure,
        )
    if not extension.value("api_version"):
        cure = f'say for which Ferrule it is written: api_version = "{API_VERSION}"'
        yield Finding("no_api_version", extension.place, f"{extension.label}: no api_version", cure)
    silent = [flag for flag in _SAFETY if flag not in extension.attributes]
    if silent:
        message = f"{extension.label}: nothing is said of {', '.join(silent)}, which are true unless said"
        yield Finding("safety", extension.place, message, "say each: whoever reads it knows that you thought of it")


def _neighbour_findings(
    extension: ExtensionClass, attribute: str, names: Iterable[str], known: list[str]
) -> Iterator[Finding]:
    for name in names:
        if name in known:
            continue
        near = nearest(name, known)
        hint = f"did you mean {near!r}?" if near else "install it here to have it checked"
        message = f"{attribute}: no extension {name!r} is installed"
        rule = "unknown_extension" if near else "unseen"
        yield Finding(rule, extension.place_of(attribute), message, hint)


def _context_findings(extension: ExtensionClass) -> Iterator[Finding]:
    method = next(
        (each for each in extension.methods.values() if each.options is not None and each.hook == "template_context"),
        None,
    )
    declared = extension.value("context_names")
    if method is None or not declared or not isinstance(declared, (tuple, list, set)):
        return
    for node in own_nodes(method.node):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
            given = [literal(key) for key in node.value.keys if key is not None]
            for name in [name for name in given if isinstance(name, str) and name not in declared]:
                message = f"template_context gives {name!r}, which is not in context_names"
                yield Finding("context_names", method.module.place(node), message, "add it there")
