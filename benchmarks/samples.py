"""Medians of repeated measurements, and of their ratios."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A median, and the quartiles that half of the values lie between."""

    lower: float
    median: float
    upper: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(lower=lower, median=median, upper=upper)


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Return the spread of the ratios within each round.

    A round's two values were taken within the same fraction of a second, so whatever slowed the machine for
    longer than that slowed both.
    """
    return Spread.of([above / below for above, below in zip(numerators, denominators, strict=True)])
