"""``ferrule new app``: what it writes runs and tests green, whatever it begins with."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest

from ferrule_devtools.scaffolds import FEATURES, application, application_mistakes, write

COMBINATIONS: Final = ("", "sqlalchemy", "sqlalchemy,migrate", "sqlalchemy,login", "sqlalchemy,login,migrate")
PASSWORD: Final = "correct horse battery"
_BIN: Final = Path(sys.executable).parent


def named(features: str) -> str:
    return f"with_{features.replace('sqlalchemy', 'db').replace(',', '_') or 'nothing'}"


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an application for each combination, as somebody gets it."""
    folder = tmp_path_factory.mktemp("projects")
    for features in COMBINATIONS:
        write(application(named(features), features=filter(None, features.split(","))), folder)
    return folder


def run(folder: Path, *command: str) -> str:
    """Run a command in this environment, and expect it to be content."""
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}"}


def test_the_combinations_are_all_that_make_sense() -> None:
    possible = [
        [feature for bit, feature in enumerate(FEATURES) if bits >> bit & 1] for bits in range(2 ** len(FEATURES))
    ]
    sensible = {
        frozenset(features) for features in possible if not list(application_mistakes("hats", features=features))
    }
    assert {frozenset(filter(None, features.split(","))) for features in COMBINATIONS} == sensible


