"""The schema of the whole file: the core's keys, a table for each extension, the application's own, environments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from ferrule.config import CORE, Declaration, Section, declarations

from .kinds import Kinds, Schema

__all__ = ["schema_of_file"]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def schema_of_file(
    sections: Iterable[Section], *, extensions: Sequence[str] = (), others: Iterable[str] = ()
) -> Schema:
    """Return the JSON Schema of a configuration file.

    No key is required: what one table leaves out, an environment's table or a variable may say.

    Args:
        sections: The tables of extensions.
        extensions: The names that the list of extensions may have, beside ``module:attribute``; all, if there are none.
        others: Names of tables of which nothing is known.
    """
    kinds = Kinds()
    sections = list(sections)
    tables: dict[str, Schema] = {name: {"type": "object"} for name in others}
    tables |= {section.name: _table(section, kinds) for section in sections}
    tables["app"] = _own_keys([CORE, *sections])
    top = {each.name: _setting(CORE, each, kinds) for each in declarations(CORE.settings_class)}
    if extensions:
        top["extensions"] = top["extensions"] | _names_of(extensions)
    properties = top | tables
    kinds.definitions["environment"] = {
        "type": "object",
        "description": "What is different in one environment, chosen by FERRULE_ENV or --env.",
        "properties": properties,
        "additionalProperties": False,
    }
    environments = {
        "type": "object",
        "description": "Environments: [env.production], [env.testing], …; each over the rest of the file.",
        "additionalProperties": {"$ref": "#/definitions/environment"},
    }
    return {
        "$schema": DRAFT,
        "title": "The configuration of a Ferrule application",
        "type": "object",
        "properties": {**properties, "env": environments},
        "additionalProperties": False,
        "definitions": kinds.definitions,
    }


def _table(section: Section, kinds: Kinds) -> Schema:
    declared = declarations(section.settings_class)
    return {
        "type": "object",
        "description": f"The settings of {section.owner}.",
        "properties": {each.name: _setting(section, each, kinds) for each in declared},
        "additionalProperties": False,
    }


def _setting(section: Section, declaration: Declaration, kinds: Kinds) -> Schema:
    """Return the schema of a setting, with what an editor shows of it."""
    schema = dict(kinds.value(declaration.type))
    doc = declaration.doc
    if declaration.required:
        doc += f" Required: here, in a table [env.…], or as FERRULE_{section.key(declaration.name)}."
    schema["description"] = doc.strip()
    if declaration.secret:
        return schema | {"writeOnly": True}
    default = _default(declaration)
    return schema if default is None else schema | {"default": default}


def _default(declaration: Declaration) -> Any:
    """Return the default as the file would say it; ``None`` where there is none, or no way to say it."""
    if declaration.required:
        return None
    try:
        return msgspec.to_builtins(declaration.default, enc_hook=str)
    except (TypeError, ValueError, RecursionError):
        return None


def _names_of(extensions: Iterable[str]) -> Schema:
    names = {"type": "string", "enum": sorted(set(extensions)), "description": "An installed extension."}
    own = {"type": "string", "pattern": ":", "description": "The application's own: module:attribute."}
    elsewhere = {"$ref": "#/definitions/elsewhere"}
    return {"anyOf": [{"type": "array", "items": {"anyOf": [names, own, elsewhere]}}, elsewhere]}


def _own_keys(sections: Iterable[Section]) -> Schema:
    """Return the table of the application's own keys: free, unless one would be another's key."""
    taken = [re.escape(section.key(each.name)) for section in sections for each in declarations(section.settings_class)]
    taken += [f"{re.escape(section.prefix)}.*" for section in sections if section.prefix]
    letters = "|".join(map(_any_case, ["ENV", *taken]))
    return {
        "type": "object",
        "description": "The application's own keys, in app.config in upper case.",
        "propertyNames": {"minLength": 1, "not": {"pattern": f"^({letters})$"}},
    }


def _any_case(pattern: str) -> str:
    """Return a pattern that takes both cases, and ``-`` for ``_``, as the names of the file do."""
    spelt = (f"[{c}{c.lower()}]" if c.isalpha() else "[_-]" if c == "_" else c for c in pattern)
    return "".join(spelt)
