"""With a lock, start-up looks at the locked distributions only; what is not as locked never stops it silently wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from ferrule import App, ConfigError, ExtensionError
from ferrule.cli.check import check_command
from ferrule.cli.main import cli
from ferrule.config import Source
from ferrule.extensions import Catalog, catalog_for, drift
from ferrule.extensions.lock import LOCK, read_lock

Install = Callable[..., Path]

SALUTE: Final = """
import click
from ferrule import Extension


@click.command()
def hail() -> None:
    click.echo("hail")


class Salute(Extension):
    name = "salute"
"""
LOCKED: Final = """
[[distribution]]
name = "Fake.Salute"
version = "1.2"
extensions = { salute = "fake_salute:Salute" }
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that puts the metadata of a distribution into a folder on the path, `site` unless told."""
    modules = set(sys.modules)
    site = tmp_path / "site"
    site.mkdir()
    (site / "fake_salute.py").write_text(SALUTE)
    monkeypatch.syspath_prepend(str(site))

    def install(
        name: str = "Fake.Salute",
        version: str = "1.2",
        *,
        value: str = "fake_salute:Salute",
        folder: Path = site,
        kind: str = "-1.2.dist-info",
    ) -> Path:
        info = folder / f"{name.lower().replace('.', '_')}{kind.replace('1.2', version)}"
        info.mkdir(parents=True)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata)
        (info / "PKG-INFO").write_text(metadata)
        points = f"[console_scripts]\nx = y:z\n\n[ferrule.extensions]\n# a comment\nsalute = {value}\n"
        (info / "entry_points.txt").write_text(f"{points}[ferrule.commands]\nhail = fake_salute:hail [loud]\n")
        return info

    yield install
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "ferrule.toml"
    file.write_text('extensions = ["salute"]\n[env.testing]\nextensions = ["salute", "mine:Own"]\n')
    (tmp_path / LOCK).write_text(LOCKED)
    return file


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows when all that is installed is looked at."""
    seen: list[str] = []
    plain = Catalog.installed

    def installed() -> Catalog:
        seen.append("scan")
        return plain()

    monkeypatch.setattr(Catalog, "installed", installed)
    return seen


def source_of(config: Path, **environ: str) -> Source:
    return Source.read(root_path="", config_file=config, environ=environ)


def sources_of(app: App) -> list[str]:
    return [candidate.source for candidate in app.plugins]


def test_with_a_lock_no_other_distribution_is_looked_at(config: Path, install: Install, scans: list[str]) -> None:
    install()
    install("intruder")  # by which the name would be offered twice
    assert sources_of(App(__name__, config_file=config)) == ["Fake.Salute 1.2"]
    assert not scans
    (config.parent / LOCK).unlink()
    with pytest.raises(ExtensionError, match="offered by two distributions"):
        App(__name__, config_file=config)


