"""Declared settings: ``setting`` in a dataclass, what it declares, and the section that a dataclass describes."""

import dataclasses
import typing
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass
from typing import Any, Final, NamedTuple, TypeVar, cast, overload
from weakref import WeakKeyDictionary

from ..exceptions import ExtensionError

__all__ = ["MISSING", "Declaration", "NotSetError", "Section", "declarations", "is_secret", "setting", "title"]

T = TypeVar("T")

_NOTE: Final = "ferrule.setting"


class _Note(NamedTuple):
    doc: str
    secret: bool


@overload
def setting(default: T, *, doc: str, secret: bool = ...) -> T: ...
@overload
def setting(*, default_factory: Callable[[], T], doc: str, secret: bool = ...) -> T: ...
@overload
def setting(*, doc: str, secret: bool = ...) -> Any: ...
def setting(default: Any = MISSING, *, default_factory: Any = MISSING, doc: str, secret: bool = False) -> Any:
    """Declare a setting: a field of a keyword-only frozen dataclass.

    ::

        @dataclass(frozen=True, kw_only=True)
        class GreetingSettings:
            phrase: str = setting("Hello", doc="What to say.")

    Args:
        default: The value where nothing sets it. With neither this nor ``default_factory`` the setting is required.
        default_factory: Makes the default, for values that can be changed, such as lists.
        doc: What the setting does, in a sentence. It feeds ``ferrule config`` and the reference.
        secret: The value is never shown: not by ``ferrule config``, in messages or in the ``repr`` of the settings.

    Returns:
        A field for :func:`dataclasses.dataclass`, typed as its default is so that type checkers accept the assignment.
    """
    note = {_NOTE: _Note(doc, secret)}
    return dataclasses.field(default=default, default_factory=default_factory, repr=not secret, metadata=note)


class Declaration(NamedTuple):
    """What a settings dataclass says of one setting.

    Attributes:
        name: The name in the file, in lower case.
        type: The type, with all names resolved.
        value: The default itself, :data:`MISSING` where there is a factory or none.
        factory: What makes the default, or ``None``.
        doc: What the setting does.
        secret: Whether the value is masked wherever it would be shown.
    """

    name: str
    type: Any
    value: Any
    factory: Callable[[], Any] | None
    doc: str
    secret: bool

    @property
    def required(self) -> bool:
        """Whether something else than the declaration must set it."""
        return self.value is MISSING and self.factory is None

    @property
    def default(self) -> Any:
        """The default, made anew where a factory makes it; :data:`MISSING` for a required setting."""
        return self.value if self.factory is None else self.factory()


class NotSetError(ValueError):
    """What a settings class raises in ``__post_init__`` where a value is missing that is not always required.

    ``ferrule config check``, which sees the file alone, then leaves it to the environment or to code.
    """


@dataclass(frozen=True)
class Section:
    """One table of the configuration, and who it belongs to.

    Attributes:
        name: The name of the table, which is the extension's; empty for the core, whose keys stand at the top.
        settings_class: The keyword-only frozen dataclass that declares its settings.
        owner: Who declares them, for messages: ``ferrule``, ``extension 'login' (ferrule-login 0.1.0)``.
    """

    name: str
    settings_class: type[Any]
    owner: str

    @property
    def prefix(self) -> str:
        """What the keys of the section begin with in ``app.config``, and after ``FERRULE_`` in the environment."""
        return f"{self.name.replace('-', '_').upper()}_" if self.name else ""

    def key(self, name: str) -> str:
        """Return the key in ``app.config`` of a setting.

        Args:
            name: The setting's name in the file.
        """
        return self.prefix + name.upper()

    def spelling(self, name: str) -> str:
        """Return how a setting is written in the file: its table and its name."""
        return f"[{self.name}] {name}" if self.name else name


_KNOWN: WeakKeyDictionary[type[Any], tuple[Declaration, ...]] = WeakKeyDictionary()


def declarations(settings_class: type[Any]) -> tuple[Declaration, ...]:
    """Return what a settings dataclass declares, in its order.

    Args:
        settings_class: A keyword-only frozen dataclass whose fields are all :func:`setting`.

    Raises:
        ExtensionError: The class is not such a dataclass; the text lists all that is wrong with it.
    """
    is_class = isinstance(cast(object, settings_class), type)  # an author may write anything
    found = _KNOWN.get(settings_class) if is_class else None
    if found is None:
        mistakes: list[str] = []
        found = tuple(_read(settings_class, mistakes))
        if mistakes:
            raise ExtensionError.listing(f"in the settings class {title(settings_class)}", mistakes)
        _KNOWN[settings_class] = found
    return found


def title(settings_class: Any) -> str:
    """Return the name of a settings class, for messages."""
    name = getattr(settings_class, "__qualname__", None)
    return f"{settings_class.__module__}.{name}" if name else repr(settings_class)


def is_secret(field: dataclasses.Field[Any]) -> bool:
    """Return whether a field of a dataclass was declared by :func:`setting` as a secret."""
    note = field.metadata.get(_NOTE)
    return note is not None and bool(note.secret)


def _read(settings_class: Any, mistakes: list[str]) -> Iterator[Declaration]:
    if not (isinstance(settings_class, type) and dataclasses.is_dataclass(settings_class)):
        mistakes.append("it is not a dataclass; decorate it with @dataclass(frozen=True, kw_only=True)")
        return
    if not settings_class.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # typeshed leaves it out
        mistakes.append("it is not frozen; decorate it with @dataclass(frozen=True, kw_only=True)")
    types: dict[str, Any] = {}
    try:
        types = typing.get_type_hints(settings_class, include_extras=True)
    except (NameError, TypeError, SyntaxError) as error:
        mistakes.append(f"its annotations cannot be resolved: {error}; import what they name at run time")
    for field in dataclasses.fields(settings_class):
        if field.init:  # one that the class computes by itself is no setting
            mistakes += _field_mistakes(field)
            note = field.metadata.get(_NOTE, _Note("", secret=False))
            factory = None if field.default_factory is MISSING else field.default_factory
            yield Declaration(field.name, types.get(field.name), field.default, factory, note.doc, note.secret)


def _field_mistakes(field: dataclasses.Field[Any]) -> Iterator[str]:
    name = field.name
    if _NOTE not in field.metadata:
        yield f"{name}: no setting; write {name}: … = setting(…, doc=…)"
    if not field.kw_only:
        yield f"{name}: not keyword-only; decorate the class with @dataclass(frozen=True, kw_only=True)"
    if name != name.lower() or "__" in name or name.startswith("_"):
        yield f"{name}: no name for a key; write it in lower case, with single underscores inside"
