"""What a user gets: wheels that hold everything, and one extension beside the core in a fresh environment."""

import json
import re
import subprocess
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheels

Run = Callable[..., str]

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "ferrule": ROOT / "core",
    "ferrule_devtools": ROOT / "extensions/devtools",
    "ferrule_login": ROOT / "extensions/login",
    "ferrule_migrate": ROOT / "extensions/migrate",
    "ferrule_porting": ROOT / "extensions/porting",
    "ferrule_sqlalchemy": ROOT / "extensions/sqlalchemy",
}
APPLICATION = """
from ferrule import App
from ferrule_sqlalchemy import db
from sqlalchemy import text

app = App(__name__)


@app.get("/<int:number>")
def double(number: int) -> dict[str, int]:
    return {"doubled": db.session.scalar(text("select 2 * :number"), {"number": number})}
"""
CONFIGURATION = """
application = "doubling:app"
extensions = ["sqlalchemy"]

[sqlalchemy]
database_uri = "sqlite://"
"""
SERVE_ONE_REQUEST = """
from wsgiref.simple_server import make_server
from doubling import app

with make_server("127.0.0.1", 0, app) as server:
    server.timeout = 20
    print(server.server_port, flush=True)
    server.handle_request()
"""


@pytest.fixture(scope="module")
def environment(run: Run, wheels: dict[str, Path], constraints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a fresh environment in which somebody installed the core and one extension."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    run(python, "-m", "pip", "install", "-qq", "-c", constraints, wheels["ferrule"], wheels["ferrule_sqlalchemy"])
    return python.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a small application that enables the extension."""
    (tmp_path / "doubling.py").write_text(APPLICATION, encoding="utf-8")
    (tmp_path / "ferrule.toml").write_text(CONFIGURATION, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_holds_every_file_of_its_package_and_the_licence(wheels: dict[str, Path], package: str) -> None:
    source = PACKAGES[package] / "src"
    files = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    shipped = {name for name in files if not re.search(r"__pycache__|/\.[a-z_]+_cache/", name)}
    assert f"{package}/py.typed" in shipped
    names = zipfile.ZipFile(wheels[package]).namelist()
    assert {name for name in names if ".dist-info/" not in name} == shipped
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_core_and_one_extension_serve_a_request(
    environment: Path, project: Path, clean_environment: dict[str, str]
) -> None:
    with (
        serving(environment / "python", project, clean_environment) as port,
        closing(HTTPConnection("127.0.0.1", port, timeout=20)) as client,
    ):
        client.request("GET", "/21")
        answer = client.getresponse()
        assert (answer.status, json.load(answer)) == (200, {"doubled": 42})


def test_the_command_lists_the_installed_extension_and_no_other(environment: Path, project: Path, run: Run) -> None:
    lines = run(environment / "ferrule", "extensions", cwd=project).splitlines()
    states = {line.split()[0]: line.split()[1].rstrip(",") for line in lines if " " in line}
    assert states["sqlalchemy"] == "enabled"
    assert not {"devtools", "login", "migrate", "porting"} & states.keys()


@contextmanager
def serving(python: Path, project: Path, environ: dict[str, str]) -> Iterator[int]:
    """Serve one request of the application, and see the server end well."""
    command: list[str | Path] = [python, "-W", "error", "-c", SERVE_ONE_REQUEST]
    with subprocess.Popen(command, cwd=project, env=environ, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield int(server.stdout.readline())
        assert server.wait(timeout=20) == 0
