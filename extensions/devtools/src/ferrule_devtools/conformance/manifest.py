"""The promises of the manifest: found by its name, described, its hooks known."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Final

from ferrule import Extension, ExtensionError, FerruleError, hookspecs
from ferrule.extensions import candidate_from
from ferrule.extensions.specifications import specifications_in
from ferrule.extensions.validation import check_implementations, opened_by

from .subject import Subject

__all__ = ["discovered", "manifest", "place_of_class", "signatures"]

_SAFETY: Final = {
    "thread_safe": "several threads may be in its hooks at a time",
    "fork_safe": "a process may be forked while it is enabled",
    "async_safe": "it works around views that are `async def`",
}


def discovered(subject: Subject) -> Iterator[str]:
    """The entry point exists, is the only one of its name, can be imported, and is an extension of that name."""
    try:
        point = subject.point
        found = point.load()
    except ExtensionError as error:
        yield str(error)
        return
    except Exception as error:
        where = f"{subject.point.source}: the entry point {subject.point.name} = {subject.point.value!r}"
        yield f"{where} cannot be imported: {type(error).__name__}: {error}; correct it in pyproject.toml"
        return
    try:
        candidate_from(found, "the conformance kit", point)
    except ExtensionError as error:
        yield str(error)


def manifest(subject: Subject) -> Iterator[str]:
    """The class says what the extension is: in one line, for which version of Ferrule, and how safe."""
    where, description = place_of_class(subject), subject.kind.description
    if not description.strip():
        yield f'{where}: it has no description; write description = "…", one line for `ferrule extensions`'
    elif "\n" in description:
        yield f"{where}: its description has {description.count(chr(10)) + 1} lines; say it in one"
    if not _says(subject, "api_version"):
        yield f'{where}: it does not say for which Ferrule it was written; write api_version = "0.1"'
    for attribute, meaning in _SAFETY.items():
        if not _says(subject, attribute):
            yield f"{where}: it does not say whether {meaning}; write {attribute} = True, or False"


def _says(subject: Subject, attribute: str) -> bool:
    """Tell whether the class or a base of it, but for Ferrule's own, sets an attribute."""
    own = [base for base in subject.kind.__mro__ if base not in Extension.__mro__]
    return any(vars(base).get(attribute) not in (None, "") for base in own)


def signatures(subject: Subject) -> Iterator[str]:
    """Ferrule would register it: hooks that exist, arguments that they have, wrappers where they belong."""
    candidates = [subject.candidate]
    for name in subject.required:
        other = Subject(name=name)
        candidates.append(other.candidate)
    try:
        known = {specification.name: specification for specification in specifications_in(hookspecs)}
        check_implementations([subject.candidate], {**known, **opened_by(candidates)})
    except FerruleError as error:
        yield str(error)


def place_of_class(subject: Subject) -> str:
    """Return ``file:line`` of the extension's class."""
    try:
        return f"{inspect.getsourcefile(subject.kind)}:{inspect.getsourcelines(subject.kind)[1]}"
    except (OSError, TypeError):
        return f"{subject.kind.__module__}:{subject.kind.__qualname__}"
