"""The extension: which session interface and which JSON provider the settings ask for."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from ferrule import App, Check, Extension, hookimpl
from ferrule.json import JSONProvider
from ferrule.sessions import SessionInterface

from .json_provider import DefaultJSONProvider
from .sessions import SecureCookieSessionInterface, UpgradingSessionInterface
from .settings import PortingSettings

__all__ = ["Porting"]

_INTERFACES: Final[Mapping[str, Callable[[], SessionInterface | None]]] = MappingProxyType(
    {"upgrade": UpgradingSessionInterface, "signed": SecureCookieSessionInterface, "encrypted": lambda: None}
)


class Porting(Extension):
    """Lets an application that comes from Flask keep its sessions and its JSON."""

    name = "porting"
    description = "Reads Flask's session cookies and writes Flask's JSON, for applications that come from there."
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True
    settings_class: ClassVar[type[PortingSettings]] = PortingSettings

    @hookimpl
    def session_interface(self, app: App) -> SessionInterface | None:
        """Return the interface that ``session_cookies`` asks for; none, and so Ferrule's own, for ``encrypted``."""
        return _INTERFACES[app.config.settings(PortingSettings).session_cookies]()

    @hookimpl
    def json_provider(self, app: App) -> JSONProvider | None:
        """Return Flask's provider, unless ``json`` asks for Ferrule's."""
        return DefaultJSONProvider(app) if app.config.settings(PortingSettings).json == "flask" else None

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        """Yield that sessions are readable, where production is meant."""
        if deploy and isinstance(app.session_interface, SecureCookieSessionInterface):
            yield Check(
                "porting.signed_sessions",
                "warning",
                "session cookies are signed as Flask's: visitors can read what they hold",
                "set session_cookies = 'upgrade' in [porting] once no Flask process reads them any more",
            )
