"""Where the files of an application are: beside its module, and in its instance folder."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

__all__ = ["instance_folder", "root_of"]


def root_of(import_name: str) -> str:
    """Return the folder of a module or package, the working directory where there is none (``__main__`` in a shell)."""
    file = getattr(sys.modules.get(import_name), "__file__", None)
    if file is None:
        spec = _spec_of(import_name)
        if spec is not None and spec.origin is None and spec.submodule_search_locations:
            return os.path.abspath(next(iter(spec.submodule_search_locations)))  # a namespace package
        file = None if spec is None else spec.origin
    return str(Path.cwd()) if file is None else os.path.dirname(os.path.abspath(file))


def instance_folder(import_name: str, given: str | None = None) -> str:
    """Return the folder for files that belong to one installation, such as an SQLite database.

    Args:
        import_name: The application's module.
        given: An absolute path that stands in place of the one that is found: ``instance`` beside the application's
            module or top-level package, ``var/NAME-instance`` below the prefix if that is installed.

    Raises:
        ValueError: The given path is relative.
    """
    if given is not None:
        if not os.path.isabs(given):
            raise ValueError(f"instance_path={given!r} is relative; give an absolute path")
        return given
    top_level = import_name.partition(".")[0]
    root = Path(root_of(top_level))
    spec = _spec_of(top_level)
    beside = root.parent if spec is not None and spec.submodule_search_locations else root
    if {"site-packages", "dist-packages"} & set(beside.parts):
        return os.path.join(_prefix_of(beside), "var", f"{top_level}-instance")
    return str(beside / "instance")


def _prefix_of(site_packages: Path) -> str:
    """Return where a package is installed to: the interpreter's prefix, or the folder above ``lib/pythonX.Y``."""
    if site_packages.is_relative_to(sys.prefix):
        return sys.prefix
    parent = site_packages.parent
    parent = parent.parent if parent.parent.name.lower() == "lib" else parent
    return str(parent.parent if parent.name.lower() == "lib" else parent)


def _spec_of(import_name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(import_name)
    except (ImportError, ValueError):
        return None
