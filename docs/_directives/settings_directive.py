"""The ``settings`` directive: the declared settings of a section, as the reference shows them."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, ClassVar, Final

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx

from ferrule.config import Declaration, declarations
from ferrule.typed.typenames import type_text

_SINGLE_TICKS: Final = re.compile(r"(?<!`)`(?!`)")


class Settings(Directive):
    """``{settings} ferrule.config:CoreSettings``, with the name of the table as an option."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"table": str}

    def run(self) -> list[nodes.Node]:
        """Return a definition for each setting."""
        module, _, name = self.arguments[0].partition(":")
        table = self.options.get("table", "")
        lines: list[str] = []
        for declaration in declarations(getattr(import_module(module), name)):
            lines += _definition(declaration, table)
        container = nodes.container()
        self.state.nested_parse(StringList(lines, source=self.arguments[0]), 0, container)
        return container.children


def _definition(declaration: Declaration, table: str) -> list[str]:
    prefix = f"{table.upper()}_" if table else ""
    key = f"{prefix}{declaration.name.upper()}"
    default = "required" if declaration.required else f"default ``{declaration.default!r}``"
    secret = ", masked in ``ferrule config``" if declaration.secret else ""
    return [
        f"``{declaration.name}``",
        f"    ``{type_text(declaration.type)}``, {default}{secret}.",
        f"    In code ``{key}``, in the environment ``FERRULE_{key}``.",
        "",
        f"    {_SINGLE_TICKS.sub('``', declaration.doc)}",
        "",
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("settings", Settings)
    return {"parallel_read_safe": True}
