"""The scaffold of an application."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from ferrule.typed.suggest import did_you_mean

from .names import app_name_mistakes, ferrule_release, package_name
from .scaffold import Scaffold

__all__ = ["FEATURES", "application", "application_mistakes"]

FEATURES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "sqlalchemy": ("", ""),
        "login": ("sqlalchemy", "its users are rows of a table"),
        "migrate": ("sqlalchemy", "it migrates a database"),
    }
)
"""The extensions that an application can begin with: each with the one that it needs, and why."""


def application_mistakes(name: str, *, features: Iterable[str] = ()) -> Iterator[str]:
    """Go through what is wrong with what somebody asks of a new application.

    Args:
        name: Its name.
        features: The extensions that it is to begin with.
    """
    yield from app_name_mistakes(name)
    wanted = dict.fromkeys(features)
    for feature in wanted:
        if feature not in FEATURES:
            hint = did_you_mean(feature, FEATURES, otherwise=f"there is {', '.join(FEATURES)}")
            yield f"--with {feature!r}: no such part{hint}"
            continue
        needed, why = FEATURES[feature]
        if needed and needed not in wanted:
            known = [name for name in FEATURES if name in wanted or name == needed]
            yield f"--with {feature!r}: {why}; add {needed!r}: --with {','.join(known)}"


def application(name: str, *, features: Iterable[str] = ()) -> Scaffold:
    """Return the scaffold of an application.

    Args:
        name: Its name, one without mistakes.
        features: The extensions that it is to begin with, with what they need.
    """
    wanted, package = set(features), package_name(name)
    layers = ("app/base", *(f"app/{feature}" for feature in FEATURES if feature in wanted))
    now = datetime.now(UTC).replace(tzinfo=None)
    values: dict[str, object] = {
        **{feature: feature in wanted for feature in FEATURES},
        "package": package,
        "distribution": name.replace("_", "-"),
        "title": package.replace("_", " ").title(),
        "variable": package.upper(),
        "release": ferrule_release(),
        "instance": "instance",  # the templates are not in a folder of this name, which no repository keeps
        "secret_key": secrets.token_hex(32),
        "revision": secrets.token_hex(6),
        "created": now,
        "stamp": f"{now:%Y%m%d_%H%M}",
    }
    private = frozenset({"instance/secret_key"})
    return Scaffold(folder=name, layers=layers, values=values, private=private, steps=_steps(wanted))


def _steps(wanted: set[str]) -> tuple[str, ...]:
    tables = {"migrate": "ferrule db upgrade", "sqlalchemy": "ferrule create-tables"}
    return (
        "python -m venv .venv && . .venv/bin/activate",
        "pip install -e '.[dev]'",
        *[command for feature, command in tables.items() if feature in wanted][:1],
        "ferrule run",
    )
