"""Who did what, and when: an example of an extension with hooks of its own, a table, and a page."""

from .events import AuditEvent
from .extension import Audit, record
from .hookspecs import AuditHooks
from .settings import AuditSettings

__all__ = ["Audit", "AuditEvent", "AuditHooks", "AuditSettings", "record"]
