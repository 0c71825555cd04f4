"""Fuzz the whole way of a request, guided by coverage: ``make fuzz``.

    python -m fuzz [--seconds N] [FILE...]

Without files, requests are bred from those of `fuzz/corpus` for N seconds (3600 unless given). What reaches new code is
kept under `build/fuzz`, and so is a request that breaks a promise. Files are sent once, to see a finding again.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["ferrule", "werkzeug", "msgspec", "jinja2", "markupsafe", "itsdangerous"]):
    from .application import make_application
    from .promises import send

FOLDER: Final = Path(__file__).parent
FOUND: Final = FOLDER.parent / "build" / "fuzz"


def main() -> None:
    """Read the command line and start; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=3600, help="how long to look (default: an hour)")
    parser.add_argument("files", nargs="*", help="requests to send once")
    options = parser.parse_args()
    app = make_application()
    for folder in ("corpus", "broken"):
        (FOUND / folder).mkdir(parents=True, exist_ok=True)
    how = options.files or [
        f"-max_total_time={options.seconds}",
        f"-dict={FOLDER / 'words.dict'}",
        f"-artifact_prefix={FOUND / 'broken'}/",
        "-max_len=4096",
        "-timeout=10",
        "-rss_limit_mb=2048",
        str(FOUND / "corpus"),
        str(FOLDER / "corpus"),
    ]
    atheris.Setup([sys.argv[0], *how], lambda data: send(app, data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
