"""What no framework can save: the library's work, or the file's, with nothing around.

Each function prepares the work and returns what does it once, with what one request brings and takes.
"""

import asyncio
import io
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import repeat
from threading import Thread
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jinja2 import Environment, FileSystemLoader
from pluggy import PluginManager
from werkzeug.formparser import FormDataParser

from ferrule import hookspecs
from ferrule.hooks import PROJECT

from .databases import bare
from .hooks.ferrule import Busy
from .views.content import PAGE, STATIC_FOLDER, TEMPLATES, TypedOrder, megabyte
from .works import BODY, EXTENSIONS, FORM, POSTGRESQL, SQLITE

BLOCK_SIZE: Final = 8192


class Floor:
    """Does one work, as often as asked.

    Args:
        name: The function below that prepares it.
    """

    def __init__(self, name: str) -> None:
        self.once: Callable[[], object] = globals()[name]()

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


def loop(number: int) -> Callable[[], object]:
    """Prepare a plain loop over the hooks of the busy extensions: what a call of each takes."""
    extensions = [Busy(index) for index in range(number)]
    before = tuple(extension.before_request for extension in extensions)
    after = tuple(extension.after_request for extension in extensions)
    ctx: Any = object()
    response: Any = object()

    def once() -> None:
        for hook in before:
            hook(ctx)
        for hook_after in after:
            hook_after(ctx, response)

    return once


def pluggy_calls(number: int) -> Callable[[], object]:
    """Prepare the calls of the same hooks by pluggy."""
    manager = PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    for index in range(number):
        manager.register(Busy(index))
    before, after = manager.hook.before_request, manager.hook.after_request
    ctx: Any = object()
    response: Any = object()

    def once() -> None:
        before(ctx=ctx)
        after(ctx=ctx, response=response)

    return once


loop_1, loop_10, loop_50 = (partial(loop, number) for number in EXTENSIONS)
stock_sqlite = partial(bare.stock, SQLITE)
stock_postgresql = partial(bare.stock, POSTGRESQL)

pluggy_1, pluggy_10, pluggy_50 = (partial(pluggy_calls, number) for number in EXTENSIONS)
