"""The commands: in processes of their own, as a developer starts them, and in tests through the runner."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import shutil
import socket
import ssl
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
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import generate_adhoc_ssl_pair

from ferrule import App, current_app, g, request
from ferrule.cli import AppGroup, ScriptInfo, pass_script_info, with_appcontext
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
        timeout=90,
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


def test_routes_and_configuration_can_be_had_as_json(project: Project) -> None:
    folder = project(shop__py=SIMPLE, ferrule__toml=CONFIGURED)
    routes = json.loads(ferrule(folder, "routes", "--json").stdout)
    assert {"endpoint": "index", "methods": ["GET"], "domain": "", "rule": "/"} in routes
    settings = {each["key"]: each for each in json.loads(ferrule(folder, "config", "--json").stdout)}
    assert settings["TESTING"] == {"key": "TESTING", "value": False, "source": "default"}
    assert settings["SECRET_KEY"]["value"] == "********"
    assert settings["PERMANENT_SESSION_LIFETIME"]["value"] == "31 days, 0:00:00"
    (name,) = json.loads(ferrule(folder, "config", "cookie_name", "--json").stdout)
    assert name["value"] == "session"


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
    assert re.search(r"no_such_thing +NOT INSTALLED", result.stdout)
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
        ("./shop.py:app", "made by app"),
        ("deep/within/shop.py", "made by app"),
        ("deep/within/shop:create", "made by create plain"),
        ("deep/within/__init__.py:app", "made by app"),
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
    folder = project(shop__py=source, deep_in_within_in_shop__py=source)
    (folder / "deep" / "within" / "__init__.py").write_text("from .shop import app")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    found = Source.read(root_path=str(folder), config_file=None, env=None, environ={})
    app = load_app(reference, found)
    assert app.config["MADE"] == expected
    for name in ("shop", "within", "within.shop"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["routes"], "which application?"),
        (["--app", "nowhere:app", "routes"], "there is no module 'nowhere'"),
        (["--app", "shop:nothing", "routes"], "has no 'nothing'; applications and factories there: app"),
        (["--app", "shop:number", "routes"], "is a int, neither an App nor a function that returns one"),
        (["--app", "shop:create(1 + x)", "routes"], "literals"),
        (["--app", "shop:create(", "routes"], "no arguments of a factory"),
        (["--app", "shop:create(=)", "routes"], "no arguments of a factory"),
        (["--app", "shop:create(*[1])", "routes"], "literals"),
        (["--app", "empty", "routes"], "'empty' has no application"),
        (["--app", "shop:needing", "routes"], "needing cannot be called like that: missing a required argument: 'x'"),
        (["--app", "shop:needing(1, 2)", "routes"], "needing cannot be called like that: too many positional"),
        (["--app", "shop.below:app", "routes"], "there is no module 'shop.below'"),
        (["--app", ":app", "routes"], "there is no module ''"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value),
)
def test_an_application_that_is_not_found_is_one_clear_text(project: Project, arguments: list[str], text: str) -> None:
    shop = SIMPLE + "\nnumber = 3\ndef create(*names):\n    return App(__name__)\n"
    shop += "def needing(x):\n    return App(__name__)\n"
    result = ferrule(project(shop__py=shop, empty__py=""), *arguments)
    assert result.returncode == 2
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def test_a_misspelt_application_in_the_file_is_told(project: Project) -> None:
    result = ferrule(project(shop__py=SIMPLE, ferrule__toml='aplication = "shop:app"\n'), "routes")
    assert result.returncode == 2
    assert "has no `application`, but 'aplication', which may be meant" in result.stderr


def test_an_application_of_a_customary_name_is_found(project: Project) -> None:
    assert "index" in ferrule(project(app__py=SIMPLE), "routes").stdout


BROKEN: Final = """
def deeper():
    raise ValueError("what broke")
try:
    import no_such_module_of_mine
except ImportError:
    deeper()
"""
BROKEN_SHOWN: Final = """Traceback (most recent call last):
  File "{file}", line 5, in <module>
    import no_such_module_of_mine
