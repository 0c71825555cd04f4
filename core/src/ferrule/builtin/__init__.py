"""The core's own extensions, which use the hooks that every extension has."""

from .core_checks import CoreChecks
from .origin_guard import OriginGuard, cross_origin_allowed
from .server_timing import ServerTiming, timed
from .sessions import CookieSessionInterface, EncryptedCookieSessionInterface, Sessions
from .static import StaticFiles

__all__ = [
    "CookieSessionInterface",
    "CoreChecks",
    "EncryptedCookieSessionInterface",
    "OriginGuard",
    "ServerTiming",
    "Sessions",
    "StaticFiles",
    "cross_origin_allowed",
    "timed",
]
