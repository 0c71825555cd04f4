"""The scaffold of an extension."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from ferrule.typed.suggest import did_you_mean

from .names import class_name, extension_name_mistakes, ferrule_release, package_name
from .scaffold import Scaffold

__all__ = ["DEFAULT_LICENSE", "LICENSES", "extension", "extension_mistakes"]

DEFAULT_LICENSE: Final = "BSD-3-Clause"

LICENSES: Final = (DEFAULT_LICENSE, "MIT")
"""The licences whose text can be written, by their SPDX identifiers."""


def extension_mistakes(name: str, *, license_id: str = DEFAULT_LICENSE) -> Iterator[str]:
    """Go through what is wrong with what somebody asks of a new extension.

    Args:
        name: Its name.
        license_id: The SPDX identifier of its licence.
    """
    yield from extension_name_mistakes(name)
    if license_id not in LICENSES:
        hint = did_you_mean(license_id, LICENSES, otherwise=f"there is {' and '.join(LICENSES)}")
        yield f"--license {license_id!r}: no text for this{hint}"


def extension(name: str, *, license_id: str = DEFAULT_LICENSE, author: str = "") -> Scaffold:
    """Return the scaffold of an extension.

    Args:
        name: Its name, one without mistakes.
        license_id: The SPDX identifier of its licence.
        author: Who holds the copyright; its authors unless given.
    """
    package = package_name(name)
    distribution = f"ferrule-{name.replace('_', '-')}"
    values = {
        "name": package,
        "command": name.replace("_", "-"),
        "title": name.replace("_", " ").replace("-", " ").capitalize(),
        "class_name": class_name(name),
        "package": f"ferrule_{package}",
        "distribution": distribution,
        "license": license_id,
        "author": author or f"the authors of {distribution}",
        "year": datetime.now(UTC).year,
        "release": ferrule_release(),
    }
    steps = ("python -m venv .venv && . .venv/bin/activate", "pip install -e '.[dev]'", "pytest")
    return Scaffold(folder=distribution, layers=("extension",), values=values, steps=steps)
