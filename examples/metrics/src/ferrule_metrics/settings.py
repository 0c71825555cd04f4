"""The settings of the extension: the ``[metrics]`` table of the configuration."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ferrule import setting

__all__ = ["MetricsSettings"]

_BEARER: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a bearer token can be made of (RFC 6750, section 2.1)."""


@dataclass(frozen=True, kw_only=True)
class MetricsSettings:
    """The settings of the extension. All but the token are read once, when the application is initialised.

    Raises:
        ValueError: A value cannot be meant; the text lists all.
    """

    path: str = setting("/metrics", doc="Where the metrics are answered.")
    token: str | None = setting(
        None,
        doc="What a reader has to send, as `Authorization: Bearer …`. Without one, whoever reaches the path may read.",
        secret=True,
    )
    buckets: tuple[float, ...] = setting(
        (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
        doc="The upper bounds of the classes that durations are counted in, in seconds.",
    )
    process: bool = setting(
        True,
        doc="Tell memory, processor time, open files and garbage collection, too; never where processes share metrics.",
    )

    def __post_init__(self) -> None:
        if mistakes := list(self._mistakes()):
            raise ValueError("; ".join(mistakes))

    def _mistakes(self) -> Iterator[str]:
        if not self.path.startswith("/") or "<" in self.path:
            yield f"path={self.path!r}: expected one path, such as '/metrics'"
        if self.token is not None and not _BEARER.fullmatch(self.token):
            yield (
                "token: expected a text of letters, digits and -._~+/ (RFC 6750); make one with"
                ' python -c "import secrets; print(secrets.token_urlsafe())"'
            )
        bounds = (0.0, *self.buckets)
        if not self.buckets or not all(lower < upper for lower, upper in pairwise(bounds)):
            yield f"buckets={list(self.buckets)}: expected numbers of seconds above 0, each larger than the one before"
