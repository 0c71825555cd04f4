"""The sources of the extensions that somebody works on: installed editable, or the application's own."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from ferrule.extensions import Candidate, Catalog

from .package import Package
from .sources import editable_folder, package_in, package_of

__all__ = ["developed_packages"]

_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


def developed_packages(candidates: Iterable[Candidate]) -> Iterator[Package]:
    """Go through the sources of extensions that can be mended here; what is merely installed is others' business.

    Args:
        candidates: The enabled extensions.
    """
    candidates = list(candidates)
    for name in dict.fromkeys(each.point.distribution for each in candidates if each.point is not None):
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        if editable_folder(installed) is not None:
            yield package_of(installed)
    offered = {point.value.partition(":")[0].partition(".")[0] for point in Catalog.installed().points}
    tops = (type(each.extension).__module__.partition(".")[0] for each in candidates if each.point is None)
    for top in dict.fromkeys(tops):
        folder = _folder_of(top)
        if top not in offered and folder is not None:
            yield package_in(folder, top)


def _folder_of(top: str) -> Path | None:
    """Return the folder that a package or module was imported from, if it is nobody else's."""
    file = getattr(sys.modules.get(top), "__file__", None)
    if file is None:
        return None
    path = Path(file)
    folder = path.parent.parent if path.stem == "__init__" else path.parent
    return folder if _INSTALLED.isdisjoint(folder.parts) else None
