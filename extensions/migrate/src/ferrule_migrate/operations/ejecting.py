"""An environment of a project's own, for those who must have one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from ferrule import App

from ..exceptions import MigrationError
from ..folders import OWN_ENVIRONMENT, directory_of
from ..given import Given

__all__ = ["init", "list_templates"]

_TEMPLATES: Final = OWN_ENVIRONMENT.parent


def list_templates() -> dict[str, str]:
    """Return the templates by name, each with the first line of its README."""
    folders = sorted(each for each in _TEMPLATES.iterdir() if (each / "env.py").is_file())
    return {each.name: (each / "README").read_text(encoding="utf-8").splitlines()[0] for each in folders}


def init(app: App, *, directory: str | os.PathLike[str] | None, template: str | None, package: bool) -> list[Path]:
    """Copy a template into the project; see :func:`ferrule_migrate.init`."""
    folder = directory_of(app, directory) if directory is not None else app.extension(Given).directory(app)
    source = _template(template or OWN_ENVIRONMENT.name)
    there = [folder / file.name for file in source.iterdir() if file.suffix in {".py", ".mako"}]
    for file in there:
        if file.exists():
            raise MigrationError(f"{file} is there already; move it away first, if a new one is to be written")
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    for file in there:
        shutil.copyfile(source / file.name, file)
    packages = [folder / "__init__.py", folder / "versions" / "__init__.py"] if package else []
    for file in packages:
        file.touch()
    return [*there, *packages]


def _template(name: str) -> Path:
    folder = Path(name) if "/" in name or "\\" in name else _TEMPLATES / name
    if not (folder / "env.py").is_file() or not (folder / "script.py.mako").is_file():
        known = ", ".join(list_templates())
        raise MigrationError(
            f"there is no template {name!r}, which would be a folder with env.py and script.py.mako; there are: {known}"
        )
    return folder
