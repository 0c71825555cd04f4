"""``ferrule.tools``: commands that are there wherever their distribution is, also in groups of the framework."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ferrule.cli.main import cli

Install = Callable[..., None]

LOCK = """
    import click

    @click.command("lock")
    @click.option("--loud", is_flag=True)
    def lock(loud: bool) -> None:
        '''Write what is installed.'''
        click.echo("LOCKED" if loud else "locked")
"""


EXTENSION = """
    from ferrule import Extension

    class Faked(Extension):
        name = "faked"
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that installs a distribution with tools, of one module; the working folder is empty."""
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.syspath_prepend(str(site))
    for variable in ("FERRULE_ENV", "FERRULE_CONFIG"):  # which commands set
        monkeypatch.setenv(variable, "")
    modules = set(sys.modules)

    def install(distribution: str, points: str, module: str = "", source: str = "") -> None:
        info = site / f"{distribution}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[ferrule.tools]\n{points}\n")
        if module:
            (site / f"{module}.py").write_text(textwrap.dedent(source))

    yield install
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_a_tool_needs_no_configuration_and_nothing_enabled(install: Install) -> None:
    install("fake-tools", "fake-lock = fake_lock:lock", "fake_lock", LOCK)
    assert run("fake-lock", "--loud").stdout == "LOCKED\n"
    assert "Write what is installed." in run("--help").stdout


@pytest.mark.parametrize("group", ["extensions", "config"])
def test_a_dot_nests_a_tool_into_a_group_of_the_framework(install: Install, group: str) -> None:
    install("fake-tools", f"{group}.fake-lock = fake_lock:lock", "fake_lock", LOCK)
    assert run(group, "fake-lock").stdout == "locked\n"
    assert "Write what is installed." in run(group, "--help").stdout
    assert "fake-lock" not in run("--help").stdout


def test_groups_do_their_default_work_unless_the_first_word_is_a_command(install: Install) -> None:
    Path("shop.py").write_text("from ferrule import App\napp = App('shop')\n")
    Path("ferrule.toml").write_text('application = "shop:app"\n')
    assert run("extensions").stdout == run("extensions", "list").stdout != ""
    assert "SESSION_COOKIE_NAME" in run("config").stdout
    assert "SESSION_COOKIE_NAME" in run("config", "cookie_name").stdout
    assert "SECRET_KEY" not in run("config", "show", "cookie_name").stdout
    misspelt = run("extensions", "lst")
    assert (misspelt.exit_code, "No such command 'lst'" in misspelt.stderr) == (2, True)


def test_listing_names_imports_nothing(install: Install) -> None:
    install("fake-tools", "extensions.fake-lock = fake_lock:lock\nfake-lock = fake_lock:lock", "fake_lock", LOCK)
    context = cli.make_context("ferrule", [], resilient_parsing=True)
    assert "fake-lock" in cli.list_commands(context)
    assert "fake-lock" in cli.commands["extensions"].list_commands(context)  # type: ignore[attr-defined]  # a group
    assert "fake_lock" not in sys.modules


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import nowhere_at_all", "failed at import of fake_lock:lock: ModuleNotFoundError: No module named 'nowhere_"),
        ("lock = 3", "fake_lock:lock is a int, no click command"),
    ],
)
def test_a_broken_tool_is_named_with_its_distribution_and_spoils_nothing_else(
    install: Install, source: str, said: str
) -> None:
    install("fake-tools", "fake-lock = fake_lock:lock\nextensions.fake-lock = fake_lock:lock", "fake_lock", source)
    for words in (["fake-lock"], ["extensions", "fake-lock"]):
        result = run(*words, "--whatever", "it=takes")
        assert result.exit_code == 1
        assert "'" + ".".join(words) + "' of fake-tools 1.2" in result.stderr
        assert said in result.stderr
        assert "repair or uninstall fake-tools" in result.stderr
    listing = run("--help").stdout
    assert "fake-lock" in listing
    assert "BROKEN" in listing
    assert "routes" in listing


def test_a_name_that_is_taken_or_lost_is_told_with_the_distributions(install: Install) -> None:
    install("one", "same = nowhere:a\nroutes = nowhere:a")
    install("two", "same = nowhere:b\nconfig.show = nowhere:b\nnogroup.c = nowhere:c")
    told = run("--help").stderr
    assert "the command 'same': offered by two distributions, one 1.2 and two 1.2; uninstall one of them" in told
    assert "the command 'routes' of one 1.2: ferrule itself has it, and wins; rename the entry point" in told
    assert "the command 'config.show' of two 1.2: ferrule itself has it" in told
    assert "the command 'nogroup.c' of two 1.2: the framework has no group 'nogroup'" in told
    assert (run("same").exit_code, "offered by two distributions" in run("same").stderr) == (1, True)


def test_a_command_of_an_enabled_extension_wins_over_a_tool_of_its_name_which_is_told(install: Install) -> None:
    install("fake-tools", "same = nowhere:a", "fake_lock", LOCK + EXTENSION)
    points = "[ferrule.extensions]\nfaked = fake_lock:Faked\n[ferrule.commands]\nsame = fake_lock:lock"
    install("enabled", f"ignored.tool = nowhere:b\n{points}")
    assert "nowhere" in run("same").stderr
    Path("ferrule.toml").write_text('extensions = ["faked"]\n')
    assert run("same").stdout == "locked\n"
    told = (
        "the command 'same' of fake-tools 1.2: enabled 1.2, which is enabled, has it, and wins; rename the entry point"
    )
    assert told in run("--help").stderr


def test_a_tool_works_and_tells_nothing_beside_a_broken_configuration(install: Install) -> None:
    install("fake-tools", "fake-lock = fake_lock:lock", "fake_lock", LOCK)
    Path("ferrule.toml").write_text("this is no TOML")
    assert (run("fake-lock").stdout, run("fake-lock").stderr) == ("locked\n", "")
    assert "ferrule.toml:1" in run("no-such-command").stderr


def test_the_shell_completes_tools_and_what_the_default_command_takes(install: Install) -> None:
    install("fake-tools", "extensions.fake-lock = fake_lock:lock", "fake_lock", LOCK)

    def complete(words: str, incomplete: str) -> str:
        variables = {
            "_FERRULE_COMPLETE": "bash_complete",
            "COMP_WORDS": f"ferrule {words} {incomplete}",
            "COMP_CWORD": str(len(words.split()) + 1),
        }
        return CliRunner().invoke(cli, env=variables, prog_name="ferrule").stdout

    assert complete("extensions", "fake") == "plain,fake-lock\n"
    assert complete("extensions fake-lock", "--l") == "plain,--loud\n"
    assert "plain,show" in complete("config", "")
