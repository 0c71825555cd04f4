"""Settings that are attributes of the extension, too, as Flask-Login has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Generic, Self, TypeVar, overload

from ferrule import App
from ferrule.context import current_context, has_app_context

from .settings import LoginSettings

__all__ = ["AssignedSettings", "SettingAttribute"]

T = TypeVar("T")


class AssignedSettings:
    """The settings, and what was assigned to the attributes that stand for some of them: that wins."""

    def __init__(self) -> None:
        self._assigned: Mapping[str, Any] = {}
        self._merged: tuple[LoginSettings, LoginSettings] | None = None

    def settings(self, app: App) -> LoginSettings:
        """Return the settings of this extension in an application."""
        settings = app.config.settings(LoginSettings)
        return self._merge(settings) if self._assigned else settings

    def _merge(self, settings: LoginSettings) -> LoginSettings:
        merged = self._merged
        if merged is None or merged[0] is not settings:
            merged = self._merged = settings, replace(settings, **self._assigned)
        return merged[1]

    def assign(self, setting: str, value: Any) -> None:
        """Let a value win over the configuration, in every application that has this extension."""
        self._assigned = {**self._assigned, setting: value}
        self._merged = None

    def settings_here(self) -> LoginSettings:
        """Return the settings in the current application; outside of any, the defaults and what was assigned."""
        if has_app_context():
            return self.settings(current_context().app)
        return LoginSettings(**self._assigned)


class SettingAttribute(Generic[T]):
    """A setting as an attribute."""

    def __init__(self, setting: str) -> None:
        self._setting = setting

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> Self: ...
    @overload
    def __get__(self, owner: AssignedSettings, kind: type[Any]) -> T: ...
    def __get__(self, owner: AssignedSettings | None, kind: type[Any]) -> Self | T:
        return self if owner is None else getattr(owner.settings_here(), self._setting)

    def __set__(self, owner: AssignedSettings, value: T) -> None:
        owner.assign(self._setting, value)
