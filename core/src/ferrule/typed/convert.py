"""Values to their declared types: strictly, but for texts from outside the file, with all mistakes of a value at once.

msgspec converts the leaves. Lists, tables and unions are walked here, because msgspec stops at its first error, ignores
unknown keys of dataclasses, has no union of two text-like types, and is either strict or lax: a list of the file may
hold a string that is meant as it stands, beside a text of the environment that is to be converted.
"""

import dataclasses
import types
import typing
from collections import abc
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from operator import is_
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from .leaves import checked, is_instance, parsed, plain_leaf, read_json
from .problems import MOST, Array, Problem, Sent, Steps, Table, Text, Unfit
from .suggest import did_you_mean
from .typenames import expected, type_text

__all__ = ["Field", "convert", "fields_of", "is_list_type", "is_mapping_type", "is_table_type"]

_LISTS: Final[dict[Any, type[Any]]] = {
    **dict.fromkeys((list, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable), list),
    **dict.fromkeys((set, abc.Set, abc.MutableSet), set),
    tuple: tuple,
    frozenset: frozenset,
}
_MAPPINGS: Final[frozenset[Any]] = frozenset({dict, abc.Mapping, abc.MutableMapping})
_UNIONS: Final[frozenset[Any]] = frozenset({typing.Union, types.UnionType})

Reader: TypeAlias = Callable[[Any, Any, Steps], Any]


def convert(value: Any, kind: Any, path: Steps = ()) -> Any:
    """Return a value as its declared type; the very same object where it fits as it is.

    Args:
        value: What was found. Every :class:`Text` in it is converted, every other string only taken as a string.
        kind: The declared type.
        path: Where the value is, for the problems.

    Raises:
        Unfit: The value does not fit; it has all problems.
    """
    if type(value) is kind:
        return value
    if kind is Any or kind is object:
        return _plain(value)
    if hasattr(kind, "__supertype__"):  # typing.NewType
        return convert(value, kind.__supertype__, path)
    if isinstance(value, Text) and _is_written_as_json(kind):
        value = _json_of(value, kind, path)
    reader = _READERS.get(typing.get_origin(kind) or kind, _from_table if is_table_type(kind) else _from_leaf)
    return reader(value, kind, path)


def is_table_type(kind: Any) -> bool:
    """Return whether a type is a dataclass, a ``TypedDict`` or a msgspec struct: a table whose keys are declared."""
    if not isinstance(kind, type):
        return False
    if hasattr(kind, "__struct_config__"):
        return not kind.__struct_config__.array_like
    return dataclasses.is_dataclass(kind) or typing.is_typeddict(kind)


def is_list_type(kind: Any) -> bool:
    """Return whether a type takes a list, be it as a member of a union."""
    origin = typing.get_origin(kind) or kind
    if origin is typing.Annotated:
        return is_list_type(typing.get_args(kind)[0])
    return any(map(is_list_type, typing.get_args(kind))) if origin in _UNIONS else origin in _LISTS


class Field(NamedTuple):
    """A declared key of a table type.

    Attributes:
        type: Its type.
        required: Whether it has no default.
        name: The argument that it is given as, if the key is called otherwise; empty for the tag of a struct.
    """

    type: Any
    required: bool
    name: str


@lru_cache(maxsize=256)
def fields_of(kind: Any) -> Mapping[str, Field]:
    """Return the declared keys of a table type."""
    if hasattr(kind, "__struct_config__"):
        return _fields_of_struct(kind)
    hints = typing.get_type_hints(kind, include_extras=True)
    if typing.is_typeddict(kind):
        return {name: Field(*_marked(hint, name in kind.__required_keys__), name) for name, hint in hints.items()}
    missing = dataclasses.MISSING
    return {
        field.name: Field(hints[field.name], field.default is missing and field.default_factory is missing, field.name)
        for field in dataclasses.fields(kind)
        if field.init
    }


def _fields_of_struct(kind: Any) -> dict[str, Field]:
    from msgspec import structs  # PERF: there is a struct, so it is imported; who has none never pays for it

    tag = kind.__struct_config__.tag
    tags = {} if tag is None else {kind.__struct_config__.tag_field: Field(Literal[tag], False, "")}
    return tags | {field.encode_name: Field(field.type, field.required, field.name) for field in structs.fields(kind)}


