"""How sessions are kept on a Redis server, and only their ids with the visitors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, cast

from redis import Redis, RedisError
from werkzeug.exceptions import ServiceUnavailable

from ferrule import App, Request
from ferrule.builtin import CookieSessionInterface
from ferrule.builtin.session_codec import dumps, loads
from ferrule.sessions import Session, SessionMixin

__all__ = ["RedisSession", "RedisSessionInterface"]


class RedisSession(Session):
    """A session, the id in its cookie, and the id that it had before a login."""

    id: str | None = None
    old_id: str | None = None


class RedisSessionInterface(CookieSessionInterface):
    """Keeps each session under the hash of a random id, until its lifetime has passed or somebody logs out."""

    session_class = RedisSession

    def __init__(self, redis: Redis, prefix: str) -> None:
        self.redis = redis
        self.prefix = prefix

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        session = cast(RedisSession, super().open_session(app, request))
        if not session.new:  # an id that the server does not know is nobody's: a new session gets one of its own
            session.id = request.cookies[self.get_cookie_name(app)]
        return session

    def load(self, app: App, token: str) -> Mapping[str, Any] | None:
        with self._answering(app):
            data = self.redis.get(self._key(token))
        return loads(cast(bytes, data)) if data else None

    def store(self, app: App, session: SessionMixin) -> str:
        kept = cast(RedisSession, session)
        seconds = int(self.get_lifetime(app).total_seconds())
        with self._answering(app):
            if kept.id is None:
                kept.id = token_urlsafe(32)  # 256 random bits
                self.redis.set(self._key(kept.id), dumps(kept), ex=seconds)
                self._forget(kept)
            elif kept.modified:
                self.redis.set(self._key(kept.id), dumps(kept), ex=seconds, xx=True)  # not if it was deleted meanwhile
            else:
                self.redis.expire(self._key(kept.id), seconds)  # a request that only read undoes nobody's writing
        return kept.id

    def discard(self, app: App, session: SessionMixin) -> None:
        with self._answering(app):
            self._forget(cast(RedisSession, session))

    def renew(self, session: SessionMixin) -> None:
        super().renew(session)
        kept = cast(RedisSession, session)
        kept.old_id, kept.id = kept.id or kept.old_id, None

    def _forget(self, session: RedisSession) -> None:
        ids = [session.old_id] if session else [session.old_id, session.id]
        if keys := [self._key(each) for each in ids if each]:
            self.redis.delete(*keys)

    def _key(self, token: str) -> str:
        # Who reads the server's memory, or a backup of it, finds no id that opens a session.
        return self.prefix + sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

    @contextmanager
    def _answering(self, app: App) -> Iterator[None]:
        try:
            yield
        except RedisError as error:
            app.logger.exception("The session store does not answer")
            raise ServiceUnavailable(retry_after=5) from error
