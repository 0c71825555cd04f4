"""The commands: in processes of their own, as a developer starts them, and in tests through the runner."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
import pytest
from click.testing import CliRunner

from ferrule import App, current_app, request
from ferrule.cli.groups import AppGroup, with_appcontext
from ferrule.cli.locating import load_app
from ferrule.config import Source

CORE: Final = str(Path(__file__).parents[2] / "core" / "src")
COMMAND: Final = [sys.executable, "-c", "from ferrule.cli.main import main; main()"]
SIMPLE: Final = """
from ferrule import App
app = App(__name__)

@app.get("/")
def index() -> str:
    return "hello"

@app.get("/broken")
def broken() -> str:
    raise ValueError("what broke")
"""
CONFIGURED: Final = """
application = "shop:app"
secret_key = "not to be shown"
"""

IN_USE: Final = "address already in use; stop what uses it, or choose another port with --port"

Project = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    def make(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / name.replace("__", ".").replace("_in_", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FERRULE_", "WERKZEUG_"))}
    return {**kept, "PYTHONPATH": CORE, "PYTHONUNBUFFERED": "1", **variables}


def ferrule(folder: Path, *arguments: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**variables),
        input=given,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_routes_lists_every_rule(project: Project) -> None:
    result = ferrule(project(shop__py=SIMPLE, ferrule__toml='application = "shop:app"\n'), "routes")
    assert result.returncode == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["index", "GET", "/"] in lines
    assert ["static", "GET", "/static/<path:filename>"] in lines
    assert "Environment: development; configuration:" in result.stderr
    assert "ferrule.toml" in result.stderr


def test_a_command_works_from_any_folder_below_the_configuration(project: Project) -> None:
    folder = project(shop__py=SIMPLE, ferrule__toml=CONFIGURED)
    (folder / "deep" / "down").mkdir(parents=True)
    result = ferrule(folder / "deep" / "down", "routes", "--sort", "rule", "--all-methods")
    assert result.returncode == 0
    assert "GET, HEAD, OPTIONS" in result.stdout


def test_config_shows_values_sources_and_no_secret(project: Project) -> None:
    folder = project(shop__py=SIMPLE, ferrule__toml=CONFIGURED + '[env.production]\nsession_cookie_name = "prod"\n')
    result = ferrule(folder, "config", FERRULE_MAX_CONTENT_LENGTH="77")
    rows = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert result.returncode == 0
    assert "not to be shown" not in result.stdout + result.stderr
    assert "ferrule.toml" in rows["SECRET_KEY"]
    assert "77" in rows["MAX_CONTENT_LENGTH"]
    assert "FERRULE_MAX_CONTENT_LENGTH" in rows["MAX_CONTENT_LENGTH"]
    assert "True" in rows["DEBUG"]
    assert "'session'" in rows["SESSION_COOKIE_NAME"]
    limited = ferrule(folder, "--env", "production", "config", "cookie_name")
    assert "'prod'" in limited.stdout
    assert "SECRET_KEY" not in limited.stdout
    missing = ferrule(folder, "config", "nothing_like_it")
    assert (missing.returncode, "no key contains 'nothing_like_it'" in missing.stderr) == (2, True)


def test_extensions_answers_for_a_broken_application_and_an_unknown_extension(project: Project) -> None:
    folder = project(
        shop__py="raise ValueError('broken')", ferrule__toml=CONFIGURED + 'extensions = ["no_such_thing"]\n'
    )
    result = ferrule(folder, "extensions")
    assert result.returncode == 1
    assert re.search(r"no_such_thing +enabled, 1 +NOT INSTALLED", result.stdout)
    assert "no_such_thing" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_extension_can_be_left_out(project: Project) -> None:
    extension = """
from ferrule import Extension, hookimpl
class Failing(Extension):
    name = "failing"
    @hookimpl
    def app_init(self, app):
        raise ValueError("it fails")
