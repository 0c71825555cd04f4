"""The hook that the extension opens to others."""

from collections.abc import Sequence

from ferrule import App, hookspec

from .events import AuditEvent

__all__ = ["AuditHooks"]


class AuditHooks:
    """What other extensions are told. Mark implementations with ``@hookimpl(optionalhook=True)``."""

    @hookspec()
    def audit_recorded(self, app: App, events: Sequence[AuditEvent]) -> None:
        """Events were written to the database; to forward them, for instance. Dependencies first.

        Called at the end of the context in which they happened, once for all of them.
        """
