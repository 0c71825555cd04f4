"""Which names a new package can have."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import version
from typing import Final

import ferrule
from ferrule.cli.main import cli
from ferrule.config import CoreSettings

__all__ = ["app_name_mistakes", "class_name", "extension_name_mistakes", "ferrule_release", "package_name"]

LONGEST: Final = 24
"""Characters; with longer names, lines of the code would be wider than formatters leave them."""

_FORM: Final = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")

_FIRST_PARTY: Final = frozenset({"devtools", "login", "migrate", "porting", "sqlalchemy"})
_BUILTIN: Final = frozenset({"core", "origin_guard", "server_timing", "sessions", "static"})
_COMMANDS: Final = frozenset({"db", "new"})
_TABLES: Final = frozenset({"app", "env"})

_IMPORTED: Final = frozenset(
    {
        *("alembic", "click", "cryptography", "itsdangerous", "jinja2", "mako", "markupsafe", "msgspec", "packaging"),
        *("pluggy", "pytest", "sqlalchemy", "werkzeug"),
    }
)
_FOLDERS: Final = frozenset({"instance", "migrations", "tests"})
_DEVICES: Final = frozenset({"aux", "con", "nul", "prn"})


def package_name(name: str) -> str:
    """Return the name of the package: Python's identifiers have no dash."""
    return name.replace("-", "_")


def class_name(name: str) -> str:
    """Return a name as that of a class: ``rate-limit`` is ``RateLimit``."""
    return "".join(part.capitalize() for part in re.split(r"[-_]", name))


def ferrule_release() -> str:
    """Return the release of the installed Ferrule without its last part, such as ``0.1``."""
    return ".".join(version("ferrule").split(".")[:2])


def app_name_mistakes(name: str) -> Iterator[str]:
    """Go through what is wrong with the name of an application."""
    yield from _form_mistakes(name, "app")
    package = package_name(name)
    if package in sys.stdlib_module_names:
        yield _taken(name, "a module of Python's own has this name", "app")
    if re.match(r"ferrule(?:_|$)", package):
        yield f"NAME {name!r}: Ferrule and its extensions have such names; choose another"
    if package in _IMPORTED:
        yield _taken(name, "a package that the application needs has this name", "app")
    if package in _FOLDERS:
        yield _taken(name, "the project has another folder of this name", "app")
    if package in _DEVICES:
        yield _taken(name, "Windows keeps this name for a device", "app")


def extension_name_mistakes(name: str) -> Iterator[str]:
    """Go through what is wrong with the name of an extension."""
    yield from _form_mistakes(name, "extension")
    package, short = package_name(name), re.sub(r"^ferrule[-_]?", "", name)
    if package.startswith("ferrule"):
        cure = f"give the part after it: {short!r}" if short else "choose another"
        yield f"NAME {name!r}: the distribution's name begins with 'ferrule-' anyway; {cure}"
    if package in _FIRST_PARTY:
        yield _taken(name, f"there is a ferrule-{name} already", "extension")
    if package in _BUILTIN or package in _TABLES:
        yield _taken(name, "the framework itself uses this name", "extension")
    if keys := [field.name for field in fields(CoreSettings) if f"{field.name}_".startswith(f"{package}_")]:
        yield _taken(name, f"its settings would be taken for the framework's {keys[0]!r}", "extension")
    if name in cli.commands or package in _COMMANDS:
        yield _taken(name, f"its command would be `ferrule {name}`, which there is already", "extension")
    if class_name(name) in ferrule.__all__ or package in ferrule.__all__:
        yield _taken(name, "Ferrule has something of this name, which its code would hide", "extension")


def _form_mistakes(name: str, kind: str) -> Iterator[str]:
    if not _FORM.fullmatch(name):
        found = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")
        hint = f"; write {found!r}" if name.isascii() and _FORM.fullmatch(found) else ""
        yield f"NAME {name!r}: it begins with a letter and has a to z, digits, and single - or _ inside{hint}"
    elif keyword.iskeyword(name) or keyword.iskeyword(class_name(name)):
        yield _taken(name, "it is a keyword of Python", kind)
    if len(name) > LONGEST:
        yield f"NAME {name!r}: it has {len(name)} characters; {LONGEST} are the most"


def _taken(name: str, why: str, kind: str) -> str:
    other = f"my_{package_name(name)}" if kind == "app" else f"my-{name}"
    return f"NAME {name!r}: {why}; choose another, such as {other!r}"
