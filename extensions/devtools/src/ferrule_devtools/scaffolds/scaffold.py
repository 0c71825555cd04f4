"""A scaffold: layers of templates and the values that they are filled in with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from ferrule import FerruleError

__all__ = ["Scaffold", "ScaffoldError", "render"]

_SUFFIX: Final = ".jinja"


class ScaffoldError(FerruleError):
    """Nothing was written; the text says why, and lists all mistakes."""


@dataclass(frozen=True, kw_only=True)
class Scaffold:
    """What is to be written.

    Attributes:
        folder: The name of the folder to make.
        layers: The folders of templates. What one has is beside what the others have: no two have a file in common.
        values: What the templates may name. ``{name}`` in the path of a template is one of them, too.
        private: The files that nobody else on the machine may read.
        steps: What to do next, a command each.
    """

    folder: str
    layers: tuple[str, ...]
    values: Mapping[str, object]
    private: frozenset[str] = frozenset()
    steps: tuple[str, ...] = ()


def render(scaffold: Scaffold) -> dict[str, str]:
    """Return the files of a scaffold: each one's text by its path below the folder, with ``/`` between the names.

    Args:
        scaffold: The scaffold.

    Raises:
        jinja2.TemplateError: A template names a value that the scaffold does not have.
    """
    environment = _environment()
    files: dict[str, str] = {}
    for name in environment.list_templates():
        for layer in scaffold.layers:
            if name.startswith(f"{layer}/"):
                path = name.removeprefix(f"{layer}/").removesuffix(_SUFFIX).format_map(scaffold.values)
                files[path] = environment.get_template(name).render(scaffold.values)
    return files


def _environment() -> Environment:
    """Return an environment whose signs no file has that is written: many of them are Jinja templates themselves."""
    return Environment(  # noqa: S701  # the files are sources, most of them no HTML; names are checked before
        loader=PackageLoader("ferrule_devtools", "scaffolds/templates"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
