"""The extension: a greeting for every template."""

from dataclasses import dataclass
from typing import ClassVar

from ferrule import Context, Extension, hookimpl, setting

__all__ = ["Greeting", "GreetingSettings"]


@dataclass(frozen=True, kw_only=True)
class GreetingSettings:
    """The settings of the extension."""

    phrase: str = setting("Hello", doc="What to say.")


class Greeting(Extension):
    """Adds ``greeting`` to the names of every template."""

    name = "greeting"
    description = "A greeting for every template."
    api_version = "0.1"
    thread_safe = True
    fork_safe = True
    async_safe = True
    context_names = ("greeting",)
    settings_class: ClassVar[type[GreetingSettings]] = GreetingSettings

    @hookimpl
    def template_context(self, ctx: Context) -> dict[str, str]:
        """Return the greeting."""
        return {"greeting": ctx.app.config.settings(GreetingSettings).phrase}