@pytest.mark.parametrize("features", COMBINATIONS)
def test_its_tests_are_green(projects: Path, features: str) -> None:
    output = run(projects / named(features), sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert re.search(r"\d+ passed", output)


@pytest.mark.parametrize("features", COMBINATIONS)
def test_linters_have_nothing_to_say(projects: Path, features: str) -> None:
    run(projects / named(features), "ruff", "check", "--no-cache")
    run(projects / named(features), "ruff", "format", "--check", "--no-cache")


@pytest.mark.parametrize("name", ["n", "a_name_of_some_length_24"])
def test_it_stays_well_formed_whatever_the_length_of_its_name(tmp_path: Path, name: str) -> None:
    folder, _ = write(application(name, features=FEATURES), tmp_path)
    run(folder, "ruff", "check", "--no-cache")
    run(folder, "ruff", "format", "--check", "--no-cache")


def test_mypy_finds_nothing_even_when_strict(projects: Path, tmp_path: Path) -> None:
    """All combinations in one run, since most of its time goes into reading SQLAlchemy; the tests of the whole one."""
    names = [named(features) for features in COMBINATIONS]
    sources = [*(f"{name}/{name}" for name in names), f"{names[-1]}/tests"]
    settings = tmp_path / "mypy.ini"
    settings.write_text(f"[mypy]\nstrict = true\nmypy_path = {':'.join(names)}\nexplicit_package_bases = true\n")
    output = run(
        projects, sys.executable, "-m", "mypy", "--config-file", str(settings), "--cache-dir", str(tmp_path), *sources
    )
    assert "no issues found" in output


@pytest.mark.parametrize("features", COMBINATIONS)
def test_its_configuration_has_no_mistake_and_its_key_stands_elsewhere(projects: Path, features: str) -> None:
    assert "from file instance/secret_key" in run(projects / named(features), "ferrule", "config", "secret_key")


def test_a_fresh_clone_gets_a_key_by_the_command_that_the_configuration_names(projects: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(projects / named(""), tmp_path / "clone", ignore=shutil.ignore_patterns("instance"))
    (command,) = re.findall(r"#   (python .*)", (folder / "ferrule.toml").read_text(encoding="utf-8"))
    run(folder, *shlex.split(command))
    assert "pages.home" in run(folder, "ferrule", "routes")
    file = folder / "instance/secret_key"
    assert (len(file.read_text(encoding="utf-8")), file.stat().st_mode & 0o777) == (64, 0o600)


def test_nothing_is_to_be_found_fault_with(projects: Path) -> None:
    folder = projects / named(COMBINATIONS[-1])
    assert "no findings" in run(folder, "ferrule", "check")


@pytest.mark.parametrize("features", [features for features in COMBINATIONS if "migrate" in features])
def test_its_first_revision_is_what_its_models_say(projects: Path, tmp_path: Path, features: str) -> None:
    folder = shutil.copytree(projects / named(features), tmp_path / "copy")
    assert re.search(r"Applied \w+ first tables", run(folder, "ferrule", "db", "upgrade"))
    assert "Nothing to do" in run(folder, "ferrule", "db", "migrate", "-m", "what is missing")
    assert "Undid" in run(folder, "ferrule", "db", "downgrade", "base")


def test_production_takes_its_secrets_from_the_environment(projects: Path, tmp_path: Path) -> None:
    folder, variable = projects / named(COMBINATIONS[-1]), named(COMBINATIONS[-1]).upper()
    command = ["ferrule", "check", "--deploy"]
    bare = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert bare.returncode == 1
    assert f"{variable}_SECRET_KEY is not set" in (told := bare.stdout + bare.stderr)
    assert f"{variable}_DATABASE_URL is not set" in told
    given = {f"{variable}_SECRET_KEY": os.urandom(32).hex(), f"{variable}_DATABASE_URL": f"sqlite:///{tmp_path}/db"}
    production = {**environment(), **given, "FERRULE_ENV": "production"}
    for each in (["ferrule", "db", "upgrade"], command):
        done = subprocess.run(each, cwd=folder, env=production, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def served(folder: Path) -> Iterator[HTTPConnection]:
    """Run the development server, and connect to it."""
    command = ["ferrule", "run", "--port", "0", "--no-reload"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            assert server.stdout is not None
            for line in server.stdout:
                if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                    break
            else:
                pytest.fail("the server ended")
            yield HTTPConnection("127.0.0.1", int(found[1]), timeout=20)
        finally:
            server.terminate()


@pytest.mark.parametrize("features", [features for features in COMBINATIONS if "login" in features])
def test_people_sign_up_log_in_and_log_out(projects: Path, tmp_path: Path, features: str) -> None:
    folder = shutil.copytree(projects / named(features), tmp_path / "copy")
    run(folder, "ferrule", *(["db", "upgrade"] if "migrate" in features else ["create-tables"]))
    with served(folder) as site:
        browser = Browser(site)
        assert browser.get("/items") == (303, "/log-in?next=/items")
        assert browser.post("/sign-up?next=/items", name="ada", password=PASSWORD) == (303, "/items")
        assert browser.post("/items", title="Tea") == (303, "/items")
        assert browser.get("/items")[0] == 200
        assert "Tea" in browser.text
        assert browser.post("/log-out") == (303, "/")
        assert browser.get("/items") == (303, "/log-in?next=/items")
        assert browser.post("/log-in", name="ada", password="not the password")[0] == 422
        assert browser.post("/log-in?next=https://evil.example", name="ada", password=PASSWORD) == (303, "/items")
        assert browser.get("/items")[0] == 200
        assert "Tea" in browser.text


@pytest.mark.parametrize("features", [features for features in COMBINATIONS if "login" not in features])
def test_what_has_no_login_serves_its_pages(projects: Path, tmp_path: Path, features: str) -> None:
    folder = shutil.copytree(projects / named(features), tmp_path / "copy")
    if features:
        run(folder, "ferrule", *(["db", "upgrade"] if "migrate" in features else ["create-tables"]))
    with served(folder) as site:
        browser = Browser(site)
        assert browser.get("/")[0] == 200
        assert "runs.</h1>" in browser.text
        assert browser.get("/static/style.css")[0] == 200
        assert browser.get("/items")[0] == (200 if features else 404)


class Browser:
    """Sends requests to a site, and keeps its cookies."""

    def __init__(self, site: HTTPConnection) -> None:
        self._site = site
        self._cookies: dict[str, str] = {}
        self.text = ""

    def get(self, path: str) -> tuple[int, str | None]:
        return self._send("GET", path, None)

    def post(self, path: str, **fields: str) -> tuple[int, str | None]:
        return self._send("POST", path, "&".join(f"{name}={value.replace(' ', '+')}" for name, value in fields.items()))

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, str | None]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        self._site.request(method, path, body, headers)
        answer = self._site.getresponse()
        self.text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        self._site.close()
        return answer.status, answer.headers["Location"]


def test_a_generated_page_keeps_to_what_helps_everybody(projects: Path) -> None:
    """Each field has its label, each page its language, and nothing is asked of another host."""
    pages = list(projects.rglob("templates/**/*.html"))
    assert len(pages) > 10
    for page in pages:
        text = page.read_text(encoding="utf-8")
        fields = re.findall(r'<input id="(\w+)"', text)
        assert text.count("<input") == len(fields)
        assert all(f'<label for="{field}">' in text for field in fields), page
        assert not re.search(r'(?:src|href)="https?:', text), page
        assert ("<html" in text) == ('<html lang="en">' in text), page
    for style in projects.rglob("style.css"):
        assert "prefers-color-scheme: dark" in style.read_text(encoding="utf-8")