ModuleNotFoundError: No module named 'no_such_module_of_mine'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "{file}", line 7, in <module>
    deeper()
  File "{file}", line 3, in deeper
    raise ValueError("what broke")
ValueError: what broke
"""


@pytest.mark.parametrize("command", [["routes"], ["config"], ["shell"], ["run"], ["one-of-the-applications"]], ids=str)
def test_an_error_in_the_application_is_shown_with_its_own_frames_only(project: Project, command: list[str]) -> None:
    folder = project(shop__py=BROKEN, ferrule__toml=CONFIGURED)
    result = ferrule(folder, *command)
    assert result.returncode == 1
    shown = [line for line in result.stderr.splitlines() if not line.startswith("Environment:")]
    assert shown == BROKEN_SHOWN.format(file=folder / "shop.py").splitlines()


def test_an_error_in_a_factory_a_package_or_the_syntax_is_shown_with_its_own_frames_only(project: Project) -> None:
    folder = project(
        syntax__py="def f(:",
        factory__py="def create_app():\n    return 1 / 0\n",
        pack_in_shop__py="app = None",
        proxy__py="from ferrule import request\nrequest.path",
    )
    (folder / "pack" / "__init__.py").write_text("import no_such_module_of_mine")
    texts = {name: ferrule(folder, "--app", name, "routes") for name in ("syntax", "factory", "pack.shop", "proxy")}
    assert {result.returncode for result in texts.values()} == {1}
    assert "\nSyntaxError" in texts["syntax"].stderr
    assert "Traceback" not in texts["syntax"].stderr
    assert f'last):\n  File "{folder / "factory.py"}", line 2, in create_app' in texts["factory"].stderr
    assert f'last):\n  File "{folder / "pack" / "__init__.py"}", line 1' in texts["pack.shop"].stderr
    assert f'last):\n  File "{folder / "proxy.py"}", line 2, in <module>' in texts["proxy"].stderr


def test_the_commands_are_listed_though_application_configuration_or_extension_are_broken(project: Project) -> None:
    folder = project(shop__py=BROKEN, ferrule__toml=CONFIGURED)
    listing = ferrule(folder, "--help")
    assert (listing.returncode, "  extensions  " in listing.stdout) == (0, True)
    assert "Not all commands are listed" in listing.stderr
    assert "ValueError: what broke" in listing.stderr
    (folder / "ferrule.toml").write_text("broken = [")
    listing = ferrule(folder, "--help")
    assert (listing.returncode, "  extensions  " in listing.stdout) == (0, True)
    assert "ConfigError" in listing.stderr
    assert "Traceback" not in listing.stderr


def test_options_before_help_choose_whose_commands_are_listed(project: Project) -> None:
    other = SIMPLE + "\napp.cli.command('of-the-other')(lambda: None)\n"
    folder = project(shop__py=SIMPLE, other__py=other, ferrule__toml=CONFIGURED)
    assert "of-the-other" in ferrule(folder, "-A", "other:app", "--help").stdout


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


# commands of one's own


SCRIPT: Final = """
import click
from ferrule import App, current_app
from ferrule.cli.main import FerruleGroup

def create_app():
    app = App("shop", config_file=None)
    app.cli.command("of-the-app")(lambda: click.echo(f"app {current_app.name}"))
    return app

@click.group(cls=FerruleGroup, create_app=create_app)
def cli():
    '''Manage the shop.'''

@cli.command()
def mine():
    click.echo(f"mine {current_app.name} {current_app.debug}")

if __name__ == "__main__":
    cli()