def _from_leaf(value: Any, kind: Any, path: Steps) -> Any:
    if isinstance(value, Text):
        return parsed(value, kind, path)
    if kind is None:
        kind = type(None)
    return value if isinstance(kind, type) and is_instance(value, kind) else plain_leaf(_plain(value), kind, path)


def _from_list(value: Any, kind: Any, path: Steps) -> Any:
    target = _LISTS[typing.get_origin(kind) or kind]
    takes = (list, tuple, set, frozenset) if issubclass(target, (set, frozenset)) else (list, tuple)
    if not isinstance(value, takes):
        raise Unfit(Problem(path, expected(kind), value))
    kinds = _item_kinds(kind, len(value))
    if len(kinds) != len(value):
        raise Unfit(Problem(path, f"{expected(kind)}, which has {len(kinds)} items; found {len(value)}", value))
    items = _each(
        (item, item_kind, (*path, index)) for index, (item, item_kind) in enumerate(zip(value, kinds, strict=True))
    )
    if type(value) is target and all(map(is_, items, value)):
        return value
    try:
        return target(items)
    except TypeError:
        raise Unfit(Problem(path, f"{expected(kind)}, found an item that no set can hold", value)) from None


def _item_kinds(kind: Any, length: int) -> list[Any]:
    args = typing.get_args(kind)
    if typing.get_origin(kind) is tuple and args[-1:] != (...,):
        return list(args)
    return [args[0] if args else Any] * length


def _from_mapping(value: Any, kind: Any, path: Steps) -> Any:
    if not isinstance(value, Mapping):
        raise Unfit(Problem(path, expected(kind), value))
    key_kind, value_kind = typing.get_args(kind) or (Any, Any)
    # A table's keys are texts, even where numbers are declared.
    keys = _each((_key(key, key_kind), key_kind, (*path, str(key))) for key in value)
    values = _each((item, value_kind, (*path, str(key))) for key, item in value.items())
    same = all(map(is_, keys, value)) and all(map(is_, values, value.values()))
    return value if same and not isinstance(value, Table) else dict(zip(keys, values, strict=True))


def _key(key: Any, kind: Any) -> Any:
    return key if kind in (str, Any) or not isinstance(key, str) else Text(key)


def _from_table(value: Any, kind: Any, path: Steps) -> Any:
    if not typing.is_typeddict(kind) and isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise Unfit(Problem(path, expected(kind), value))
    fields = _resolved_fields(kind, path)
    known = f"{type_text(kind)} has {', '.join(fields)}" if fields else ""
    problems = [
        Problem((*path, str(name)), f"unknown key{did_you_mean(str(name), fields, otherwise=known)}")
        for name in islice((name for name in value if name not in fields), MOST)
        if not isinstance(value, Sent) or _forbids_unknown(kind)
    ]
    problems += [
        Problem((*path, name), f"missing, and required; expected {type_text(field.type)}")
        for name, field in fields.items()
        if field.required and name not in value
    ]
    given = {name: item for name, item in value.items() if name in fields}
    items = _each(((item, fields[name].type, (*path, name)) for name, item in given.items()), problems)
    arguments = {fields[name].name: item for name, item in zip(given, items, strict=True)}
    arguments.pop("", None)  # a tag is the class' own
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as error:  # what __post_init__ has to say
        raise Unfit(Problem(path, str(error))) from error


def _forbids_unknown(kind: Any) -> bool:
    config = getattr(kind, "__struct_config__", None)
    return config is not None and bool(config.forbid_unknown_fields)


def _resolved_fields(kind: Any, path: Steps) -> Mapping[str, Field]:
    try:
        return fields_of(kind)
    except (NameError, TypeError) as error:
        raise Unfit(Problem(path, f"the annotations of {type_text(kind)} cannot be resolved: {error}")) from error


def _from_union(value: Any, kind: Any, path: Steps) -> Any:
    """Return the value as the first member that takes it; one that takes it as it is comes before all others."""
    found: list[Any] = []
    failures: list[Unfit] = []
    for member in _members_for(value, typing.get_args(kind)):
        try:
            found.append(convert(value, member, path))
        except Unfit as unfit:
            failures.append(unfit)
            continue
        if found[-1] is value or isinstance(value, Text):
            return found[-1]
    if found:
        return found[0]
    raise _deepest(failures, path) or Unfit(Problem(path, expected(kind), value))


