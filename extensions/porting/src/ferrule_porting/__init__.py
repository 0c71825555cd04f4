"""What a Flask application takes along to Ferrule: its session cookies, and its JSON to the byte."""

from .extension import Porting
from .json_provider import DefaultJSONProvider
from .sessions import SecureCookieSessionInterface, UpgradingSessionInterface
from .settings import PortingSettings
from .tagged_json import TaggedJSONSerializer

__all__ = [
    "DefaultJSONProvider",
    "Porting",
    "PortingSettings",
    "SecureCookieSessionInterface",
    "TaggedJSONSerializer",
    "UpgradingSessionInterface",
]
