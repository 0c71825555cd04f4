"""What an import costs, and that no module leans on another having been imported first."""

import os
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "asyncio",
    "click",
    "cryptography",
    "importlib.metadata",
    "itsdangerous",
    "multiprocessing",
    "sqlalchemy",
    "sqlite3",
    "tomllib",
    "unittest",
    "werkzeug.debug",
)

# What others wrote is imported beforehand, once; then each of our modules in a process of its own. The packages' own
# `__init__.py`, which would import everything in the order that works, are kept from running first.
IMPORT_EACH_ALONE = """
import importlib.util, os, sys, traceback, types
import alembic.command, click, cryptography.hazmat.primitives.ciphers.aead, itsdangerous, jinja2, msgspec, pluggy
import pytest, sqlalchemy.orm, werkzeug.debug, werkzeug.routing, werkzeug.serving, werkzeug.test

def import_alone(name):
    package = name.partition(".")[0]
    if name != package:
        spec = importlib.util.find_spec(package)
        sys.modules[package] = module = types.ModuleType(package)
        module.__path__, module.__spec__ = spec.submodule_search_locations, spec
    importlib.import_module(name)

for name in sys.stdin.read().split():
    child = os.fork()
    if not child:
        try:
            import_alone(name)
        except BaseException:
            print(name, traceback.format_exc(), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_importing_the_core_pulls_in_nothing_heavy() -> None:
    loaded = run("import ferrule, sys; print(*sys.modules)").split()
    assert "ferrule" in loaded
    assert sorted(set(HEAVY) & set(loaded)) == []


@pytest.mark.parametrize(
    "package", ["ferrule_devtools", "ferrule_login", "ferrule_migrate", "ferrule_porting", "ferrule_sqlalchemy"]
)
def test_importing_an_extension_pulls_in_no_other(package: str) -> None:
    allowed = {"ferrule", package} | ({"ferrule_sqlalchemy"} if package == "ferrule_migrate" else set())
    loaded = run(f"import {package}, sys; print(*sys.modules)").split()
    assert {name for name in loaded if name.startswith("ferrule") and "." not in name} <= allowed


def test_login_needs_no_database() -> None:
    assert "sqlalchemy" not in run("import ferrule_login, sys; print(*sys.modules)").split()


@pytest.mark.skipif(
    not hasattr(os, "fork"), reason="a fresh process for each module is a fork, which this system has not"
)
@pytest.mark.timeout(300)  # as many processes as there are modules, on a machine that others use too
def test_each_module_imports_alone() -> None:
    assert run(IMPORT_EACH_ALONE, given="\n".join(modules())) == ""


def modules() -> list[str]:
    names = ["ferrule", "ferrule_devtools", "ferrule_login", "ferrule_migrate", "ferrule_porting", "ferrule_sqlalchemy"]
    for package in map(import_module, tuple(names)):
        names += [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return names


def run(script: str, given: str = "") -> str:
    """Run a script in a fresh interpreter, warnings being errors, and return what it prints."""
    command = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(command, input=given, capture_output=True, check=True, text=True, cwd=ROOT).stdout
