"""Litestar: plugins. For handlers there is one place only, so one that works at each request adds a middleware."""

from functools import partial

from litestar import Litestar, get
from litestar.config.app import AppConfig
from litestar.middleware import ASGIMiddleware
from litestar.plugins import InitPlugin
from litestar.types import ASGIApp, Receive, Scope, Send


class Quiet(InitPlugin):
    """Of use when the application starts."""

    def __init__(self, number: int) -> None:
        self.name = f"extension{number}"

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.state[self.name] = True
        return app_config


class Around(ASGIMiddleware):
    """Stands around the request, and does no work."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        await next_app(scope, receive, send)


class Busy(Quiet):
    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.middleware.append(Around())
        return super().on_app_init(app_config)


@get("/", media_type="text/plain", sync_to_thread=False)
def show_hello() -> str:
    return "Hello, World!"


def with_extensions(kind: type[Quiet], number: int) -> Litestar:
    return Litestar([show_hello], plugins=[kind(index) for index in range(number)], openapi_config=None)


none = partial(with_extensions, Quiet, 0)
quiet_1 = partial(with_extensions, Quiet, 1)
quiet_10 = partial(with_extensions, Quiet, 10)
quiet_50 = partial(with_extensions, Quiet, 50)
busy_1 = partial(with_extensions, Busy, 1)
busy_10 = partial(with_extensions, Busy, 10)
busy_50 = partial(with_extensions, Busy, 50)