"""


def test_a_script_of_ones_own_has_the_commands_of_the_framework_and_of_the_application(project: Project) -> None:
    folder = project(manage__py=SCRIPT)

    def manage(*arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=90, check=True
        ).stdout

    assert manage("mine") == "mine shop True\n"
    assert manage("--no-debug", "--env", "staging", "mine") == "mine shop False\n"
    assert manage("of-the-app") == "app shop\n"
    assert "static" in manage("routes")
    listing = manage("--help")
    assert "Manage the shop." in listing
    assert "--app" not in listing


def test_options_have_variables_and_files_of_variables(project: Project) -> None:
    source = (
        SIMPLE
        + "\nimport click\n@app.cli.command('greet')\n@click.option('--name')\ndef greet(name):\n    print(name)\n"
    )
    folder = project(shop__py=source)
    (folder / ".env").write_text("FERRULE_GREET_NAME=of-the-file\nFERRULE_APP=shop:app\nFERRULE_ENV=staging\n")
    result = ferrule(folder, "greet")
    assert result.stdout == "of-the-file\n"
    assert "Environment: staging" in result.stderr
    assert ferrule(folder, "greet", FERRULE_GREET_NAME="of-the-shell").stdout == "of-the-shell\n"
    assert ferrule(folder, "greet", "--name", "given").stdout == "given\n"
    (folder / "more").write_text("FERRULE_GREET_NAME=more\n")
    assert ferrule(folder, "--env-file", "more", "greet").stdout == "more\n"
    assert ferrule(folder, "-e", "nowhere", "greet").returncode == 2
    skipping = ferrule(folder, "greet", FERRULE_SKIP_DOTENV="1")
    assert "which application?" in skipping.stderr


def complete(folder: Path, *words: str) -> list[str]:
    """Ask bash what it offers after some words, by the script that the command prints."""
    environ = environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    given = " ".join(map(shlex.quote, words))
    script = f"""
source <(_FERRULE_COMPLETE=bash_source ferrule)
COMP_WORDS=(ferrule {given}); COMP_CWORD={len(words)}; COMPREPLY=()
_ferrule_completion ferrule
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    result = subprocess.run(["bash", "-c", script], cwd=folder, env=environ, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    return result.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_commands_options_and_choices_and_says_nothing_else(project: Project) -> None:
    source = SIMPLE + "\napp.cli.command('greet')(lambda: None)\n"
    folder = project(shop__py=source, broken__py=BROKEN, ferrule__toml=CONFIGURED)
    assert complete(folder, "r") == ["routes", "run"]
    assert complete(folder, "gr") == ["greet"]
    assert complete(folder, "routes", "--so") == ["--sort"]
    assert complete(folder, "routes", "--sort", "m") == ["methods", "match"]
    assert complete(folder, "--app", "broken", "r") == ["routes", "run"]
    assert "greet" not in complete(folder, "--app", "broken", "greet", "")


def test_routes_are_sorted_by_domain(project: Project) -> None:
    source = (
        SIMPLE.replace("App(__name__)", "App(__name__, subdomain_matching=True, config={'SERVER_NAME': 'example.com'})")
        + "\napp.add_url_rule('/b', 'b', index, subdomain='b')\napp.add_url_rule('/a', 'a', index, subdomain='a')\n"
    )
    folder = project(shop__py=source, ferrule__toml=CONFIGURED)
    lines = [line.split() for line in ferrule(folder, "routes", "--sort", "domain").stdout.splitlines()]
    assert lines[0] == ["Endpoint", "Methods", "Subdomain", "Rule"]
    assert lines[-2:] == [["a", "GET", "a", "/a"], ["b", "GET", "b", "/b"]]


def test_a_shell_runs_the_startup_file_of_python(project: Project) -> None:
    folder = project(shop__py=SIMPLE, ferrule__toml=CONFIGURED, startup__py="mine = 42\n")
    result = ferrule(folder, "shell", given="print('mine', mine, app.name)\n", PYTHONSTARTUP=str(folder / "startup.py"))
    assert "mine 42 shop" in result.stdout


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
        process.wait(60)


def _read(error: urllib.error.HTTPError) -> tuple[int, str]:
    try:
        with error:
            return error.code, error.read().decode()
    except http.client.HTTPException:  # the server went while it answered
        return 0, "nobody answers"


def fetch(url: str, wanted: str | None = None) -> tuple[int, str]:
    """Ask until somebody answers, with the wanted text if one is given."""
    deadline = time.monotonic() + 60
    context = ssl._create_unverified_context() if url.startswith("https:") else None
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30, context=context) as response:
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


