"""The settings of the extension: the ``[audit]`` table of the configuration."""

from collections.abc import Iterator
from dataclasses import dataclass

from ferrule import setting

__all__ = ["AuditSettings"]


@dataclass(frozen=True, kw_only=True)
class AuditSettings:
    """The settings of the extension.

    Raises:
        ValueError: A value cannot be meant; the text lists all.
    """

    path: str = setting("/audit", doc="Where the page of events is, with `login` enabled.")
    readers: list[str] = setting(default_factory=list, doc="The ids of the users who may read it; nobody else may.")
    per_page: int = setting(50, doc="How many events are on a page.")
    addresses: bool = setting(True, doc="Keep the addresses of clients, which are personal data in many countries.")

    def __post_init__(self) -> None:
        if mistakes := list(self._mistakes()):
            raise ValueError("; ".join(mistakes))

    def _mistakes(self) -> Iterator[str]:
        if not self.path.startswith("/") or "<" in self.path or self.path.endswith("/"):
            yield f"path={self.path!r}: expected one path, such as '/audit'"
        if not 1 <= self.per_page <= 500:
            yield f"per_page={self.per_page}: expected 1 to 500"
