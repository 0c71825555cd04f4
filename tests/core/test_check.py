"""``ferrule check``: what it finds in the core, what it prints, when it fails, and what is silenced."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from ferrule import App, Check, Extension, ExtensionError, cross_origin_allowed, current_app, hookimpl
from ferrule.builtin import risks
from ferrule.cli.check import check_command
from ferrule.cli.main import cli
from ferrule.cli.project import Project
from ferrule.enabling import Failed

ROOT: Final = Path(__file__).parents[2]
SAFE: Final[dict[str, Any]] = {"SECRET_KEY": secrets.token_hex(), "TRUSTED_HOSTS": ["www.example.com"]}


def make_app(kind: type[App] = App, /, *extensions: Extension, env: str = "production", **config: Any) -> App:
    return kind("shop", config_file=None, env=env, extensions=extensions, config={**SAFE, **config})


def check(app: App, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(check_command, arguments)


def found(app: App, *arguments: str) -> dict[str, str]:
    listed = json.loads(check(app, "--json", *arguments).stdout)["findings"]
    return {finding["id"]: f"{finding['level']}: {finding['message']}" for finding in listed}


def test_a_safe_application_has_no_findings() -> None:
    result = check(make_app(), "--deploy", "--fail-level", "info")
    assert (result.exit_code, result.stdout) == (0, "no findings, 0 silenced\n")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"DEBUG": True}, "core.debug error: DEBUG = True (App(config=…))"),
        ({"TESTING": True}, "core.testing error: TESTING = True"),
        ({"SECRET_KEY": None}, "core.secret_key warning: SECRET_KEY is not set"),
        ({"SECRET_KEY": "dev"}, "core.weak_secret_key error: SECRET_KEY (App(config=…)) has 3 bytes"),
        ({"SECRET_KEY": "a" * 64}, "core.weak_secret_key error: SECRET_KEY (App(config=…)) is too regular"),
        ({"SECRET_KEY_FALLBACKS": ["x" * 40]}, "core.weak_secret_key error: SECRET_KEY_FALLBACKS[0] is too regular"),
        ({"SESSION_COOKIE_SECURE": False}, "core.session_cookie_secure warning: SESSION_COOKIE_SECURE = False"),
        ({"SESSION_COOKIE_HTTPONLY": False}, "core.session_cookie_httponly warning: SESSION_COOKIE_HTTPONLY = False"),
        ({"SESSION_COOKIE_SAMESITE": None}, "core.session_cookie_samesite warning: SESSION_COOKIE_SAMESITE = None"),
        ({"SESSION_COOKIE_SAMESITE": "None"}, "core.session_cookie_samesite warning: SESSION_COOKIE_SAMESITE = 'None'"),
        ({"TRUSTED_HOSTS": None}, "core.trusted_hosts warning: TRUSTED_HOSTS = None"),
        ({"TRUSTED_HOSTS": []}, "core.trusted_hosts warning: TRUSTED_HOSTS = []"),
        ({"MAX_CONTENT_LENGTH": None}, "core.max_content_length warning: MAX_CONTENT_LENGTH = None"),
        ({"ORIGIN_GUARD": False}, "core.origin_guard warning: ORIGIN_GUARD = False"),
        ({"PROPAGATE_EXCEPTIONS": True}, "core.propagate_exceptions warning: PROPAGATE_EXCEPTIONS = True"),
        ({"TRAP_HTTP_EXCEPTIONS": True}, "core.trap_http_exceptions warning: TRAP_HTTP_EXCEPTIONS = True"),
        ({"TRAP_BAD_REQUEST_ERRORS": True}, "core.trap_bad_request_errors warning: TRAP_BAD_REQUEST_ERRORS = True"),
        ({"TEMPLATES_AUTO_RELOAD": True}, "core.templates_auto_reload warning: TEMPLATES_AUTO_RELOAD = True"),
        ({"EXPLAIN_TEMPLATE_LOADING": True}, "core.explain_template_loading warning: EXPLAIN_TEMPLATE_LOADING = True"),
        ({"SERVER_NAME": "example.com"}, "core.preferred_url_scheme warning: PREFERRED_URL_SCHEME = 'http' (default)"),
    ],
    ids=lambda value: "-".join(f"{key}={text!r:.6}" for key, text in value.items()) if isinstance(value, dict) else "",
)
def test_a_risk_in_production_is_found_with_its_place_and_only_there(config: dict[str, Any], expected: str) -> None:
    app = make_app(**config)
    name, _, text = expected.partition(" ")
    findings = found(app, "--deploy")
    assert list(findings) == [name]
    assert findings[name].startswith(text)
    assert found(app) == {}


@pytest.mark.parametrize(
    "key",
    [
        "change me, please, somebody, it is 2026",
        "my-Super-S3cr3t-secret-key-1234567890",
        "your_password_goes_here_0123456789",
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        b"this is only an example 0123456789",
    ],
)
def test_a_key_that_people_copy_from_examples_is_weak(key: str | bytes) -> None:
    assert "copy from examples" in found(make_app(SECRET_KEY=key), "--deploy")["core.weak_secret_key"]


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe, secrets.token_bytes])
def test_a_random_key_is_strong_and_no_key_is_ever_printed(make: Any) -> None:
    keys = [make(size) for size in (16, 24, 32, 64) for _ in range(50)]
    for key in keys:
        assert risks._weakness(key) == "", key
    output = check(make_app(SECRET_KEY="letmein", SECRET_KEY_FALLBACKS=["letmein"]), "--deploy").output
    assert "letmein" not in output


def test_a_key_that_was_not_replaced_is_found_anywhere() -> None:
    key = secrets.token_hex()
    assert (
        "was not replaced" in found(make_app(SECRET_KEY=key, SECRET_KEY_FALLBACKS=[key]))["core.secret_key_fallbacks"]
    )


@pytest.mark.parametrize(
    ("lifetime", "said"), [(timedelta(0), "logged out at once"), (timedelta(days=401), "over 400 days")]
)
def test_a_session_that_lasts_too_short_or_too_long_is_found(lifetime: timedelta, said: str) -> None:
    assert said in found(make_app(PERMANENT_SESSION_LIFETIME=lifetime))["core.permanent_session_lifetime"]


def test_a_rule_that_another_endpoint_has_before_is_found() -> None:
    app = make_app()
    app.get("/a", endpoint="first")(lambda: "1")
    app.route("/a", endpoint="second")(lambda: "2")
    app.post("/a", endpoint="third")(lambda: "3")
    app.get("/b", endpoint="first")(app.view_functions["first"])
    text = "'second' is never reached: 'first' has its rule '/a' too, and comes first"
    assert found(app) == {"core.shadowed_rule": f"warning: {text}"}
    assert app.test_client().get("/a", base_url="https://www.example.com").text == "1"


def test_views_that_any_site_may_send_to_are_listed() -> None:
    app = make_app()
    app.post("/hook", endpoint="hook")(cross_origin_allowed(lambda: ""))
    assert found(app, "--deploy")["core.cross_origin_allowed"].startswith("info: pages of any site may send to hook")


class Disk(Extension):
    name = "disk"

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterable[Check]:
        yield Check("disk.full", "error", "the disk is full", "empty it")
        yield Check("disk.old", "warning", "the disk is old")


def test_findings_are_printed_by_level_the_worst_first() -> None:
    result = check(make_app(App, Disk()))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "error: 1",
        "  disk.full: the disk is full",
        "    cure: empty it",
        "warning: 1",
        "  disk.old: the disk is old",
        "2 findings, 0 silenced",
    ]


@pytest.mark.parametrize(("level", "status"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)])
def test_the_level_that_makes_it_fail_is_chosen(level: str, status: int) -> None:
    assert check(make_app(App, Disk(), SILENCED_CHECKS=["disk.full"]), "--fail-level", level).exit_code == status


def test_findings_are_silenced_by_id_and_ids_that_silence_nothing_are_told() -> None:
    app = make_app(App, Disk(), SILENCED_CHECKS=["disk.full", "disk.ful"])
    plain = json.loads(check(app, "--json").stdout)
    assert [one["id"] for one in plain["findings"]] == ["disk.old"]
    assert [one["id"] for one in plain["silenced"]] == ["disk.full"]
    assert "'disk.ful', which was not found" in found(app, "--deploy")["core.silences_nothing"]


def test_an_extension_whose_check_fails_is_a_finding_and_others_are_heard() -> None:
    class Failing(Extension):
        name = "failing"

        @hookimpl
        def check_app(self) -> Iterable[Check]:
            raise OSError("no such disk")

    findings = found(make_app(App, Failing(), Disk()))
    assert re.search(r"'failing'.*: its check failed: OSError: no such disk \(.*:\d+\)", findings["core.check_failed"])
    assert "disk.full" in findings


def test_an_application_that_cannot_be_completed_is_a_finding() -> None:
    app = make_app()
    app.add_url_rule("/x", "nowhere")
    assert "'nowhere', which has no view function" in found(app)["core.broken"]


def test_a_check_runs_inside_of_the_applications_context() -> None:
    class Asking(Extension):
        name = "asking"

        @hookimpl
        def check_app(self) -> Iterable[Check]:
            yield Check("asking.name", "info", current_app.name)

    assert found(make_app(App, Asking())) == {"asking.name": "info: shop"}


# the command, as it is started


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the whole command in a folder with an application, and restore what it writes into the environment."""
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    monkeypatch.chdir(tmp_path)
    for name in ("FERRULE_ENV", "FERRULE_CONFIG"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)

    def run(module: str, source: str, *arguments: str) -> Result:
        (tmp_path / f"{module}.py").write_text(source)
        monkeypatch.delitem(sys.modules, module, raising=False)
        return CliRunner().invoke(cli, ["--app", module, *arguments])

    return run