def _members_for(value: Any, members: Sequence[Any]) -> Sequence[Any]:
    """Return the members of a union that a value may be meant for, in the order in which they are tried."""
    if isinstance(value, Text):
        containers = [member for member in members if _is_written_as_json(member)]
        # A text that may be a string is one: "5" for `int | str`, "null" for `str | None`.
        return [*containers, *([str] if str in members else [each for each in members if each not in containers])]
    if type(value) in members:
        return [type(value)]
    return [member for member in members if _has_tag_of(member, value)] or members


def _has_tag_of(kind: Any, value: Any) -> bool:
    """Tell whether a value names a struct by its tag."""
    config = getattr(kind, "__struct_config__", None)
    if config is None or config.tag is None or not isinstance(value, Mapping):
        return False
    return bool(value.get(config.tag_field) == config.tag)


def _deepest(failures: Iterable[Unfit], path: Steps) -> Unfit | None:
    """Return what the one member found that takes such a value, and only stumbles over what is inside it."""
    inside = [unfit for unfit in failures if all(len(problem.path) > len(path) for problem in unfit.problems)]
    return inside[0] if len(inside) == 1 else None


def _from_literal(value: Any, kind: Any, path: Steps) -> Any:
    for meant in sorted(typing.get_args(kind), key=lambda meant: not isinstance(meant, str)):
        found = value
        if isinstance(value, Text):
            with suppress(Unfit):
                found = parsed(value, type(meant), path)
        if found == meant and type(found) is type(meant):
            return found
    raise Unfit(Problem(path, expected(kind), value))


def _from_annotated(value: Any, kind: Any, path: Steps) -> Any:
    inner, *notes = typing.get_args(kind)
    result = convert(value, inner, path)
    constrained = any(type(note).__module__.partition(".")[0] == "msgspec" for note in notes)
    if constrained:
        checked(result, kind, path)
    return result


def _from_class(value: Any, kind: Any, path: Steps) -> Any:
    (meant,) = typing.get_args(kind) or (object,)
    if isinstance(value, type) and (not isinstance(meant, type) or issubclass(value, meant)):
        return value
    raise Unfit(Problem(path, expected(kind), value))


def _from_callable(value: Any, kind: Any, path: Steps) -> Any:
    if callable(value):
        return value
    raise Unfit(Problem(path, expected(kind), value))


_READERS: Final[dict[Any, Reader]] = {
    **dict.fromkeys(_LISTS, _from_list),
    **dict.fromkeys(_MAPPINGS, _from_mapping),
    **dict.fromkeys(_UNIONS, _from_union),
    typing.Literal: _from_literal,
    typing.Annotated: _from_annotated,
    type: _from_class,
    abc.Callable: _from_callable,
}


def _is_written_as_json(kind: Any) -> bool:
    origin = typing.get_origin(kind) or kind
    if origin in _LISTS or origin in _MAPPINGS or is_table_type(origin):
        return True
    return isinstance(origin, type) and (
        issubclass(origin, (tuple, list, dict)) or hasattr(origin, "__struct_fields__")
    )


def _json_of(text: Text, kind: Any, path: Steps) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise Unfit(Problem(path, f"{expected(kind)} written as JSON ({error})", text)) from None


def _untyped(text: Text) -> Any:
    try:
        return read_json(text) if text.is_json else str(text)
    except ValueError:
        return str(text)


def _plain(value: Any) -> Any:
    """Return an undeclared value without a :class:`Text` in it."""
    if isinstance(value, Text):
        return _untyped(value)
    if isinstance(value, Table):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, Array) else value


def _each(jobs: Iterable[tuple[Any, Any, Steps]], problems: Iterable[Problem] = ()) -> list[Any]:
    """Convert several values, and raise all of their problems together."""
    results: list[Any] = []
    found = list(problems)
    for value, kind, path in jobs:
        try:
            results.append(convert(value, kind, path))
        except Unfit as unfit:
            found += unfit.problems
            if len(found) >= MOST:
                break
    if found:
        raise Unfit(*found)
    return results


def is_mapping_type(kind: Any) -> bool:
    """Return whether a type is a table with any keys."""
    return (typing.get_origin(kind) or kind) in _MAPPINGS


def _marked(hint: Any, required: bool) -> tuple[Any, bool]:
    """Return a type without its mark, and what the mark says: where annotations are texts, only it knows."""
    mark = typing.get_origin(hint)
    if mark in (typing.Required, typing.NotRequired):
        return typing.get_args(hint)[0], mark is typing.Required
    return hint, required
