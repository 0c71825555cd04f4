"""Declared types as JSON Schema (draft-07): what the configuration file may say for a value of each.

Draft-07 is what the editors' TOML servers take. Everything that the file may say for a value goes with it: a type's own
spellings, and tables that stand for a value elsewhere.
"""

from __future__ import annotations

import os
import types
import typing
from collections import abc
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from ferrule.typed.convert import fields_of, is_mapping_type, is_table_type

__all__ = ["ELSEWHERE", "Kinds", "Schema"]

Schema: TypeAlias = dict[str, Any]

ELSEWHERE: Final[Schema] = {
    "description": "A value that stands elsewhere: in a variable of the environment, or in a file.",
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "env": {"type": "string", "description": "The variable."},
                "default": {"description": "The value where the variable is not set."},
            },
            "required": ["env"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"file": {"type": "string", "description": "The file, from this one's folder."}},
            "required": ["file"],
            "additionalProperties": False,
        },
    ],
}
"""Tables that stand for a value."""

NOTHING: Final[Schema] = {
    "type": "object",
    "description": "No value: TOML has no word for it.",
    "properties": {"none": {"enum": [True]}},
    "required": ["none"],
    "additionalProperties": False,
}
"""The table that stands for ``None``."""

_REFERENCE: Final[Schema] = {"$ref": "#/definitions/elsewhere"}
_NEVER: Final[Schema] = {"not": {}}
_LISTS: Final = frozenset(
    {
        list,
        set,
        frozenset,
        tuple,
        abc.Sequence,
        abc.MutableSequence,
        abc.Collection,
        abc.Iterable,
        abc.Set,
        abc.MutableSet,
    }
)
_MOST_SECONDS: Final = 86_399_999_913_600
_DURATION: Final = (
    r"^[+-]?[Pp](?=.)(\d+(\.\d+)?[Ww])?(\d+(\.\d+)?[Dd])?"
    r"([Tt](?=\d)(\d+(\.\d+)?[Hh])?(\d+(\.\d+)?[Mm])?(\d+(\.\d+)?[Ss])?)?$"
)

_LEAVES: Final[dict[Any, Schema]] = {
    str: {"type": "string"},
    bytes: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    None: NOTHING,
    types.NoneType: NOTHING,
    datetime: {"type": "string"},
    date: {"type": "string"},
    time: {"type": "string"},
    UUID: {"type": "string", "pattern": r"^[0-9A-Fa-f]{8}(-?)([0-9A-Fa-f]{4}\1){3}[0-9A-Fa-f]{12}$"},
    timedelta: {
        "anyOf": [
            {"type": "number", "minimum": -_MOST_SECONDS, "maximum": _MOST_SECONDS, "description": "Seconds."},
            {"type": "string", "pattern": _DURATION, "description": "An ISO 8601 duration, such as P31D."},
        ]
    },
}

_CONSTRAINTS: Final = {
    "gt": ("exclusiveMinimum",),
    "ge": ("minimum",),
    "lt": ("exclusiveMaximum",),
    "le": ("maximum",),
    "multiple_of": ("multipleOf",),
    "pattern": ("pattern",),
    "min_length": ("minLength", "minItems", "minProperties"),
    "max_length": ("maxLength", "maxItems", "maxProperties"),
    "description": ("description",),
    "title": ("title",),
    "examples": ("examples",),
}
"""What ``msgspec.Meta`` says, as keywords; those for another type than a value's mean nothing for it."""