def test_deploy_means_production_unless_told_otherwise(started: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from ferrule import App\napp = App(__name__)\n"
    plain = started("checked_shop", source, "check")
    assert ("Environment: development" in plain.stderr, plain.exit_code) == (True, 0)
    monkeypatch.delenv("FERRULE_ENV")
    deploy = started("checked_shop", source, "check", "--deploy")
    assert "Environment: production" in deploy.stderr
    assert "core.debug" not in deploy.stdout
    monkeypatch.setenv("FERRULE_ENV", "development")
    told = started("checked_shop", source, "check", "--deploy")
    assert "Environment: development" in told.stderr
    assert "core.debug: DEBUG = True (command line the environment is development)" in told.stdout
    assert told.exit_code == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise ValueError('broken')", r"ValueError: broken \(.*checked_broken\.py:1\)"),
        ("import ferrule\napp = ferrule.App(__name__, config={'DEBUGG': True, 'DEBUG': 'x'})", "ConfigError: .*DEBUG"),
        ("app = 3", "is a int, neither an App nor"),
        ("def f(:", "SyntaxError"),
    ],
    ids=["raises", "misconfigured", "none", "syntax"],
)
def test_an_application_that_cannot_be_made_is_a_finding_and_no_traceback(started: Any, source: str, said: str) -> None:
    result = started("checked_broken", source, "check", "--json")
    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["id"] == "core.broken"
    assert re.search(said, finding["message"], re.DOTALL)
    assert "Traceback" not in result.output


