"""The promise of the settings: documented, typed, set by the environment as by the file, secrets out of sight."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ferrule import ConfigError, ExtensionError
from ferrule.config import MISSING, Config, CoreSettings, Section, Source
from ferrule.config.declare import Declaration, declarations
from ferrule.config.masking import is_secret_name

from .subject import Subject

__all__ = ["settings", "spelled"]

_SHORT: Final = 3
"""The most characters of a secret that may be in a text by chance."""


def settings(subject: Subject) -> Iterator[str]:
    """Each setting has a doc and a type, comes through the environment unchanged, and hides if it is secret."""
    settings_class = subject.kind.settings_class
    if settings_class is None:
        if subject.settings:
            yield f"conformance({subject.name!r}) gives settings, but the class has no settings_class"
        return
    try:
        declared = declarations(settings_class)
    except ExtensionError as error:
        yield str(error)
        return
    section = Section(subject.name, settings_class, str(subject.candidate))
    where = _place(settings_class)
    for declaration in declared:
        for mistake in _mistakes(subject, section, declaration):
            yield f"{where}: {declaration.name}: {mistake}"
    if missing := [d.name for d in declared if d.required and d.name not in subject.settings]:
        example = ", ".join(f'"{name}": …' for name in missing)
        yield f"{where}: required and without an example; write conformance({subject.name!r}, settings={{{example}}})"
        return
    yield from (f"{where}: {mistake}" for mistake in _round_trip(subject, section, declared))


def _mistakes(subject: Subject, section: Section, declaration: Declaration) -> Iterator[str]:
    name = declaration.name
    if not declaration.doc.strip():
        yield "it has no doc; write setting(…, doc=…), a sentence that says what it does"
    if declaration.type in (Any, object):
        yield "its type is Any, so that no value is ever refused; name the type"
    if is_secret_name(name) and not declaration.secret and not subject.allows("plain settings", name):
        yield (
            "its name says that it is a secret, but `ferrule config` would show it; write setting(…, secret=True), or"
            f' conformance({subject.name!r}, exports={{"plain settings": ["{name}"]}})'
        )


def _round_trip(subject: Subject, section: Section, declared: tuple[Declaration, ...]) -> Iterator[str]:
    """Set each setting by its environment variable to its example or default, and compare."""
    for declaration in declared:
        value = subject.settings.get(declaration.name, declaration.default)
        if value is not MISSING and value is not None:
            yield from _one_round_trip(subject, section, declaration, value)


def _one_round_trip(subject: Subject, section: Section, declaration: Declaration, value: Any) -> Iterator[str]:
    name, variable = declaration.name, f"FERRULE_{section.key(declaration.name)}"
    try:
        text = spelled(value)
        config = _configured(subject, section, {variable: text}, leave=name)
        read = config.settings(section.settings_class)
    except (ConfigError, TypeError) as error:
        yield f"{name}: cannot be set by {variable}: {error}; give it a type that the environment can spell"
        return
    found = getattr(read, name)
    if found != value:
        yield f"{name}: {variable}={text!r} sets it to {found!r} and not to {value!r}; give it a type that says which"
    if declaration.secret and len(str(value)) > _SHORT:
        shown = [repr(row.value) for row in config.rows() if row.key == section.key(name)]
        if any(str(value) in text for text in (repr(read), str(read), *shown)):
            yield f"{name}: the repr of the settings shows this secret; leave __repr__ to the dataclass"


def _configured(subject: Subject, section: Section, variables: dict[str, str], *, leave: str) -> Config:
    """Read a configuration in which one setting is set by the environment, and the others by code."""
    others = {section.key(key): value for key, value in subject.settings.items() if key != leave}
    source = Source.read(root_path=str(subject.folder), config_file=None, env="testing", environ=variables)
    config = Config(str(subject.folder))
    config.load(source, [Section("", CoreSettings, "ferrule"), section], overrides=others)
    return config


def spelled(value: Any) -> str:
    """Return how a value is written in an environment variable: a text as it is, everything else as JSON.

    Raises:
        TypeError: It cannot be written.
    """
    plain = msgspec.to_builtins(value, str_keys=True)
    return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()


def _place(settings_class: type[Any]) -> str:
    try:
        return f"{inspect.getsourcefile(settings_class)}:{inspect.getsourcelines(settings_class)[1]}"
    except (OSError, TypeError):
        return f"{settings_class.__module__}.{settings_class.__qualname__}"
