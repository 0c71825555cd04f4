"""The class that an extension derives from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from ..app import App

__all__ = ["Extension"]


class Extension:
    """A part of an application that is enabled by name, checked, ordered and explained.

    A subclass states what it is in class attributes and implements hooks in methods marked with
    :func:`~ferrule.hookimpl`. An instance may serve several applications: what it keeps for one lies in :meth:`state`,
    what it keeps for a request in ``ctx.state[self]``.

    Attributes:
        name: The name of the entry point, of the table in the configuration and of the key in ``app.extensions``.
        description: One line for ``ferrule extensions``.
        settings_class: A keyword-only frozen dataclass of :func:`~ferrule.setting` fields; ``None`` without settings.
        requires: Names of extensions that must be enabled too; they are initialised earlier.
        after: Names of extensions that are initialised earlier where they are enabled.
        before: Names of extensions that are initialised later where they are enabled.
        conflicts: Names of extensions that must not be enabled beside this one.
        context_names: The names that :func:`~ferrule.hookspecs.template_context` gives to templates.
        api_version: The version of Ferrule that it was written for, such as ``"0.1"``; a later one than is installed is
            refused.
        thread_safe: Several threads may be in its hooks at a time.
        fork_safe: A process may be forked when it is initialised, and go on in both.
        async_safe: Views may be ``async def``: nothing that it keeps for a request hangs on the thread.
        single_instance: Only one application of a process may enable it.
        hookspecs: A class of hook specifications that this extension calls and others implement, each named
            ``<extension>_…``.
    """

    name: ClassVar[str]
    description: ClassVar[str] = ""
    settings_class: ClassVar[type[Any] | None] = None
    requires: ClassVar[Iterable[str]] = ()
    after: ClassVar[Iterable[str]] = ()
    before: ClassVar[Iterable[str]] = ()
    conflicts: ClassVar[Iterable[str]] = ()
    context_names: ClassVar[Iterable[str]] = ()
    api_version: ClassVar[str] = ""
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True
    single_instance: ClassVar[bool] = False
    hookspecs: ClassVar[type[Any] | None] = None

    _states: WeakKeyDictionary[App, Any]
    _source: str = ""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Give the instance its per-application store, whether or not a subclass calls ``super().__init__()``."""
        self = super().__new__(cls)
        self._states = WeakKeyDictionary()
        return self

    def init_app(self, app: App) -> None:
        """Enlist this extension with an application, as a line of its configuration file would.

        Args:
            app: The application. Once it is initialised, what the extension requires must already be there.

        Raises:
            SetupError: The application has answered its first request.
            ExtensionError: The extension is misdeclared, or what it requires is missing.
        """
        app.enlist(self)

    def make_state(self, app: App) -> Any:
        """Make what this extension keeps for one application; a dict unless overridden. It must not hold the app."""
        return {}

    def state(self, app: App) -> Any:
        """Return what this extension keeps for one application, made by :meth:`make_state` at the first call.

        Args:
            app: The application, or ``current_app``.
        """
        try:
            return self._states[app]
        except KeyError:
            return self._states.setdefault(app, self.make_state(app))
        except TypeError:  # the proxy, to which there can be no weak reference
            return self.state(cast(Any, app)._get_current_object())

    def __repr__(self) -> str:
        source = self._source and f" of {self._source}"
        return f"<extension {getattr(self, 'name', type(self).__name__)!r}{source}>"