"""
    folder = project(
        shop__py=SIMPLE, failing__py=extension, ferrule__toml=CONFIGURED + 'extensions = ["failing:Failing"]\n'
    )
    result = ferrule(folder, "routes")
    assert result.returncode == 1
    assert "failed in app_init: ValueError: it fails" in result.stderr
    assert "--no-extension failing" in result.stderr
    assert ferrule(folder, "--no-extension", "failing", "routes").returncode == 0


def test_shell_runs_python_in_a_context(project: Project) -> None:
    folder = project(
        shop__py=SIMPLE + "\n@app.shell_context_processor\ndef names():\n    return {'answer': 42}\n",
        ferrule__toml=CONFIGURED,
    )
    given = "from ferrule import current_app\nprint('IN', current_app.name, app.name, answer, g)\n"
    result = ferrule(folder, "shell", given=given)
    assert result.returncode == 0
    assert "IN shop shop 42 <g {}>" in result.stdout


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("shop", "made by app"),
        ("shop:app", "made by app"),
        ("shop.py", "made by app"),
        ("shop:create", "made by create plain"),
        ("shop:create('fancy')", "made by create fancy"),
        ("shop:create(kind='fancy')", "made by create fancy"),
        ("shop:holder.inner", "made by inner"),
    ],
)
def test_an_application_is_found_by_module_name_or_factory(
    project: Project, reference: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
from types import SimpleNamespace
from ferrule import App
app = App(__name__, config_file=None, config={"MADE": "made by app"})
holder = SimpleNamespace(inner=App(__name__, config_file=None, config={"MADE": "made by inner"}))
def create(kind="plain"):
    return App(__name__, config_file=None, config={"MADE": f"made by create {kind}"})
"""
    folder = project(shop__py=source)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    found = Source.read(root_path=str(folder), config_file=None, env=None, environ={})
    app = load_app(reference, found)
    assert app.config["MADE"] == expected
    monkeypatch.delitem(sys.modules, "shop")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["routes"], "which application?"),
        (["--app", "nowhere:app", "routes"], "there is no module 'nowhere'"),
        (["--app", "shop:nothing", "routes"], "has no 'nothing'; applications and factories there: app"),
        (["--app", "shop:number", "routes"], "is a int, neither an App nor a function that returns one"),
        (["--app", "shop:create(1 + x)", "routes"], "literals"),
        (["--app", "shop:create(", "routes"], "has no 'create('"),
        (["--app", "shop:create(=)", "routes"], "no arguments of a call"),
        (["--app", "shop:create(*[1])", "routes"], "literals"),
        (["--app", "empty", "routes"], "'empty' has no application"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value),
)
def test_an_application_that_is_not_found_is_one_clear_text(project: Project, arguments: list[str], text: str) -> None:
    shop = SIMPLE + "\nnumber = 3\ndef create(*names):\n    return App(__name__)\n"
    result = ferrule(project(shop__py=shop, empty__py=""), *arguments)
    assert result.returncode == 2
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def test_an_application_of_a_customary_name_is_found(project: Project) -> None:
    assert "index" in ferrule(project(app__py=SIMPLE), "routes").stdout


def test_an_error_in_the_application_keeps_its_traceback(project: Project) -> None:
    folder = project(shop__py="import no_such_module_of_mine\n", ferrule__toml=CONFIGURED)
    result = ferrule(folder, "routes")
    assert result.returncode == 1
    assert "shop.py" in result.stderr
    assert "No module named 'no_such_module_of_mine'" in result.stderr
    listing = ferrule(folder, "--help")
    assert listing.returncode == 0
    assert "extensions" in listing.stdout
    assert "No module named 'no_such_module_of_mine'" in listing.stderr


def test_a_mistake_in_the_configuration_is_a_text_and_no_traceback(project: Project) -> None:
    result = ferrule(project(shop__py=SIMPLE, ferrule__toml=CONFIGURED + "debugg = true\n"), "routes")
    assert result.returncode == 1
    assert "did you mean 'debug'?" in result.stderr
    assert "Traceback" not in result.stderr


def test_commands_of_the_application_are_commands(project: Project) -> None:
    source = SIMPLE + (
        "\nimport click\nfrom ferrule import current_app\n"
        "@app.cli.command('greet')\n@click.argument('name')\ndef greet(name):\n"
        "    '''Greet somebody.'''\n    click.echo(f'{name} from {current_app.name}')\n"
    )
    folder = project(shop__py=source, ferrule__toml=CONFIGURED)
    assert ferrule(folder, "greet", "you").stdout == "you from shop\n"
    assert "Greet somebody." in ferrule(folder, "--help").stdout
    assert "No such command" in ferrule(folder, "greeet").stderr


# the development server


@contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Iterator[tuple[str, Path]]:
    log = folder / "server.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--port", str(port)],
            cwd=folder,
            env=environment(**variables),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield f"http://127.0.0.1:{port}", log
    finally:
        os.killpg(process.pid, 15)  # the server and the process that its reloader started
        process.wait(10)


def _read(error: urllib.error.HTTPError) -> tuple[int, str]:
    try:
        with error:
            return error.code, error.read().decode()
    except http.client.HTTPException:  # the server went while it answered
        return 0, "nobody answers"


