"""Remembered browsers in a database: one row for each, which all workers see."""

from __future__ import annotations

import logging
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from ...exceptions import StoreError
from ..families import GRACE, Family, Verdict
from .tables import REMEMBERED
from .transactions import purge, run

__all__ = ["DatabaseRemembered"]

_LOGGER: Final = logging.getLogger(__name__)
_COLUMNS: Final = REMEMBERED.c
_PARTS: Final = tuple(Family.__dataclass_fields__)


class DatabaseRemembered:
    """Remembered browsers; see :class:`~ferrule_login.RememberStore`.

    Connections are its own, apart from the session's: what is decided here holds whatever becomes of the request, and
    no change of the request is committed with it.

    Args:
        engine: The database.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, family: Family) -> None:
        """Keep a new family, and tidy up now and then."""
        values = {name: getattr(family, name) for name in _PARTS}
        self._change(sa.insert(REMEMBERED).values(values))
        purge(self._engine, _COLUMNS.selector, _COLUMNS.expires <= family.created)

    def check(self, selector: str, digest: str, now: int) -> Verdict:
        """Tell what a validator is."""
        columns = (_COLUMNS.digest, _COLUMNS.previous, _COLUMNS.rotated, _COLUMNS.replayed)
        known = sa.select(*columns).where(_COLUMNS.selector == selector, _COLUMNS.expires > now)
        row = run(self._engine, lambda connection: connection.execute(known).one_or_none())
        if row is None:
            return Verdict.UNKNOWN
        if row.replayed is not None:
            return Verdict.ENDED
        if digest == row.digest:
            return Verdict.CURRENT
        if digest == row.previous and now <= row.rotated + GRACE:
            return Verdict.REPLACED
        # Of two that replay it at a time, one is the first.
        ended = sa.update(REMEMBERED).where(*_alive(selector, now)).values(replayed=now)
        return Verdict.REPLAYED if self._change(ended) else Verdict.ENDED

    def rotate(self, digest: str, family: Family, now: int) -> bool:
        """Replace the newest validator, if it is the one with a digest."""
        values = {"digest": family.digest, "previous": digest, "rotated": now, "used": now}
        try:
            return self._renew(digest, family, now, values)
        except (OperationalError, StoreError):  # locked, or read-only for the moment: the cookie stays good as it is
            _LOGGER.warning("a remember cookie could not be replaced, and stays as it is", exc_info=True)
            return False

    def extend(self, digest: str, family: Family, now: int) -> bool:
        """Give a family another end, if its newest validator is the one with a digest."""
        return self._renew(digest, family, now, {})

    def end(self, selector: str) -> bool:
        """End a family; one that a replay has ended stays known as that."""
        alive = (_COLUMNS.selector == selector, _COLUMNS.replayed.is_(None))
        return bool(self._change(sa.delete(REMEMBERED).where(*alive)))

    def end_all(self, user_id: str) -> int:
        """End all families of a user, one by one: MariaDB locks the gaps of a range, and others would wait there."""
        found = sa.select(_COLUMNS.selector).where(_COLUMNS.user_id == user_id).order_by(_COLUMNS.selector)
        selectors = run(self._engine, lambda connection: connection.scalars(found).all())
        return self._change(sa.delete(REMEMBERED).where(_COLUMNS.selector.in_(selectors))) if selectors else 0

    def of_user(self, user_id: str, now: int) -> list[Family]:
        """Return the families of a user."""
        alive = (_COLUMNS.user_id == user_id, _COLUMNS.replayed.is_(None), _COLUMNS.expires > now)
        shown = [_COLUMNS[name] for name in _PARTS]
        found = sa.select(*shown).where(*alive).order_by(_COLUMNS.used.desc(), _COLUMNS.selector)
        return run(self._engine, lambda connection: [Family(**row) for row in connection.execute(found).mappings()])

    def _renew(self, digest: str, family: Family, now: int, values: dict[str, Any]) -> bool:
        newest = (*_alive(family.selector, now), _COLUMNS.digest == digest)
        lasting = {"expires": family.expires, "fingerprint": family.fingerprint}
        return bool(self._change(sa.update(REMEMBERED).where(*newest).values(values | lasting)))

    def _change(self, statement: sa.UpdateBase) -> int:
        return run(self._engine, lambda connection: connection.execute(statement).rowcount)


def _alive(selector: str, now: int) -> tuple[sa.ColumnElement[bool], ...]:
    return _COLUMNS.selector == selector, _COLUMNS.replayed.is_(None), _COLUMNS.expires > now
