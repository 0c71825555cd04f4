"""The core stays a micro framework: it grows by decision, and no part of it outgrows a reader."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

MAX_CODE_LINES: Final = 9138
"""A ratchet, in lines that are neither empty nor comment nor docstring. The aim is about 5,000: whoever adds code takes
other code out, and whoever makes the core smaller lowers the bound. It was raised four times: for the
diagnostics of extensions, for what an audit of these taught, for test clients that extensions prepare, and for the
commands of extensions that code enlists."""

MAX_LINES_OF_FILE: Final = 420
MAX_LINES_OF_FUNCTION: Final = 60

CORE: Final = sorted((ROOT / "core/src/ferrule").rglob("*.py"))
NO_CODE: Final = {getattr(tokenize, name) for name in ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")}


def code_lines(source: str) -> set[int]:
    """Return the numbers of the lines that have code; texts that stand for themselves, docstrings, are none."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {line for token in tokens if token.type not in NO_CODE for line in range(token.start[0], token.end[0] + 1)}
    return lines - {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in lines_of(node)
    }


def lines_of(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def functions_in(source: str) -> Iterator[tuple[str, int]]:
    """Go through the functions of a file, each with its lines of code."""
    code = code_lines(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, len(code.intersection(lines_of(node)))


def test_code_is_counted_without_comments_and_docstrings() -> None:
    source = "\n".join(
        [
            *('"""Docstring."""', "", "# why", "A = 1  # what"),
            *('"""Docstring of A,', 'on two lines."""', 'B = """', "text", '"""'),
            *("def f():", '    "Docstring."', "    return A"),
        ]
    )
    assert sorted(code_lines(source)) == [4, 7, 8, 9, 10, 12]
    assert list(functions_in(source)) == [("f", 2)]


def test_the_core_stays_small() -> None:
    count = sum(len(code_lines(file.read_text(encoding="utf-8"))) for file in CORE)
    assert count <= MAX_CODE_LINES, f"the core has {count} lines of code; make it smaller elsewhere"


@pytest.mark.parametrize("file", CORE, ids=lambda file: str(file.relative_to(ROOT / "core/src")))
def test_a_file_and_its_functions_can_be_read_at_once(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MAX_LINES_OF_FILE
    assert [name for name, count in functions_in(source) if count > MAX_LINES_OF_FUNCTION] == []
