"""What can be wrong inside a value, and the texts and tables that values are made of before they are converted."""

from collections.abc import Iterable
from enum import Enum
from typing import Any, Final, NamedTuple, Self, TypeAlias

__all__ = ["MOST", "NOTHING", "Array", "Problem", "Sent", "Steps", "Table", "Text", "Unfit"]


class Nothing(Enum):
    """The absence of a value."""

    NOTHING = "nothing"


NOTHING: Final = Nothing.NOTHING
"""There is no value to show; ``None`` is one."""

MOST: Final = 100
"""The number of problems after which no more are looked for: a client may send a million."""

Steps: TypeAlias = tuple[str | int, ...]
"""Where something is inside a value: keys of tables and indices of lists, from the outside in."""


class Problem(NamedTuple):
    """Something wrong inside a value.

    Attributes:
        path: Where it is.
        text: What is wrong, and what cures it.
        value: What was found there, :data:`NOTHING` where there is nothing to show.
    """

    path: Steps
    text: str
    value: Any = NOTHING


class Unfit(Exception):  # noqa: N818 - it says what the value is; it never leaves this package
    """A value does not fit its declaration.

    Args:
        problems: All that is wrong with it.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


class Text(str):
    """A text from outside the file, which is converted to the declared type as no string of the file is.

    Attributes:
        source: What a value of the file points to, such as ``environment DATABASE_URL``; empty where none does.
        is_json: Whether it is read as JSON where no type is declared.
    """

    __slots__ = ("is_json", "source")

    source: str
    is_json: bool

    def __new__(cls, text: str, source: str = "", *, is_json: bool = True) -> Self:
        """Make a text that knows where it came from."""
        self = super().__new__(cls, text)
        self.source = source
        self.is_json = is_json
        return self


class Table(dict[str, Any]):
    """A table that may hold a :class:`Text`; any other dict holds none."""


class Sent(dict[str, Any]):
    """A table that a client sent. Keys that its type does not know are no problem there, unless the type says so."""


class Array(list[Any]):
    """A list that may hold a :class:`Text`; any other list holds none."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__(items)
