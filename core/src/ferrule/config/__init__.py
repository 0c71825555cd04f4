"""The configuration: declared settings, sources in order, provenance, and all mistakes at once.

Small values are named tuples here and not dataclasses: every process that imports the framework makes their classes,
and a dataclass takes seven times as long to make.
"""

from .configuration import Config, Row
from .core import CORE, CoreSettings, ProxyFixSettings
from .declare import MISSING, Declaration, NotSetError, Section, declarations, setting
from .locate import DETECT, ConfigFile, Detect, Found, locate
from .provenance import Kind, Origin
from .source import Enabled, EnabledAt, Source

__all__ = [
    "CORE",
    "DETECT",
    "MISSING",
    "Config",
    "ConfigFile",
    "CoreSettings",
    "Declaration",
    "Detect",
    "Enabled",
    "EnabledAt",
    "Found",
    "Kind",
    "NotSetError",
    "Origin",
    "ProxyFixSettings",
    "Row",
    "Section",
    "Source",
    "declarations",
    "locate",
    "setting",
]
