"""What ferrule-compress costs a request, and what it saves: `.venv/bin/python -m benchmarks.compress`."""

import io
import json
import pydoc
import sys
import timeit
from collections.abc import Iterable
from random import Random
from time import process_time
from typing import Any, Final

from ferrule import App, Response

BROWSER: Final = "gzip, deflate, br, zstd"
RANDOM: Final = Random(4)
BODIES: Final = {
    "HTML": (pydoc.HTMLDoc().document(json), "text/html"),
    "JSON": (
        json.dumps([{"id": n, "name": f"note {RANDOM.random()}", "done": n % 3 == 0} for n in range(400)]),
        "application/json",
    ),
}


def make_app(*extensions: str) -> App:
    app = App("measured", config_file=None, env="production", extensions=extensions)
    app.add_url_rule("/small", "small", lambda: "small")
    app.add_url_rule("/image", "image", lambda: Response(b"x" * 20_000, mimetype="image/png"))
    for name, (body, media) in BODIES.items():
        app.add_url_rule(f"/{name}", name, lambda body=body, media=media: Response(body, mimetype=media))
        blocks = [body[start : start + 1000] for start in range(0, len(body), 1000)]
        app.add_url_rule(f"/{name}/stream", f"{name} stream", lambda blocks=blocks: (block for block in blocks))
    return app


def measure(app: App, path: str, accept: str | None, number: int) -> tuple[float, int]:
    """Return how long a request takes of the processor at best, in microseconds, and how many bytes its body has."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    if accept is not None:
        environ["HTTP_ACCEPT_ENCODING"] = accept

    def ask() -> int:
        body: Iterable[bytes] = app(dict(environ), lambda *_: io.BytesIO().write)
        return sum(map(len, body))

    size = ask()
    return min(timeit.repeat(ask, timer=process_time, number=number, repeat=15)) / number * 1e6, size


def main() -> None:
    without, enabled = make_app(), make_app("compress")
    print("nothing to compress         without     with, µs")
    for path, accept in (("/small", BROWSER), ("/image", BROWSER), ("/HTML", None)):
        times = [measure(app, path, accept, 5000)[0] for app in (without, enabled)]
        print(f"{path:<10} {accept or 'no Accept-Encoding':<18} {times[0]:6.1f}   {times[1]:6.1f}")
    print("compressed                 µs   bytes")
    for name in BODIES:
        for path in (f"/{name}", f"/{name}/stream"):
            for encoding in (None, "zstd", "br", "gzip"):
                spent, size = measure(enabled, path, encoding, 100)
                print(f"{path:<14} {encoding or 'as it is':<9} {spent:6.0f}  {size:6}")


if __name__ == "__main__":
    main()
