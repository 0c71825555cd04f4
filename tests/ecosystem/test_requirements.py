"""The lock files: complete, within the bounds that the packages declare, and silent about where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = [*ROOT.glob("requirements/*.txt"), ROOT / "benchmarks/requirements.txt"]
MANIFESTS = [
    ROOT / "core/pyproject.toml",
    *ROOT.glob("extensions/*/pyproject.toml"),
    ROOT / "examples/notes/pyproject.toml",
]


def pins(lock: Path) -> dict[str, Version]:
    found = re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: Version(version) for name, version in found}


def satisfied(entry: Requirement, locked: dict[str, Version]) -> bool:
    version = locked.get(canonicalize_name(entry.name))
    return version is not None and version in entry.specifier


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.relative_to(ROOT).as_posix())
def test_a_lock_file_names_no_place_to_download_from(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "://" in line or line.startswith("-")] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.relative_to(ROOT).as_posix())
def test_each_line_of_a_lock_file_is_pinned_and_hashed(lock: Path) -> None:
    text = re.sub(r"^#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = text.replace("\\\n", "").splitlines()
    assert [entry for entry in entries if not re.match(r"[a-z0-9-]+==.*--hash=sha256:[0-9a-f]{64}", entry)] == []


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.parent.name)
def test_the_lock_has_all_that_a_package_depends_on(manifest: Path) -> None:
    lock = "dev.txt" if manifest.parent.name == "devtools" else "runtime.txt"  # for authors, not for production
    locked = pins(ROOT / "requirements" / lock)
    declared = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]["dependencies"]
    others = [entry for entry in map(Requirement, declared) if not entry.name.startswith("ferrule")]
    assert [str(entry) for entry in others if not satisfied(entry, locked)] == []


@pytest.mark.parametrize("manifest", MANIFESTS[:-1], ids=lambda manifest: manifest.parent.name)
def test_versions_of_the_packages_move_together(manifest: Path) -> None:
    core = tomllib.loads(MANIFESTS[0].read_text(encoding="utf-8"))["project"]["version"]
    project = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]
    assert project["version"] == core
    siblings = [entry for entry in map(Requirement, project["dependencies"]) if entry.name.startswith("ferrule")]
    assert {str(entry.specifier) for entry in siblings} <= {f"=={core.rpartition('.')[0]}.*"}
