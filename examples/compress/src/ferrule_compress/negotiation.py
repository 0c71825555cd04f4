"""Which encoding a request gets (RFC 9110, section 12.5.3)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

__all__ = ["Choice", "choose"]

_SAME_AS: Final = {"x-gzip": "gzip"}  # RFC 9110, section 8.4.1.3
_LONGEST_KEPT: Final = 256


class Choice(NamedTuple):
    """What a request gets.

    Attributes:
        encoding: The encoding; ``None`` for the body as it is.
        takes_plain: Whether the client takes a body as it is, too.
    """

    encoding: str | None
    takes_plain: bool


def choose(header: str | None, offered: Sequence[str]) -> Choice:
    """Choose the encoding that the client ranks highest; of equal ones, the first that is offered.

    A client that does not send the header may be any; it gets the body as it is. So does one that takes nothing which
    is offered, be it that it refuses ``identity`` as well: a body that it does not want is worth more than none.

    Args:
        header: The ``Accept-Encoding`` of the request.
        offered: The encodings to choose from, the preferred first.
    """
    if header is None:
        return Choice(None, takes_plain=True)
    # PERF: Werkzeug takes 12 µs to parse what a browser accepts, and there are few browsers.
    choose_cached = _choose if len(header) <= _LONGEST_KEPT else _choose.__wrapped__
    return choose_cached(header, tuple(offered))


@lru_cache(maxsize=256)
def _choose(header: str, offered: tuple[str, ...]) -> Choice:
    ranks: dict[str, float] = {}
    for coding, rank in parse_accept_header(header, Accept):  # the highest of each first
        name = coding.lower()
        ranks.setdefault(_SAME_AS.get(name, name), rank)
    others = ranks.get("*", 0.0)
    plain = ranks.get("identity", ranks.get("*"))
    best = max(offered, key=lambda coding: ranks.get(coding, others), default="")
    rank = ranks.get(best, others) if best else 0.0
    is_better_plain = rank == 0 or (plain is not None and plain > rank)
    return Choice(None if is_better_plain else best, takes_plain=plain != 0)
