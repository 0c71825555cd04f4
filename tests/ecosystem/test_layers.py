"""The floors of the core: nothing imports in a circle, and nothing hides in a function or behind TYPE_CHECKING."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

APP = "ferrule.app"
PACKAGES = ("ferrule", "ferrule_devtools", "ferrule_login", "ferrule_migrate", "ferrule_porting", "ferrule_sqlalchemy")
ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("core/src/ferrule/**/*.py"), *ROOT.glob("extensions/*/src/*/**/*.py")]


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """What each module imports, in functions and for types too, but for type-only imports of App."""
    everything = grimp.build_graph(*PACKAGES, cache_dir=None)
    at_run_time = grimp.build_graph(*PACKAGES, cache_dir=None, exclude_type_checking_imports=True)
    for_types = everything.find_modules_that_directly_import(APP) - at_run_time.find_modules_that_directly_import(APP)
    edges = {module: everything.find_modules_directly_imported_by(module) for module in everything.modules}
    return {module: imported - {APP} if module in for_types else imported for module, imported in edges.items()}


def test_no_modules_import_each_other_in_a_circle(imports: dict[str, set[str]]) -> None:
    assert list(circles(imports)) == []


def test_a_circle_would_be_found() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set[str](), "e": {"e", "a"}}
    assert sorted(circles(edges)) == [["a", "b", "c"], ["e"]]


def test_no_module_imports_its_own_package_from_above(imports: dict[str, set[str]]) -> None:
    """The re-exports of ``ferrule/__init__.py`` are for others: inside, a name comes from the file that holds it."""
    importers = [module for module, imported in imports.items() if "ferrule" in imported]
    assert [module for module in importers if module.startswith("ferrule.")] == []


def test_the_floors_except_type_only_imports_of_app_and_nothing_else() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    floors = [contract for contract in tools["importlinter"]["contracts"] if contract["type"] == "layers"]
    excepted = [edge for contract in floors for edge in contract.get("ignore_imports", ())]
    assert excepted
    assert [edge for edge in excepted if not edge.endswith(f" -> {APP}")] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_an_import_in_a_function_says_why(path: Path) -> None:
    """Imports stand at the top, but for what start-up must not pay for (PERF) and what may be absent (optional)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks = [with_comment(lines, statement) for statement in imports_in_functions(path)]
    assert [block for block in blocks if "PERF:" not in block and "optional" not in block] == []


def imports_in_functions(path: Path) -> Iterator[ast.stmt]:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))


def with_comment(lines: list[str], statement: ast.stmt) -> str:
    """The text of an import with the imports and comments right above it: one comment may answer for a block."""
    first = statement.lineno - 1
    while lines[first - 1].strip().startswith(("import ", "from ", "#")):
        first -= 1
    return "\n".join(lines[first : statement.end_lineno])


def circles(edges: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield the modules of each circle: those that reach themselves by the same modules."""
    reached = {module: reachable(module, edges) for module in edges}
    seen: set[str] = set()
    for module in sorted(edges):
        if module in reached[module] and module not in seen:
            circle = {other for other in reached[module] if module in reached.get(other, ())}
            seen |= circle
            yield sorted(circle)


def reachable(module: str, edges: dict[str, set[str]]) -> set[str]:
    """All modules that a module imports, at once or by way of others."""
    found: set[str] = set()
    waiting = list(edges[module])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(edges.get(name, ()))
    return found
