"""The configuration as ``ferrule config`` shows it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from .declare import MISSING
from .masking import is_secret_name, masked
from .provenance import Origin
from .typenames import type_text
from .vocabulary import ENV_KEY, Vocabulary

__all__ = ["Row", "rows_of"]

_NOT_SET: Final = Origin("default", "not set")


class Row(NamedTuple):
    """One key of the configuration.

    Attributes:
        key: The key in ``app.config``.
        section: The table; empty for the core, ``app`` for the application's own keys.
        type: The declared type as text; the type of the value where none is declared.
        value: The value with secrets masked; :data:`~dataclasses.MISSING` for a required setting that nothing sets.
        origin: Where the value came from.
        doc: What the setting does.
    """

    key: str
    section: str
    type: str
    value: Any
    origin: Origin
    doc: str


def rows_of(values: Mapping[str, Any], origins: Mapping[str, Origin], vocabulary: Vocabulary) -> Iterator[Row]:
    """Describe all keys: the environment, the declared ones in the order of their sections, then all others by name.

    Args:
        values: The values by key.
        origins: Where each came from.
        vocabulary: What is declared.
    """
    if ENV_KEY in values:
        yield Row(ENV_KEY, "", "str", values[ENV_KEY], origins[ENV_KEY], "The name of the environment in force.")
    for key, known in vocabulary.keys.items():
        declared = known.declaration
        is_set = key in values
        value = masked(values[key], declared.type, secret=declared.secret) if is_set else MISSING
        origin = origins[key] if is_set else _NOT_SET
        yield Row(key, known.section.name, type_text(declared.type), value, origin, declared.doc)
    for key in sorted(values.keys() - vocabulary.keys.keys() - {ENV_KEY}):
        section = vocabulary.section_of(key)
        value = masked(values[key], secret=origins[key].is_hidden or is_secret_name(key))
        yield Row(key, "app" if section is None else section.name, type(values[key]).__name__, value, origins[key], "")
