"""What no framework can save: the library's work, or the file's, with nothing around.

Each function prepares the work and returns what does it once, with what one request brings and takes.
"""

import asyncio
import io
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Iterable
from itertools import repeat
from threading import Thread
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jinja2 import Environment, FileSystemLoader
from werkzeug.formparser import FormDataParser

from .views.content import PAGE, STATIC_FOLDER, TEMPLATES, TypedOrder, megabyte
from .works import BODY, FORM, Work

BLOCK_SIZE: Final = 8192


class Floor:
    """Does one work, as often as asked."""

    def __init__(self, work: Work) -> None:
        self.once: Callable[[], object] = globals()[work.floor or ""]()

    def send_many(self, times: int) -> None:
        """Do the work `times` times; this loop is what is timed."""
        once = self.once
        for _ in repeat(None, times):
            once()


def page() -> Callable[[], object]:
    template = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template("page.html")
    return lambda: template.render(PAGE)


def form() -> Callable[[], object]:
    def once() -> object:
        return FormDataParser().parse(io.BytesIO(FORM.body), FORM.content_type, len(FORM.body), {})

    return once


def body() -> Callable[[], object]:
    decode = msgspec.json.Decoder(TypedOrder).decode
    return lambda: decode(BODY.body)


def session_view() -> Callable[[], object]:
    cipher = AESGCM(AESGCM.generate_key(256))
    decode, encode = msgspec.msgpack.Decoder().decode, msgspec.msgpack.Encoder().encode

    def seal(content: Any) -> bytes:
        nonce = os.urandom(12)
        return urlsafe_b64encode(nonce + cipher.encrypt(nonce, encode(content), b"ferrule.session"))

    token = seal({"name": "coyote", "visits": 1})

    def once() -> object:
        raw = urlsafe_b64decode(token)
        return seal(decode(cipher.decrypt(raw[:12], raw[12:], b"ferrule.session")))

    return once


def async_view() -> Callable[[], object]:
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, daemon=True).start()

    async def view() -> str:
        await asyncio.sleep(0)
        return "Hello, World!"

    return lambda: asyncio.run_coroutine_threadsafe(view(), loop).result()


def stream() -> Callable[[], object]:
    return lambda: exhaust(megabyte())


def file() -> Callable[[], object]:
    path = STATIC_FOLDER / "page.css"

    def once() -> None:
        with path.open("rb") as source:
            exhaust(iter(lambda: source.read(BLOCK_SIZE), b""))

    return once


def exhaust(blocks: Iterable[bytes]) -> None:
    deque(blocks, maxlen=0)
