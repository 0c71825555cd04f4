"""A real server, and the clients that people use: Chromium and curl decode what they are sent."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import sync_playwright

BIN: Final = Path(sys.executable).parent
IN_CI: Final = os.environ.get("CI") == "true"
TEXT: Final = "Größe und Grüße. " * 200
SHOP: Final = """
import time
from pathlib import Path
from ferrule import App, Response, request, stream_with_context

app = App(__name__, config_file=None, extensions=["compress"])
TEXT = "Größe und Grüße. " * 200

@app.get("/")
def page():
    response = Response("<title>shop</title><link rel=stylesheet href=/static/look.css><p>" + TEXT)
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    return response.make_conditional(request)

@app.get("/account")
def account():
    response = Response(f'<p><a href="http://127.0.0.1:{request.args["port"]}/account?port=1">there</a>' + TEXT)
    response.set_cookie("name", "ada", samesite="Lax")
    return response

@app.get("/slow")
@stream_with_context
def slow():
    yield "first"
    until = time.monotonic() + 60
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.01)
    yield "last of " + request.path
"""
QUIET: Final = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@contextmanager
def shop(folder: Path, encodings: str) -> Iterator[int]:
    """Serve the shop, offering some encodings; yield its port."""
    (folder / "shop.py").write_text(SHOP, encoding="utf-8")
    (folder / "static").mkdir()
    (folder / "static/look.css").write_text("p { color: rgb(1, 2, 3) }\n" * 200)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(BIN / "ferrule"), "--app", "shop:app", "serve", "--port", str(port), "--workers", "1"]
    environ = {**os.environ, "FERRULE_ENV": "production", "FERRULE_COMPRESS_ENCODINGS": encodings}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log)
    try:
        wait_for(port, process, folder / "log")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def curl(encoding: str) -> str:
    """The path of a curl that knows an encoding."""
    path = shutil.which("curl")
    features = subprocess.run([path, "-V"], capture_output=True, text=True, check=True).stdout.split() if path else []
    if path is None or {"zstd": "zstd", "br": "brotli", "gzip": "libz"}[encoding] not in features:
        reason = f"no curl that knows {encoding} on the PATH"
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return path


@pytest.mark.browser
@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
def test_chromium_shows_a_page_and_asks_for_it_again_with_its_entity_tag(
    chromium: str, tmp_path: Path, encoding: str
) -> None:
    with shop(tmp_path, f'["{encoding}"]') as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_page()
        first = page.goto(f"http://127.0.0.1:{port}/")
        assert first is not None
        assert first.all_headers()["content-encoding"] == encoding
        assert page.locator("p").inner_text() == TEXT.strip()
        assert page.locator("p").evaluate("p => getComputedStyle(p).color") == "rgb(1, 2, 3)"
        again = page.evaluate("fetch('/').then(async r => [r.status, await r.text()])")
        assert again == [200, f"<title>shop</title><link rel=stylesheet href=/static/look.css><p>{TEXT}"]
        browser.close()
    assert '"GET / HTTP/1.1" 304' in (tmp_path / "log").read_text()


@pytest.mark.browser
def test_another_site_cannot_have_the_page_of_a_visitor_compressed(chromium: str, tmp_path: Path) -> None:
    """What Chromium sends when a page of another site leads to ours, with the visitor's cookie."""
    with shop(tmp_path, '["br"]') as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_page()
        own = f"http://127.0.0.1:{port}/account?port={port}"

        def visited(url: str) -> str | None:
            with page.expect_response(lambda response: "/account" in response.url) as answered:
                page.goto(url) if url else page.get_by_role("link").click()
            return answered.value.all_headers().get("content-encoding")

        assert visited(own) == "br"  # the address bar, without a cookie
        assert visited(own) == "br"  # and with it
        assert visited("") == "br"  # a link on the own page
        assert visited(own.replace("127.0.0.1", "localhost")) == "br"  # another site, to a browser
        with page.expect_request(lambda request: request.url.startswith("http://127.0.0.1")) as sent:
            assert visited("") is None  # its link
        assert sent.value.all_headers()["cookie"] == "name=ada"
        assert sent.value.all_headers()["sec-fetch-site"] == "cross-site"
        browser.close()


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
def test_curl_decodes_it_and_what_answers_head_are_the_headers_of_get(curl: str, tmp_path: Path, encoding: str) -> None:
    with shop(tmp_path, '["zstd", "br", "gzip"]') as port:
        command = [curl, "-s", "--compressed", "-H", f"Accept-Encoding: {encoding}", f"http://127.0.0.1:{port}/"]
        done = subprocess.run(command, capture_output=True, check=True)
        assert done.stdout.decode().endswith(f"<p>{TEXT}")
        for more in (["-D", "-", "-o", "/dev/null"], ["-I"]):
            headers = subprocess.run([*command, *more], capture_output=True, text=True, check=True).stdout
            assert f"Content-Encoding: {encoding}" in headers
            assert f'~{encoding}"' in headers


def test_the_first_block_of_a_slow_stream_is_there_before_the_last_is_made(tmp_path: Path) -> None:
    with shop(tmp_path, '["gzip"]') as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        connection.request("GET", "/slow", headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        decoder, text = zlib.decompressobj(31), b""
        while text != b"first":
            text += decoder.decompress(response.read1())
        (tmp_path / "go").touch()
        assert decoder.decompress(response.read()) == b"last of /slow"
        assert decoder.eof
        connection.close()
