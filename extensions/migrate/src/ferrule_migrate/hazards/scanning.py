"""What the text of a revision has after the line to which it could be read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from .statements import destructive_parts

__all__ = ["scanned"]

_DROPS: Final = {"drop_table": "drop-table", "drop_column": "drop-column"}


def scanned(path: str, place: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield what a file seems to drop: the kind of hazard, its subject, and its place.

    Args:
        path: The file.
        place: ``file:line`` up to which it was read; ``None`` for not at all.
    """
    start = int(place.rpartition(":")[2]) if place is not None else 0
    tree = ast.parse(Path(path).read_bytes())
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("downgrade"):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.lineno > start:
                    yield from ((*found, f"{path}:{call.lineno}") for found in _of_call(call, call.func.attr))


def _of_call(call: ast.Call, name: str) -> Iterator[tuple[str, str]]:
    texts = [_text(argument) for argument in call.args]
    if name in _DROPS:
        kind, what = _DROPS[name], ".".join(text or "?" for text in texts[:2]) or "?"
        yield kind, f"{kind.removeprefix('drop-')} {what!r}"
    elif name in {"execute", "exec_driver_sql", "text"} and texts and texts[0] is not None:
        yield from (("raw-sql", part) for part in destructive_parts(texts[0]))


def _text(node: Any) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
