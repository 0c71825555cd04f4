"""The extension itself."""

from collections.abc import Iterator
from typing import ClassVar

from ferrule import App, Check, Extension, hookimpl

__all__ = ["Devtools"]


class Devtools(Extension):
    """Shows authors what their extensions miss."""

    name = "devtools"
    description = "Scaffolds, a conformance kit, test helpers, static checks and the lock, for authors."
    api_version: ClassVar[str] = "0.1"
    thread_safe: ClassVar[bool] = True
    fork_safe: ClassVar[bool] = True
    async_safe: ClassVar[bool] = True

    @hookimpl
    def check_app(self, app: App, deploy: bool) -> Iterator[Check]:
        """Yield what the static check finds in the enabled extensions that are developed here."""
        # PERF: an application that is not being checked has no use for any of it.
        from .static import check
        from .static.developed import developed_packages

        for package in developed_packages(app.plugins):
            yield from (finding.check() for finding in check(package) if finding.level != "info")