STARTED = """
from pathlib import Path
from ferrule import App, Extension, hookimpl

class Greeter(Extension):
    name = "greeter"

    @hookimpl
    def development_server_started(self, app: App) -> None:
        with Path("started.log").open("a") as log:
            log.write(f"{app.name} {app.finalized}\\n")

app = App(__name__)

@app.get("/")
def index() -> str:
    return "hello"
"""


@pytest.mark.parametrize("switch", ["--reload", "--no-reload"])
def test_run_tells_extensions_once_that_the_server_starts(project: Project, switch: str) -> None:
    folder = project(shop__py=STARTED, ferrule__toml=f'{CONFIGURED}extensions = ["shop:Greeter"]\n')
    with running(folder, "run", switch) as (url, _):
        assert fetch(f"{url}/") == (200, "hello")
    assert (folder / "started.log").read_text() == "shop True\n"


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
        (folder / "shop.py").write_text("def half_written(:")
        status, page = fetch(f"{url}/", "SyntaxError")
        assert (status, "half_written" in page, "importlib" in page) == (500, True, False)
        (folder / "shop.py").write_text(SIMPLE)
        assert fetch(f"{url}/", "hello") == (200, "hello")


@pytest.mark.parametrize("switch", ["--reload", "--no-reload"])
def test_run_tells_a_mistake_in_what_extensions_declare_before_a_request_asks(project: Project, switch: str) -> None:
    two = "".join(
        f"class {name}(Extension):\n    name = {name!r}\n    @hookimpl\n    def app_init(self, app):\n"
        "        app.add_url_rule('/same', 'same', lambda: '')\n"
        for name in ("One", "Two")
    )
    folder = project(
        shop__py=SIMPLE,
        two__py=f"from ferrule import Extension, hookimpl\n{two}",
        ferrule__toml=CONFIGURED + 'extensions = ["two:One", "two:Two"]\n',
    )
    if switch == "--no-reload":
        result = ferrule(folder, "run", switch)
        assert result.returncode == 1
        assert "2 mistakes in what the application is made of" in result.stderr
        assert "Traceback" not in result.stderr
        return
    with running(folder, "run", switch) as (url, log):
        status, page = fetch(f"{url}/", "2 mistakes")
        assert (status, "2 mistakes in what the application is made of" in page) == (500, True)
        assert "2 mistakes in what the application is made of" in log.read_text()


def test_run_starts_again_when_configuration_variables_or_another_file_change(project: Project) -> None:
    source = SIMPLE.replace(
        'return "hello"', "return f\"{app.config['MAX_FORM_PARTS']} {app.config['MAX_COOKIE_SIZE']} {TEXT}\""
    ).replace("app = App", "from pathlib import Path\nTEXT = Path('words.txt').read_text()\napp = App")
    folder = project(shop__py=source, words__txt="one", ferrule__toml=CONFIGURED + "max_form_parts = 1\n")
    (folder / ".env").write_text("FERRULE_MAX_COOKIE_SIZE=1\n")
    with running(folder, "run", "--extra-files", f"words.txt{os.pathsep}no_such_file") as (url, _):
        assert fetch(f"{url}/") == (200, "1 1 one")
        (folder / "ferrule.toml").write_text(CONFIGURED + "max_form_parts = 2\n")
        assert fetch(f"{url}/", "2 1 one") == (200, "2 1 one")
        (folder / ".env").write_text("FERRULE_MAX_COOKIE_SIZE=2\n")
        assert fetch(f"{url}/", "2 2 one") == (200, "2 2 one")
        (folder / "words.txt").write_text("two")
        assert fetch(f"{url}/", "2 2 two") == (200, "2 2 two")
        (folder / "ferrule.toml").write_text(CONFIGURED + "max_form_part = 3\n")
        status, page = fetch(f"{url}/", "did you mean")
        assert (status, "max_form_part: unknown key" in page) == (500, True)
        (folder / "ferrule.toml").write_text(CONFIGURED + "max_form_parts = 3\n")
        assert fetch(f"{url}/", "3 2 two") == (200, "3 2 two")