def fetch(url: str, wanted: str | None = None) -> tuple[int, str]:
    """Ask until somebody answers, with the wanted text if one is given."""
    deadline = time.monotonic() + 8
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                answer = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            answer = _read(error)
        except (OSError, http.client.HTTPException):  # it is being restarted
            answer = 0, "nobody answers"
        if (answer[0] and (wanted is None or wanted in answer[1])) or time.monotonic() > deadline:
            return answer
        time.sleep(0.05)


def test_run_serves_with_the_debugger_in_development(project: Project) -> None:
    folder = project(shop__py=SIMPLE, ferrule__toml=CONFIGURED)
    with running(folder, "run", "--no-reload") as (url, _):
        assert fetch(f"{url}/") == (200, "hello")
        status, page = fetch(f"{url}/broken")
    assert status == 500
    assert "what broke" in page
    assert "EVALEX = true" in page


def test_run_has_no_debugger_in_production(project: Project) -> None:
    folder = project(shop__py=SIMPLE, ferrule__toml=CONFIGURED)
    with running(folder, "--env", "production", "run") as (url, log):
        assert fetch(f"{url}/") == (200, "hello")
        status, page = fetch(f"{url}/broken")
    assert status == 500
    assert "what broke" not in page
    assert "EVALEX" not in page
    assert "what broke" in log.read_text()


def test_run_starts_again_when_a_file_changes_and_serves_the_error_until_it_is_mended(project: Project) -> None:
    folder = project(shop__py=SIMPLE, ferrule__toml=CONFIGURED)
    with running(folder, "run") as (url, _):
        assert fetch(f"{url}/") == (200, "hello")
        (folder / "shop.py").write_text(SIMPLE.replace('"hello"', '"changed"'))
        assert fetch(f"{url}/", "changed") == (200, "changed")
        (folder / "shop.py").write_text("raise ValueError('half written')")
        status, page = fetch(f"{url}/", "half written")
        assert (status, "half written" in page) == (500, True)
        (folder / "shop.py").write_text(SIMPLE)
        assert fetch(f"{url}/", "hello") == (200, "hello")


def test_a_port_in_use_is_one_clear_line(project: Project) -> None:
    folder = project(shop__py=SIMPLE, ferrule__toml=CONFIGURED)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = ferrule(folder, "run", "--port", str(port))
    assert result.returncode == 1
    lines = [line for line in (result.stdout + result.stderr).splitlines() if not line.startswith("Environment:")]
    assert lines == [f"Error: cannot listen on 127.0.0.1:{port}: {IN_USE}"]


# in tests


def make_app() -> App:
    return App("the_app", config_file=None)


def test_the_runner_gives_commands_their_application() -> None:
    app = make_app()

    @app.cli.command("where")
    @click.option("--loud", is_flag=True)
    def where(loud: bool) -> None:
        click.echo(current_app.name.upper() if loud else current_app.name)

    result = app.test_cli_runner().invoke(args=["where", "--loud"])
    assert (result.exit_code, result.output) == (0, "THE_APP\n")
    assert app.test_cli_runner().invoke(where).output == "the_app\n"


def test_a_command_may_do_without_a_context() -> None:
    app = make_app()

    @app.cli.command("bare", with_appcontext=False)
    def bare() -> None:
        click.echo(str(bool(current_app)))

    assert app.test_cli_runner().invoke(args=["bare"]).output == "False\n"


def test_groups_within_groups_have_the_context_too() -> None:
    app = make_app()

    @app.cli.group("tools")
    def tools() -> None:
        """Hold commands."""

    @tools.command()
    def name() -> None:
        click.echo(current_app.name)

    assert isinstance(tools, AppGroup)
    assert app.test_cli_runner().invoke(args=["tools", "name"]).output == "the_app\n"


def test_a_command_of_its_own_can_ask_for_the_context() -> None:
    @click.command
    @with_appcontext
    def name() -> None:
        click.echo(current_app.name)

    assert make_app().test_cli_runner().invoke(name).output == "the_app\n"
    result = CliRunner().invoke(name)
    assert (result.exit_code, "app.test_cli_runner()" in result.output) == (2, True)


def test_the_context_of_a_command_is_torn_down_with_its_error() -> None:
    app = make_app()
    told: list[Any] = []
    app.teardown_appcontext(told.append)

    @app.cli.command("fail")
    def fail() -> None:
        raise KeyError("mine")

    result = app.test_cli_runner().invoke(args=["fail"])
    assert isinstance(result.exception, KeyError)
    assert told == [result.exception]
    assert not bool(request)
