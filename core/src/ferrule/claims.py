"""The ledger of an application: what was declared, by whom and where, and what two declare."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeAlias

from .callers import caller, is_ours

__all__ = ["Claim", "Claims", "Conflict"]

OWN_WINS: Final = frozenset(
    {"context name", "error handler", "template", "template filter", "template global", "template test"}
)
"""Kinds of which the application's own declaration replaces an extension's, whichever comes first."""

_NAMES_IN_TEMPLATES: Final = frozenset({"context name", "template global"})


class Claim(NamedTuple):
    """Something that was declared.

    Attributes:
        kind: What it is: ``endpoint``, ``route``, ``blueprint``, ``template folder``, ``template filter``, ….
        name: Its name.
        owner: The name of the extension that declared it; empty for the application.
        place: ``file:line``, or what else tells where.
    """

    kind: str
    name: str
    owner: str
    place: str


Conflict: TypeAlias = tuple[Claim, ...]
"""The claims of several owners to one thing, in the order in which they came."""


class Claims:
    """All that was declared for one application.

    Attributes:
        acting: The name of the extension whose set-up is running; empty while the application declares.
    """

    def __init__(self) -> None:
        self.acting: str = ""
        self._claims: list[Claim] = []
        self._by_key: dict[Hashable, list[Claim]] = {}

    def __iter__(self) -> Iterator[Claim]:
        """Go through all claims, in the order in which they came."""
        return iter(self._claims)

    @contextmanager
    def by(self, owner: str) -> Iterator[None]:
        """Let what is declared in a block be an extension's; an empty name stands for the application."""
        before, self.acting = self.acting, owner
        try:
            yield
        finally:
            self.acting = before

    def add(self, kind: str, name: str, place: str = "", *, keys: Iterable[Hashable] | None = None) -> bool:
        """Note a declaration of whoever is acting.

        An extension calls it for what the core does not know, such as a folder of migrations; ``ferrule extensions
        explain`` shows it.

        Args:
            kind: What it is.
            name: Its name.
            place: Where it was declared; the line that led here if that is empty, or in this package.
            keys: What none but its owner may claim; the name itself unless given, nothing if empty.

        Returns:
            Whether no other owner claims the same; if one does, the freeze reports both.
        """
        claim = Claim(kind, name, self.acting, caller() if not place or is_ours(place) else place)
        self._claims.append(claim)
        is_free = True
        for key in (_key(kind, name),) if keys is None else keys:
            others = self._by_key.setdefault(key, [])
            is_free = is_free and all(other.owner == claim.owner for other in others)
            others.append(claim)
        return is_free

    def of(self, owner: str) -> list[Claim]:
        """Return what one extension declared; for an empty name, what the application did."""
        return [claim for claim in self._claims if claim.owner == owner]

    def is_own(self, kind: str, name: str) -> bool:
        """Tell whether the application itself has declared something."""
        return any(not claim.owner for claim in self._by_key.get(_key(kind, name), ()))

    def conflicts(self) -> Iterator[Conflict]:
        """Go through what several owners claim, each pair of claims once."""
        seen: set[Conflict] = set()
        for claims in self._by_key.values():
            first = {claim.owner: claim for claim in reversed(claims)}
            ordered = tuple(claim for claim in claims if claim is first[claim.owner])
            if len(ordered) > 1 and ordered not in seen and not _is_overridden(ordered):
                seen.add(ordered)
                yield ordered


def _key(kind: str, name: str) -> Hashable:
    return ("template name" if kind in _NAMES_IN_TEMPLATES else kind), name


def _is_overridden(claims: Conflict) -> bool:
    """Tell whether the application's own declaration settles the matter: of a route, where it came first."""
    kinds = {claim.kind for claim in claims}
    return any(not claim.owner for claim in claims) and (
        kinds <= OWN_WINS or (kinds == {"route"} and not claims[0].owner)
    )
