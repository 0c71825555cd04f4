"""Values in paths: a day, and several words."""

from __future__ import annotations

from datetime import date

from werkzeug.routing import BaseConverter, ValidationError


class Day(BaseConverter):
    """``2026-11-22``."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError from error

    def to_url(self, value: date) -> str:
        return value.isoformat()


class Words(BaseConverter):
    """Words with a plus between them, in any order but always the same."""

    def to_python(self, value: str) -> frozenset[str]:
        return frozenset(value.split("+"))

    def to_url(self, value: frozenset[str]) -> str:
        return "+".join(super(Words, self).to_url(word) for word in sorted(value))
