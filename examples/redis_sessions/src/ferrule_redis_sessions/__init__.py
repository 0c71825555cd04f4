"""Sessions on a Redis server: an example of a session interface."""

from .extension import RedisSessions, RedisSessionsSettings
from .interface import RedisSession, RedisSessionInterface

__all__ = ["RedisSession", "RedisSessionInterface", "RedisSessions", "RedisSessionsSettings"]