def test_a_locked_start_does_not_import_the_reader_of_all_metadata(config: Path, install: Install) -> None:
    install()
    program = f"""
import sys
sys.path.insert(0, {str(config.parent / "site")!r})
from ferrule import App
print([c.source for c in App("shop", config_file={str(config)!r}).plugins], "importlib.metadata" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "['Fake.Salute 1.2'] False\n"


def test_a_locked_distribution_offers_what_the_scan_finds_in_it(config: Path, install: Install) -> None:
    install()
    locked = catalog_for(source_of(config), ["salute"])
    scanned = [point for point in Catalog.installed().points if point.distribution == "Fake.Salute"]
    assert list(locked.points) == scanned
    assert [point.name for point in locked.commands_of(["Fake.Salute"])] == ["hail"]


@pytest.mark.parametrize("name", ["fake-salute", "Fake_Salute", "fake.-_SALUTE"])
def test_a_distribution_is_found_however_its_name_is_spelt(
    config: Path, install: Install, scans: list[str], name: str
) -> None:
    install()
    (config.parent / LOCK).write_text(LOCKED.replace("Fake.Salute", name))
    assert sources_of(App(__name__, config_file=config)) == [f"{name} 1.2"]
    assert not scans


def test_an_entry_point_may_name_extras_which_are_not_part_of_the_object(install: Install) -> None:
    install(value="fake_salute:Salute [loud]")
    point = Catalog.installed().extension("salute")
    assert point is not None
    assert point.load().__name__ == "Salute"


def test_an_application_whose_extensions_are_its_own_looks_at_nothing_installed(
    install: Install, scans: list[str]
) -> None:
    App(__name__, config_file=None, extensions=["fake_salute:Salute"])
    assert not scans


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda install, site: install(version="1.3"), id="another version"),
        pytest.param(lambda install, site: install(value="other_salute:Salute"), id="another entry point"),
        pytest.param(lambda install, site: install(kind=".egg-info"), id="another layout"),
        pytest.param(lambda install, site: (install(), install(version="1.1")), id="two versions in one folder"),
    ],
)
def test_what_is_not_exactly_as_locked_is_looked_for_everywhere(
    config: Path, install: Install, scans: list[str], change: Callable[[Install, Path], Any]
) -> None:
    change(install, config.parent)
    (config.parent / "site/other_salute.py").write_text(SALUTE)
    (source,) = sources_of(App(__name__, config_file=config))
    assert source.startswith("Fake.Salute 1.")
    assert scans


def test_another_version_earlier_on_the_path_is_what_would_be_imported_and_is_noticed(
    config: Path, install: Install, scans: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    install(version="2.0", folder=tmp_path / "overlay")
    monkeypatch.syspath_prepend(str(tmp_path / "overlay"))
    assert sources_of(App(__name__, config_file=config)) == ["Fake.Salute 2.0"]
    assert scans


def test_an_archive_on_the_path_may_hold_anything_and_is_left_to_the_scan(
    config: Path, install: Install, scans: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    with zipfile.ZipFile(tmp_path / "things.zip", "w") as archive:
        archive.writestr("things.py", "")
    monkeypatch.syspath_prepend(str(tmp_path / "things.zip"))
    assert sources_of(App(__name__, config_file=config)) == ["Fake.Salute 1.2"]
    assert scans


def test_a_name_that_is_not_in_the_lock_is_looked_for_everywhere(
    config: Path, install: Install, scans: list[str]
) -> None:
    install()
    app = App(__name__, config_file=config, extensions=["salute", "greeting"])
    assert sources_of(app) == ["Fake.Salute 1.2", "ferrule-greeting 0.1.0"]
    assert scans


def test_a_missing_distribution_is_told_as_without_a_lock(config: Path, install: Install) -> None:
    with pytest.raises(ExtensionError, match=r"extension 'salute' is not installed; Installed: .*greeting"):
        App(__name__, config_file=config)


def test_another_distribution_under_a_locked_name_is_refused_with_the_cure(config: Path, install: Install) -> None:
    install("intruder")
    with pytest.raises(ExtensionError) as caught:
        App(__name__, config_file=config)
    text = str(caught.value)
    assert "extension 'salute' comes from intruder 1.2" in text
    assert f"{LOCK} says Fake.Salute" in text
    assert "ferrule extensions lock" in text
    assert "uninstall intruder" in text


def test_the_commands_of_extensions_are_found_through_the_lock_too(
    config: Path, install: Install, monkeypatch: pytest.MonkeyPatch, scans: list[str]
) -> None:
    install()
    install("intruder", value="intruder:Salute")
    monkeypatch.chdir(config.parent)
    for name in ("FERRULE_ENV", "FERRULE_CONFIG"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    assert CliRunner().invoke(cli, ["hail"]).stdout == "hail\n"
    assert not scans
    (config.parent / LOCK).unlink()
    assert "offered by two distributions" in CliRunner().invoke(cli, ["hail"]).stderr


# the file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<<<<<<< HEAD\n", [f"{LOCK}:1:1: not TOML"]),
        ("distribution = 3", [f"{LOCK} distribution=3: expected list"]),
        ("[[distributions]]", [f"{LOCK} distributions: unknown key; did you mean 'distribution'?"]),
        (
            LOCKED.replace("version", "verson").replace('"fake_salute:Salute"', "3"),
            [
                f"{LOCK} distribution[0].verson: unknown key; did you mean 'version'?",
                f"{LOCK} distribution[0].version: missing",
                f"{LOCK} distribution[0].extensions.salute=3: expected str",
            ],
        ),
        (LOCKED + LOCKED, [f"{LOCK} distribution.extensions: 'salute' is locked twice"]),
    ],
    ids=["syntax", "type", "unknown", "several", "twice"],
)
def test_a_mistake_in_the_lock_names_file_and_key_and_the_application_starts(
    config: Path, install: Install, monkeypatch: pytest.MonkeyPatch, text: str, said: list[str]
) -> None:
    install()
    monkeypatch.chdir(config.parent)
    (config.parent / LOCK).write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_lock(LOCK)
    for part in said:
        assert part in str(caught.value)
    app = App(__name__, config_file=config)
    assert sources_of(app) == ["Fake.Salute 1.2"]
    assert findings(app) == {"core.lock_broken": [("error", str(caught.value), "ferrule extensions lock")]}


# drift


def findings(app: App) -> dict[str, list[tuple[str, str, str]]]:
    listed = json.loads(app.test_cli_runner().invoke(check_command, ["--json"]).stdout)["findings"]
    found: dict[str, list[tuple[str, str, str]]] = {}
    for finding in listed:
        found.setdefault(finding["id"], []).append((finding["level"], finding["message"], finding["hint"]))
    return found


def test_an_application_as_locked_and_one_without_a_lock_have_no_finding(config: Path, install: Install) -> None:
    install()
    assert findings(App(__name__, config_file=config)) == {}
    (config.parent / LOCK).unlink()
    assert findings(App(__name__, config_file=config)) == {}


def test_each_difference_from_the_lock_is_a_finding_with_its_cure(
    config: Path, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(config.parent)
    install(version="1.3")
    old = LOCKED.replace("Fake.Salute", "gone").replace("salute =", "gone =")
    (config.parent / LOCK).write_text(LOCKED + old)
    config.write_text('extensions = ["salute"]\n[env.testing]\nextensions = ["greeting"]\n')
    drifted = findings(App(__name__, config_file=config))["core.lock_drift"]
    assert drifted == [
        ("warning", message, "ferrule extensions lock")
        for message in (
            "ferrule.lock lacks 'greeting', which ferrule.toml lists",
            "ferrule.lock has 'gone', which ferrule.toml lists no more",
            "ferrule.lock has 'salute' as fake_salute:Salute of Fake.Salute 1.2; installed is that of Fake.Salute 1.3",
        )
    ]


def test_a_second_distribution_that_start_up_does_not_see_is_drift(config: Path, install: Install) -> None:
    install()
    install("intruder", value="intruder:Salute")
    (message,) = drift(source_of(config))
    assert message.endswith("installed is intruder:Salute of intruder 1.2")


def test_what_another_environment_enables_need_not_be_installed_here(config: Path, install: Install) -> None:
    install()
    with (config.parent / LOCK).open("a") as file:
        file.write(LOCKED.replace("Fake.Salute", "for-tests").replace("salute =", "fortests ="))
    config.write_text('extensions = ["salute"]\n[env.testing]\nextensions = ["fortests"]\n')
    assert list(drift(source_of(config))) == []