class Kinds:
    """The schemas of types; those of tables are definitions that others refer to.

    Attributes:
        definitions: The definitions.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {"elsewhere": ELSEWHERE}
        self._names: dict[tuple[Any, bool], str] = {}

    def value(self, kind: Any, *, complete: bool = False) -> Schema:
        """Return what may be said for a value of a type: the value, or where it stands.

        Args:
            kind: The type.
            complete: Whether a table has to have its required keys: nothing adds to one in a list.
        """
        schema = self._plain(kind, complete)
        if schema in ({}, _NEVER):
            return schema
        members = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
        return {"anyOf": [*members, _REFERENCE]}

    def _plain(self, kind: Any, complete: bool) -> Schema:
        kind = getattr(kind, "__supertype__", kind)  # typing.NewType
        origin, args = typing.get_origin(kind) or kind, typing.get_args(kind)
        if kind in (Any, object):
            return {}
        if origin in (typing.Union, types.UnionType):
            return _any_of(self._plain(each, complete) for each in args)
        if origin is typing.Annotated:
            schema = self._constrained(kind, complete)
        elif origin is typing.Literal:
            schema = _any_of(_exactly(each) for each in args)
        elif origin in _LISTS:
            schema = self._array(origin, args)
        elif is_mapping_type(kind):
            schema = self._mapping(*(args or (Any, Any)), complete=complete)
        else:
            schema = self._named(kind, complete) if is_table_type(kind) else _leaf(kind, origin)
        return schema

    def _constrained(self, kind: Any, complete: bool) -> Schema:
        inner, *notes = typing.get_args(kind)
        said: Schema = {}
        for note in notes:
            if isinstance(note, msgspec.Meta):
                for name, keys in _CONSTRAINTS.items():
                    if getattr(note, name) is not None:
                        said |= dict.fromkeys(keys, getattr(note, name))
                said |= note.extra_json_schema or {}
        schema = self._plain(inner, complete)
        return {"allOf": [schema], **said} if said else schema

    def _array(self, origin: Any, args: tuple[Any, ...]) -> Schema:
        if origin is tuple and args and args[-1:] != (...,):
            items = [self.value(each, complete=True) for each in args if each != ()]
            return {"type": "array", "items": items, "minItems": len(items), "maxItems": len(items)}
        return {"type": "array", "items": self.value(args[0], complete=True) if args else {}}

    def _mapping(self, key: Any, value: Any, *, complete: bool) -> Schema:
        schema: Schema = {"type": "object", "additionalProperties": self.value(value, complete=complete)}
        if key is int:
            schema["propertyNames"] = {"pattern": r"^-?(0|[1-9][0-9]*)$"}
        elif typing.get_origin(key) is typing.Literal:
            schema["propertyNames"] = {"enum": [str(each) for each in typing.get_args(key)]}
        return schema

    def _named(self, kind: Any, complete: bool) -> Schema:
        name = self._names.get((kind, complete))
        if name is None:
            name = _free(kind.__name__ + (".complete" if complete else ""), self.definitions)
            self._names[kind, complete] = name
            self.definitions[name] = {}  # it may have fields of its own type
            self.definitions[name] = self._table(kind, complete)
        return {"$ref": f"#/definitions/{name}"}

    def _table(self, kind: Any, complete: bool) -> Schema:
        fields = fields_of(kind)
        schema: Schema = {
            "type": "object",
            "properties": {name: self.value(field.type, complete=complete) for name, field in fields.items()},
            "additionalProperties": False,
        }
        required = [name for name, field in fields.items() if field.required]
        return schema | {"required": required} if required and complete else schema


def _leaf(kind: Any, origin: Any) -> Schema:
    if kind in _LEAVES:
        return dict(_LEAVES[kind])
    if origin is type or origin is Callable or not isinstance(kind, type):
        return _NEVER  # nothing that a file says is one
    if issubclass(kind, os.PathLike):
        return {"type": "string", "minLength": 1}
    try:
        schema = msgspec.json.schema(kind)
    except TypeError:  # msgspec reads no such thing, and Ferrule not either
        return _NEVER
    return _any_of(_exactly(member.value) for member in kind) if issubclass(kind, Enum) else schema


def _exactly(value: Any) -> Schema:
    """Return the schema of one value; with its type, since in JSON ``true`` is no ``1``, and elsewhere it may be."""
    if value is None:
        return NOTHING
    named = {str: "string", bool: "boolean", int: "integer", float: "number"}.get(type(value))
    return {"type": named, "enum": [value]} if named else _NEVER


def _any_of(schemas: Iterable[Schema]) -> Schema:
    """Join alternatives; those of one type that list their values become one list."""
    members: list[Schema] = []
    for schema in schemas:
        for member in schema["anyOf"] if set(schema) == {"anyOf"} else [schema]:
            same = next((each for each in members if "enum" in each and each.get("type") == member.get("type")), None)
            if same is not None and "enum" in member and "properties" not in member:
                members[members.index(same)] = same | {"enum": [*same["enum"], *member["enum"]]}
            elif member not in members and member != _NEVER:
                members.append(member)
    if {} in members:
        return {}
    return members[0] if len(members) == 1 else {"anyOf": members} if members else _NEVER


def _free(name: str, taken: Iterable[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}.{number}", number + 1
    return free
