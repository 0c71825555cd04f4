"""How often a generator can yield, as far as its source shows."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from .modules import Function, own_nodes

__all__ = ["is_generator", "possible_yields"]

MANY: Final = 2
"""Stands for every number above one."""

Counts: TypeAlias = frozenset[int]
Outcome: TypeAlias = tuple[Counts, Counts]
"""The counts with which the end of some statements is reached, and those with which a ``return`` is."""
_NONE: Final[Counts] = frozenset()


def is_generator(node: Function) -> bool:
    """Tell whether a function is a generator."""
    return any(isinstance(inside, (ast.Yield, ast.YieldFrom)) for inside in _inside(node.body))


def possible_yields(node: Function) -> Counts:
    """Return how often a generator can yield before it returns: 0, 1, and :data:`MANY` for more.

    What follows from the values that conditions have is not seen: both branches count.
    """
    through, returned = _sequence(node.body, frozenset({0}))
    return through | returned


def _inside(statements: Iterable[ast.AST]) -> Iterable[ast.AST]:
    for statement in statements:
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement
            yield from own_nodes(statement)


def _sequence(statements: Sequence[ast.stmt], start: Counts) -> Outcome:
    returned = _NONE
    for statement in statements:
        start, more = _statement(statement, start)
        returned |= more
    return start, returned


def _statement(node: ast.stmt, start: Counts) -> Outcome:
    match node:
        case ast.Return():
            outcome = _NONE, _plus(start, _direct(node))
        case ast.Raise():
            outcome = _NONE, _NONE
        case ast.If(test=test):
            begin = _plus(start, _direct(test))
            outcome = _either(_sequence(node.body, begin), _sequence(node.orelse, begin))
        case ast.Match():
            outcome = _either((start, _NONE), *(_sequence(case.body, start) for case in node.cases))
        case ast.For() | ast.While() | ast.AsyncFor():
            outcome = _repeated(node, start)
        case ast.With() | ast.AsyncWith():
            outcome = _sequence(node.body, start)
        case ast.Try() | ast.TryStar():
            outcome = _tried(node, start)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            outcome = start, _NONE
        case _:
            outcome = _plus(start, _direct(node)), _NONE
    return outcome


def _repeated(node: ast.For | ast.While | ast.AsyncFor, start: Counts) -> Outcome:
    through, returned = _sequence(node.body, start)
    if through - start:  # it yields at each turn
        through = frozenset({MANY})
    return _either((start | through, returned), _sequence(node.orelse, start))


def _tried(node: ast.Try | ast.TryStar, start: Counts) -> Outcome:
    """A handler runs for what the others raise, which comes out of the ``yield``."""
    through, returned = _sequence(node.body, start)
    handled = [_sequence(handler.body, through | returned) for handler in node.handlers]
    completed, more = _sequence(node.orelse, through)
    through, returned = _either((completed, returned | more), *handled)
    after, left = _sequence(node.finalbody, through)
    ended, _ = _sequence(node.finalbody, returned)
    return after, ended | left


def _either(*outcomes: Outcome) -> Outcome:
    return frozenset().union(*(through for through, _ in outcomes)), frozenset().union(*(back for _, back in outcomes))


def _direct(node: ast.AST) -> int:
    return sum(isinstance(inside, (ast.Yield, ast.YieldFrom)) for inside in (node, *own_nodes(node)))


def _plus(counts: Counts, yields: int) -> Counts:
    return frozenset(min(count + yields, MANY) for count in counts)
