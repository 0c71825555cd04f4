"""What the class of an extension says of itself, checked before anything is done with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from ..hooks import API_VERSION

__all__ = ["is_at_least", "manifest_mistakes"]

_LISTS: Final = ("requires", "after", "before", "conflicts", "context_names")
_FLAGS: Final = ("thread_safe", "fork_safe", "async_safe", "single_instance")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_VERSION: Final = re.compile(r"(\d+)\.(\d+)")


def manifest_mistakes(extension: Any) -> Iterator[str]:
    """Yield what is wrong with the attributes of an extension's class.

    Args:
        extension: The instance.
    """
    if not _NAME.fullmatch(extension.name):
        yield f"name = {extension.name!r}: expected a letter, then letters, digits, _ and -, as it begins variables"
    for attribute in _LISTS:
        value = getattr(extension, attribute)
        if isinstance(value, str) or not _are_names(value):
            names = f"({value!r},)" if isinstance(value, str) else '("name",)'
            yield f"{attribute} = {value!r}: expected a tuple of names; write {attribute} = {names}"
    for attribute in _FLAGS:
        if not isinstance(getattr(extension, attribute), bool):
            yield f"{attribute} = {getattr(extension, attribute)!r}: expected True or False"
    written_for = extension.api_version
    if not isinstance(written_for, str) or (written_for and not _VERSION.match(written_for)):
        yield f'api_version = {written_for!r}: expected a version of Ferrule, such as "{API_VERSION}"'
    elif written_for and not is_at_least(API_VERSION, written_for):
        cure = f"install ferrule=={written_for}.* or an earlier release of the extension"
        yield f"it was written for Ferrule {written_for}, and this is {API_VERSION}; {cure}"


def _are_names(value: Any) -> bool:
    return isinstance(value, Collection) and all(isinstance(name, str) for name in value)


def is_at_least(version: str, other: str) -> bool:
    """Tell whether a version is another one or a later one, by their first two numbers; one without is not."""
    ours, theirs = _VERSION.match(version), _VERSION.match(other)
    return ours is not None and theirs is not None and _numbers(ours) >= _numbers(theirs)


def _numbers(found: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, found.groups()))
