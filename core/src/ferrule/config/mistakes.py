"""One line for each mistake: where it is, what was found, what is wrong, and what cures it."""

from ..exceptions import ConfigError
from ..typed.problems import NOTHING, Problem, Steps, Text
from ..typed.suggest import nearest
from ..typed.typenames import found_text, shown_value
from .declare import Declaration
from .masking import MASK, is_secret_inside, masked
from .provenance import Origin, shown_name

__all__ = ["describe", "is_secret_at", "raise_if_any"]


def describe(origin: Origin, name: str, problem: Problem, *, secret: bool = False) -> str:
    """Return the line of a message about something wrong with a value.

    Args:
        origin: Where the value came from.
        name: How the setting is called there. A variable of the environment is its own name.
        problem: What is wrong, and where inside the value.
        secret: Whether the value must not be shown.
    """
    place = str(origin) if origin.kind in {"environment", "command line"} else f"{origin} {shown_name(name)}"
    place += _inside(problem.path) + _found(problem, secret=secret)
    return f"{place}: {problem.text}{_instead(problem, secret=secret)}"


def is_secret_at(declared: Declaration | None, path: Steps) -> bool:
    """Return whether a place inside the value of a setting must not be shown."""
    return declared is not None and (declared.secret or is_secret_inside(declared.type, path))


def raise_if_any(mistakes: list[str]) -> None:
    """Raise all mistakes of the configuration together.

    Raises:
        ConfigError: There are some.
    """
    if mistakes:
        raise ConfigError.listing("in the configuration", mistakes)


def _inside(path: Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{shown_name(step)}" for step in path)


def _found(problem: Problem, *, secret: bool) -> str:
    value = problem.value
    if value is NOTHING:
        return ""
    via = f" (from {value.source})" if isinstance(value, Text) and value.source else ""
    plain = str(value) if isinstance(value, Text) else value
    return f"={MASK if secret else shown_value(masked(plain))}{via}"


def _instead(problem: Problem, *, secret: bool) -> str:
    """Return the kind of a value that is not to be shown; one of the environment is a text in any case."""
    is_told = not secret or problem.value is NOTHING or isinstance(problem.value, Text)
    return ("" if is_told else f", found {found_text(problem.value)}") + _meant(problem.value)


def _meant(value: object) -> str:
    """Return how a value that stands elsewhere is written, for a table that was meant to be one."""
    if not (isinstance(value, dict) and any(nearest(str(key), ("env", "file", "none")) for key in value)):
        return ""
    return '; write { env = "NAME" } or { file = "/path" } for what stands elsewhere, { none = true } for nothing'
