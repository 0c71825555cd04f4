"""How long a run waits for its locks, and how it does."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Patience"]

_PAUSES: Final = (0.02, 0.15)
"""Between which lengths, in seconds, a pause between two attempts is drawn, so that many do not ask in step."""


@dataclass(frozen=True)
class Patience:
    """A time that is used up by all locks of a run together.

    Attributes:
        seconds: How long, from when it was made.
    """

    seconds: float
    _began: float = field(default_factory=time.monotonic, init=False)

    @property
    def left(self) -> float:
        """The seconds that are left, not less than none."""
        return max(0.0, self._began + self.seconds - time.monotonic())

    def pause(self) -> bool:
        """Wait for a moment; tell whether there is any use in another attempt."""
        left = self.left
        time.sleep(min(random.uniform(*_PAUSES), left))  # noqa: S311  no secret
        return left > 0
