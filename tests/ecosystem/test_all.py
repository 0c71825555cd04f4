"""``__init__.py`` holds sorted re-exports and nothing else."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [*ROOT.glob("core/src/**/__init__.py"), *ROOT.glob("extensions/*/src/**/__init__.py")]


def name_of(path: Path) -> str:
    return path.parent.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PACKAGES, ids=name_of)
def test_a_package_re_exports_and_does_nothing_else(path: Path) -> None:
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    assert [ast.unparse(statement) for statement in statements if not is_allowed(statement)] == []


@pytest.mark.parametrize("path", PACKAGES, ids=name_of)
def test_all_names_are_the_public_names_sorted(path: Path) -> None:
    """Constants first, then classes, then functions, each in the order of the alphabet."""
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    imports = [statement for statement in statements if isinstance(statement, ast.ImportFrom)]
    public = {alias.asname or alias.name for statement in imports for alias in statement.names}
    assert declared(statements) == sorted((name for name in public if not name.startswith("_")), key=rank)


def is_allowed(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0]) == "__all__"
    return isinstance(statement, ast.ImportFrom) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def declared(statements: list[ast.stmt]) -> list[str]:
    for statement in statements:
        if isinstance(statement, ast.Assign):
            names: list[str] = ast.literal_eval(statement.value)
            return names
    return []


def rank(name: str) -> tuple[bool, bool, str]:
    is_constant = name.isupper() and len(name) > 1
    return (not is_constant, not name[0].isupper(), name)
