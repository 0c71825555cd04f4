"""The extension: its settings, and the connection of each application."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from ferrule import App, Check, Extension, hookimpl, setting
from ferrule.sessions import SessionInterface

from .interface import RedisSessionInterface

__all__ = ["RedisSessions", "RedisSessionsSettings"]


@dataclass(frozen=True, kw_only=True)
class RedisSessionsSettings:
    url: str = setting("redis://127.0.0.1:6379/0", doc="The server, with its password if it has one.", secret=True)
    prefix: str = setting("session:", doc="What the keys of sessions begin with.")
    timeout: float = setting(1.0, doc="How long a request waits for the server, in seconds.")


class RedisSessions(Extension):
    name = "redis_sessions"
    description = "Keeps sessions on a Redis server."
    api_version = "0.1"
    thread_safe = True
    fork_safe = True
    async_safe = True
    settings_class: ClassVar[type[RedisSessionsSettings]] = RedisSessionsSettings

    def make_state(self, app: App) -> Redis:
        settings = app.config.settings(RedisSessionsSettings)
        return Redis.from_url(
            settings.url,
            socket_timeout=settings.timeout,
            socket_connect_timeout=settings.timeout,
            retry=Retry(NoBackoff(), 1),  # once more where a connection was idle too long; no visitor waits for more
        )

    @hookimpl
    def session_interface(self, app: App) -> SessionInterface:
        return RedisSessionInterface(self.state(app), app.config.settings(RedisSessionsSettings).prefix)

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        try:
            self.state(app).ping()
        except RedisError as error:
            yield Check("redis_sessions.unreachable", "error", f"the session store does not answer: {error}")

    @hookimpl
    def app_shutdown(self, app: App) -> None:
        self.state(app).close()