def unsafe(**attributes: Any) -> App:
    kind: type[Extension] = type("Unsafe", (Extension,), {"name": "unsafe", **attributes})
    return App(__name__, config_file=None, extensions=[kind])


def test_an_extension_that_is_not_safe_is_a_finding() -> None:
    app = unsafe(thread_safe=False, async_safe=False)

    @app.get("/")
    async def index() -> str:
        await asyncio.sleep(0)
        return ""

    checks = {check.id: check for check in app.hooks.check_app(app, True)}
    assert "extension 'unsafe'" in checks["core.thread_safe"].message
    assert "extension 'unsafe'" in checks["core.async_safe"].message
    assert "core.thread_safe" not in {check.id for check in app.hooks.check_app(app, False)}


def test_an_extension_that_is_not_safe_for_async_views_troubles_no_application_without_any() -> None:
    app = unsafe(async_safe=False)
    app.get("/")(lambda: "")
    assert "core.async_safe" not in {check.id for check in app.hooks.check_app(app, True)}


def test_every_id_of_the_core_is_documented_and_tested() -> None:
    reference = (ROOT / "docs/reference/checks.md").read_text(encoding="utf-8")
    tests = "".join(
        Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("test_check.py", "test_lock.py")
    )
    sources = [Path(risks.__file__), ROOT / "core/src/ferrule/cli/check.py"]
    written = {name for file in sources for name in re.findall(r'"(core\.[a-z_]+)"', file.read_text(encoding="utf-8"))}
    ids = written | {f"core.{risk.key.lower()}" for risk in risks._RISKS}
    assert len(ids) > 20
    assert {name for name in ids if f"| `{name}` |" not in reference} == set()
    assert {name for name in ids if name not in tests} == set()
    assert set(re.findall(r"^\| `(core\.\w+)` \|", reference, re.MULTILINE)) == ids


def test_what_safe_left_out_is_a_finding() -> None:
    project = Project(make_app)
    project._app = make_app()
    project.left_out["lost"] = Failed("import", ExtensionError("it is gone"))
    result = CliRunner().invoke(check_command, ["--json"], obj=project)
    (finding,) = json.loads(result.stdout)["findings"]
    assert (result.exit_code, finding["id"], finding["level"]) == (1, "core.left_out", "error")
    assert "'lost' failed (import)" in finding["message"]
    assert "it is gone" in finding["message"]


class Odd(Extension):
    name = "odd"

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> list[Any]:
        return ["all is well"]


class Fatal(Extension):
    name = "fatal"

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterable[Check]:
        yield Check("fatal.all", "fatal", "it is bad")  # type: ignore[arg-type]  # what is to be told


def test_what_is_no_finding_is_told_with_the_extension_and_keeps_no_other_from_being_heard() -> None:
    result = check(make_app(App, Odd(), Fatal()))
    assert result.exit_code == 1
    assert re.search(
        r"extension 'odd' .*: its check failed: .*gives 'all is well', which is no ferrule\.Check", result.stdout
    )
    assert re.search(r"extension 'fatal' .*Check\('fatal.all'\): level='fatal'; expected one of info", result.stdout)
    assert "2 findings" in result.stdout
