"""Print what `make lowest` installs: the lowest releases that the packages allow, and the tools of dev.txt."""

import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
MANIFESTS: Final = [ROOT / "core/pyproject.toml", *sorted(ROOT.glob("extensions/*/pyproject.toml"))]


def lowest_releases() -> dict[str, str]:
    """Return the lower bound of each third-party distribution that a package depends on."""
    projects = [tomllib.loads(manifest.read_text(encoding="utf-8"))["project"] for manifest in MANIFESTS]
    dependencies = [text for project in projects for text in project["dependencies"] if not text.startswith("ferrule")]
    return dict(text.split(">=") for text in dependencies)


def pins(lock: str) -> dict[str, str]:
    """Return the version, with its marker, of each distribution of a lock file."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^\\\n]+)", text, flags=re.MULTILINE))


def main() -> None:
    """Print the requirements, one a line."""
    runtime = pins("runtime.txt")
    tools = {name: version for name, version in pins("dev.txt").items() if name not in runtime}
    for name, version in {**tools, **lowest_releases()}.items():
        print(f"{name}=={version}")
    print("editables", "hatchling>=1.27", sep="\n")


if __name__ == "__main__":
    main()