def test_the_debuggers_console_asks_for_its_pin(project: Project) -> None:
    folder = project(shop__py=SIMPLE, ferrule__toml=CONFIGURED)
    with running(folder, "run", "--no-reload") as (url, log):
        _, page = fetch(f"{url}/broken")
        secret = re.search(r'SECRET = "(\w+)"', page)
        frame = re.search(r'id="frame-(\d+)"', page)
        assert secret
        assert frame
        assert "EVALEX_TRUSTED = false" in page
        asked = f"{url}/?__debugger__=yes&cmd=1357*2468&frm={frame[1]}&s={secret[1]}"
        assert str(1357 * 2468) not in fetch(asked)[1]
        fetch(f"{url}/?__debugger__=yes&cmd=printpin&s={secret[1]}")  # as the page does when one opens its console
        pin = re.search(r"[Dd]ebugger (?:PIN|pin)[^:]*: (\S+)", log.read_text())
        assert pin
        jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with jar.open(f"{url}/?__debugger__=yes&cmd=pinauth&pin={pin[1]}&s={secret[1]}") as answer:
            assert b'"auth": true' in answer.read()
        with jar.open(asked) as answer:
            assert str(1357 * 2468).encode() in answer.read()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    certificate, key = generate_adhoc_ssl_pair()
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(private)
    (tmp_path / "both.pem").write_bytes((tmp_path / "cert.pem").read_bytes() + private)
    return tmp_path


@pytest.mark.parametrize(
    "options",
    [
        ["--cert", "adhoc"],
        ["--cert", "cert.pem", "--key", "key.pem"],
        ["--cert", "both.pem"],
        ["--cert", "tls:context"],
    ],
    ids=" ".join,
)
def test_run_serves_https(project: Project, certificate: Path, options: list[str]) -> None:
    tls = "import ssl\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\ncontext.load_cert_chain('both.pem')\n"
    folder = project(shop__py=SIMPLE, tls__py=tls, ferrule__toml=CONFIGURED)
    with running(folder, "run", "--no-reload", *options) as (url, _):
        assert fetch(f"{url.replace('http:', 'https:')}/") == (200, "hello")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cert", "cert.pem"], "--cert: cert.pem: no certificate with its key"),
        (["--cert", "shop.py", "--key", "key.pem"], "--cert: shop.py and key.pem: no certificate with its key"),
        (["--cert", "nothing"], "'nothing': no such file, and not an SSLContext's name"),
        (["--cert", "shop:app"], "'shop:app': no such file, and not an SSLContext's name"),
        (["--key", "key.pem"], "it belongs to the file that --cert names"),
        (["--cert", "adhoc", "--key", "key.pem"], "it belongs to the file that --cert names"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value),
)
def test_a_certificate_that_cannot_be_used_is_one_clear_text(
    project: Project, certificate: Path, options: list[str], said: str
) -> None:
    result = ferrule(project(shop__py=SIMPLE, ferrule__toml=CONFIGURED), "run", *options)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


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


def test_a_command_shares_the_context_that_is_there() -> None:
    app = make_app()

    @app.cli.command("mark")
    def mark() -> None:
        g.mark = "by the command"

    with app.app_context():
        app.test_cli_runner().invoke(mark)
        assert g.mark == "by the command"


def test_a_command_can_have_the_script_info_and_its_data() -> None:
    @click.group()
    @pass_script_info
    def outer(info: ScriptInfo) -> None:
        info.data["told"] = info.load_app().name

    @outer.command()
    @pass_script_info
    def inner(info: ScriptInfo) -> None:
        click.echo(info.data["told"])

    assert CliRunner().invoke(outer, ["inner"], obj=ScriptInfo(create_app=make_app)).output == "the_app\n"


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
