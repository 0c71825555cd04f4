"""The extension."""

from collections.abc import Iterator
from typing import ClassVar, cast
from wsgiref.types import WSGIEnvironment

from werkzeug.wrappers import Response

from ferrule import App, Check, Context, Extension, hookimpl

from .bodies import compress, is_compressible, is_whole, vary
from .entity_tags import understand, with_suffix
from .exposure import is_exposed, is_uncompressed
from .negotiation import choose
from .settings import CompressSettings

__all__ = ["Compress", "CompressSettings"]


class Compress(Extension):
    """Compresses what the application answers with zstd, Brotli or gzip, as far as the client takes it."""

    name = "compress"
    description = "Compresses responses with zstd, Brotli or gzip."
    settings_class: ClassVar[type[CompressSettings]] = CompressSettings
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        """Let the application know its entity tags again."""
        environ = _environ(ctx)
        if "HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MATCH" in environ:
            offered = ctx.app.config.settings(CompressSettings).encodings
            understand(environ, choose(environ.get("HTTP_ACCEPT_ENCODING"), offered).encoding, offered)

    @hookimpl
    def after_request(self, ctx: Context, response: Response) -> None:
        """Compress the response, or at least say that others may get it compressed."""
        environ, settings = _environ(ctx), ctx.app.config.settings(CompressSettings)
        encoding, takes_plain = choose(environ.get("HTTP_ACCEPT_ENCODING"), settings.encodings)
        if encoding and _is_unchanged(environ, response, encoding):
            return
        minimum = settings.minimum_size if takes_plain else 0
        if not is_compressible(response, settings, minimum) or is_uncompressed(ctx):
            return
        vary(response)
        if encoding and is_whole(response) and (settings.cross_site or not is_exposed(environ)):
            is_head = environ["REQUEST_METHOD"] == "HEAD"
            compress(response, encoding, settings.level(encoding), minimum, is_head=is_head)

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        """Warn of what tells strangers something."""
        if deploy and app.config.settings(CompressSettings).cross_site:
            text = "pages for who is logged in are compressed for requests that other sites make: their lengths tell"
            hint = "leave [compress] cross_site unset, unless no page holds both a secret and a text of the request"
            yield Check("compress.cross_site", "warning", text, hint)


def _environ(ctx: Context) -> WSGIEnvironment:
    # PERF: the request and its headers would take 3 µs to make.
    return cast(WSGIEnvironment, ctx.environ)  # there is one in the hooks of a request


def _is_unchanged(environ: WSGIEnvironment, response: Response, encoding: str) -> bool:
    """Tell whether what the client has is an encoded body that did not change; name it as the client does."""
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    if "~" not in known or response.status_code != 304:
        return False
    tag = with_suffix(response.headers.get("ETag", ""), encoding)
    if f"~{encoding}" not in tag or tag not in known:
        return False
    response.headers.set("ETag", tag)
    vary(response)
    return True
