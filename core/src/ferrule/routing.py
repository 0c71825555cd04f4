"""Which rule a request's path matches: Werkzeug's Map decides, a compiled table answers the common case.

Werkzeug compiles a Map into a machine of states, a step for each segment of a path. ``Router.compile`` copies the part
whose meaning is known exactly into nodes, in Werkzeug's own order of trial. Wherever the rest of the machine would have
a say, the copy answers "ask the Map": it may know less than the Map, but never anything else.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar, cast
from uuid import UUID

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, converters
from werkzeug.routing import Rule as WerkzeugRule
from werkzeug.routing.matcher import State
from werkzeug.routing.rules import RulePart

from .exceptions import SetupError

__all__ = ["Router", "Rule"]

T = TypeVar("T")
_Accepts: TypeAlias = Callable[[str], object]
_Convert: TypeAlias = Callable[[str], Any]
_Answer: TypeAlias = Callable[[list[str]], tuple[T, dict[str, Any]] | None]
# What may end at a node: the methods (None: all of them), and the rule (None: only the Map can judge).
_Candidate: TypeAlias = tuple[set[str] | None, WerkzeugRule | None]


class Rule(WerkzeugRule):
    """A URL rule of an application.

    A plain ``werkzeug.routing.Rule`` that is added to the map by hand is matched as well, but has no
    ``provide_automatic_options``: read it with ``getattr`` where such rules can come.

    Attributes:
        endpoint: The name that ``url_for`` and ``view_functions`` know the rule by.
        provide_automatic_options: Whether the framework answers ``OPTIONS`` in place of the view.
    """

    endpoint: str
    provide_automatic_options: bool = False


class _FloatConverter(converters.FloatConverter):
    """``float``, where a number too large for one matches nothing; in Werkzeug 3.1 it becomes ``inf``."""

    def to_python(self, value: str) -> float:
        number = cast(float, super().to_python(value))
        if not math.isfinite(number):
            raise converters.ValidationError
        return number


class Router(Generic[T]):
    """The rules of an application, and for each rule and method something of the caller's that belongs to it.

    Args:
        host_matching: Rules are matched with the host that they name. Everything is then left to the Map.
        subdomain_matching: Rules are matched with the subdomain that they name. Everything is then left to the Map.
        map_class: The class of the Map. To another than Werkzeug's, everything is left.

    Attributes:
        url_map: Werkzeug's Map, the authority. Its own options may be changed until :meth:`compile`.
        subdomain_matching: As given.
    """

    def __init__(
        self, *, host_matching: bool = False, subdomain_matching: bool = False, map_class: type[Map] = Map
    ) -> None:
        self.url_map: Map = map_class(host_matching=host_matching, converters={"float": _FloatConverter})
        self.subdomain_matching = subdomain_matching
        self._make: Callable[[Rule, str], T] | None = None
        self._kept: dict[int, tuple[WerkzeugRule, dict[str, T]]] = {}
        self._static: dict[str, dict[str, T]] = {}
        self._root: _Node[T] = _unknown()
        self._rules = 0

    def compile(self, target: Callable[[Rule, str], T]) -> None:
        """Prepare the fast answers from the rules that the Map has now. May be called again; nothing old is kept.

        Args:
            target: Makes what :meth:`find` and :meth:`target` return for a rule and a method. It is called at once for
                all that the table answers, and kept for the rest: what it holds strongly, the router holds.
        """
        self._make = target
        self._kept = {}
        compiler = _Compiler(self.url_map, self.target)
        by_host = self.subdomain_matching or self.url_map.host_matching or self.url_map.default_subdomain
        self._root = _unknown() if by_host or type(self.url_map) is not Map else compiler.root()
        self._rules = len(self.url_map._rules)
        self._static = compiler.static

    def find(self, method: str, path: str) -> tuple[T, dict[str, Any]] | None:
        """Find what belongs to a request, if the table knows. Never raises.

        The environ is not seen. So do not call this for what may be a WebSocket's request (``HTTP_UPGRADE`` is present,
        or the URL scheme is ``ws`` or ``wss``), and do not rely on it to check the ``Host`` header.

        Args:
            method: The HTTP method, as sent.
            path: The ``PATH_INFO`` of the environ, as WSGI has it: bytes decoded as Latin-1 (PEP 3333).

        Returns:
            The target and the values from the path, in a new dict; exactly what the Map would answer. ``None`` means:
            ask the Map.
        """
        by_method = self._static.get(path)
        if by_method is not None and method in by_method:
            return by_method[method], {}
        if not path.isascii():
            return None
        parts, node, answer = path.split("/"), self._root, None
        # PERF: The search's first way, but in a loop: 0.5 µs, not 0.8. If it leads nowhere, the search begins.
        for part in parts:
            static = node.static
            if part in static:
                node = static[part]
            else:
                accepts = node.accepts
                if accepts is None or not accepts(part):
                    break
                node = node.child
        else:
            answer = node.answers.get(method)
        if answer is None and (answer := _search(self._root, parts, 0, method)) is None:
            return None
        try:
            return answer(parts)
        except (TypeError, ValueError):  # too many digits, out of range, or a range that is not of numbers
            return None

    def refusal(self, method: str, path: str) -> HTTPException | None:
        """Return the error that the Map would raise for what :meth:`find` did not find, if the table knows.

        Args:
            method: As for :meth:`find`.
            path: As for :meth:`find`.

        Returns:
            A new ``NotFound`` or ``MethodNotAllowed``; ``None`` means: ask the Map.
        """
        # PERF: To bind the Map to the request and let it search takes 14 µs, this 2.
        if not path.isascii() or path[:1] != "/" or "//" in path or len(self.url_map._rules) != self._rules:
            return None
        allowed: set[str] = set()
        for end in _ends(self._root, path.split("/"), 0):
            if end.unclear or end.blocked:
                return None
            allowed.update(end.answers)
        if not allowed:
            return NotFound()
        return None if method.upper() in allowed else MethodNotAllowed(sorted(allowed))

    def target(self, rule: WerkzeugRule, method: str) -> T:
        """Return what belongs to a rule and a method, for what the Map has matched.

        It is made on demand and kept; not for a method that the rule does not name, since clients invent those.

        Args:
            rule: A rule of the map.
            method: The HTTP method, in capitals.

        Raises:
            SetupError: The routes are not compiled yet.
        """
        _, kept = self._kept.setdefault(id(rule), (rule, {}))  # rules have no hash; the entry keeps the id taken
        if method in kept:
            return kept[method]
        if self._make is None:
            raise SetupError(f"Router.target({rule.rule!r}, {method!r}): call Router.compile first")
        made = self._make(cast(Rule, rule), method)
        if rule.methods is not None and method in rule.methods:
            kept[method] = made
        return made


class _Node(Generic[T]):
    """Where a path leads after some of its segments.

    Attributes:
        static: The nodes behind literal segments.
        edges: The ways for other segments, in order of trial.
        accepts: What the first edge accepts, if that is one segment; ``child`` is the node behind it.
        blocked: After the edges come others that only the Map can judge.
        answers: What ends here, by method.
        open_ended: A rule for every method ends here, so that the Map judges those without an answer.
        unclear: A method without an answer may be more than refused here: redirected, or a WebSocket's.
    """

    __slots__ = ("accepts", "answers", "blocked", "child", "edges", "open_ended", "static", "unclear")

    child: "_Node[T]"

    def __init__(self) -> None:
        self.static: dict[str, _Node[T]] = {}
        self.edges: list[_Edge[T]] = []
        self.accepts: _Accepts | None = None
        self.blocked = False
        self.answers: dict[str, _Answer[T]] = {}
        self.open_ended = False
        self.unclear = False


class _Edge(NamedTuple, Generic[T]):
    """A way for a segment that is not literal, or (``takes_rest``) for all segments that are left."""

    accepts: _Accepts
    child: _Node[T]
    takes_rest: bool


def _ways(node: _Node[T], parts: list[str], depth: int) -> Iterator[tuple[_Node[T], int]]:
    """Yield the nodes behind the next segment, in Werkzeug's order of trial, and how many segments are behind then."""
    part = parts[depth]
    if part in node.static:
        yield node.static[part], depth + 1
    for accepts, child, takes_rest in node.edges:
        taken, after = ("/".join(parts[depth:]), len(parts)) if takes_rest else (part, depth + 1)
        if accepts(taken):
            yield child, after


def _search(node: _Node[T], parts: list[str], depth: int, method: str) -> _Answer[T] | None:
    """Try every way through the nodes; an end for other methods only does not end the search."""
    if depth == len(parts):
        return node.answers.get(method) or (_ask_the_map if node.open_ended else None)
    for child, after in _ways(node, parts, depth):
        if (found := _search(child, parts, after, method)) is not None:
            return found
    return _ask_the_map if node.blocked else None


def _ends(node: _Node[T], parts: list[str], depth: int) -> Iterator[_Node[T]]:
    """Yield every node that a path may end at, and those on its ways from where only the Map knows more."""
    if node.blocked or depth == len(parts):
        yield node
        return
    for child, after in _ways(node, parts, depth):
        yield from _ends(child, parts, after)


def _unknown() -> _Node[T]:
    """Return a root from where only the Map knows more."""
    node: _Node[T] = _Node()
    node.blocked = True
    return node


def _ask_the_map(_parts: list[str]) -> None:
    """Answer for what only the Map can judge: a redirect, a converter of the application's, a rule for every method."""


class _Place(NamedTuple):
    """How a node is reached: after how many segments, the text that takes each value, the path if it is all literal."""

    depth: int = 1
    values: tuple[str, ...] = ()
    literal: str | None = ""

    def behind_literal(self, segment: str) -> "_Place":
        literal = None if self.literal is None else f"{self.literal}/{segment}"
        return _Place(self.depth + 1, self.values, literal)

    def behind_value(self, *, takes_rest: bool) -> "_Place":
        value = f"'/'.join(parts[{self.depth}:])" if takes_rest else f"parts[{self.depth}]"
        return _Place(self.depth + 1, (*self.values, value), None)


class _Compiler(Generic[T]):
    """Copies the states of Werkzeug's matcher into nodes, and on the way fills ``static`` with all that is literal."""

    def __init__(self, url_map: Map, target: Callable[[WerkzeugRule, str], T]) -> None:
        self.url_map = url_map
        self.target = target
        self.static: dict[str, dict[str, T]] = {}
        self.redirecting = _redirecting(url_map)

    def root(self) -> _Node[T]:
        """Make the node where every path begins, for the rules without a host or subdomain."""
        self.url_map.update()  # sorts the states
        # The order of trial is written nowhere but inside the matcher. The property tests guard this look at it.
        no_domain = self.url_map._matcher._root.static.get("", State())
        root: _Node[T] = _Node()
        for segment, state in no_domain.static.items():  # one: the nothing before the first slash
            root.static[segment] = self.node(state, _Place(), _ending(state))
        return root

    def node(self, state: State, place: _Place, candidates: Iterator[_Candidate]) -> _Node[T]:
        node: _Node[T] = _Node()
        self.add_answers(node, place, candidates)
        slash = state.static.get("", State())
        node.unclear = node.open_ended or bool(slash.rules) or any(rule.websocket for rule in state.rules)
        if place.literal != "/":  # Werkzeug strips slashes that lead, so nothing matches by a second one
            self.add_static(node, place, state)
            self.add_edges(node, place, state)
        return node

    def add_answers(self, node: _Node[T], place: _Place, candidates: Iterator[_Candidate]) -> None:
        for methods, rule in candidates:
            if methods is None:
                node.open_ended = True
                break
            for method in methods - node.answers.keys():
                node.answers[method] = self.answer(rule, method, place)

    def answer(self, rule: WerkzeugRule | None, method: str, place: _Place) -> _Answer[T]:
        conversions = None if rule is None or id(rule) in self.redirecting else _conversions(rule)
        if rule is None or conversions is None:
            return _ask_the_map
        target = self.target(rule, method)
        if place.literal is not None and not rule.defaults:
            self.static.setdefault(place.literal, {})[method] = target
        return _answer(target, conversions, place.values, rule.defaults)

    def add_static(self, node: _Node[T], place: _Place, state: State) -> None:
        for segment, child in state.static.items():
            if segment and segment.isascii():  # no other path comes here
                node.static[segment] = self.node(child, place.behind_literal(segment), _ending(child))
        if "" in state.static or any(not rule.strict_slashes for rule in state.rules):
            slash = state.static.get("", State())
            node.static[""] = self.node(slash, place.behind_literal(""), _ending_with_slash(state))
            node.static[""].unclear |= any(rule.websocket and not rule.strict_slashes for rule in state.rules)

    def add_edges(self, node: _Node[T], place: _Place, state: State) -> None:
        for part, behind in state.dynamic:
            if (accepts := _acceptance(part)) is None:
                node.blocked = True
                break
            child = self.node(behind, place.behind_value(takes_rest=part.final), _ending(behind))
            node.edges.append(_Edge(accepts, child, part.final))
        if node.edges and not node.edges[0].takes_rest:
            node.accepts, node.child, _ = node.edges[0]


def _ending(state: State) -> Iterator[_Candidate]:
    """Yield what may end at a state, first choice first: its rules, then those that only want one more slash."""
    for rule in _http_rules(state):
        yield rule.methods, rule
    for rule in _http_rules(state.static.get("", State())):
        yield rule.methods, None if rule.strict_slashes else rule  # strict: a redirect


def _ending_with_slash(state: State) -> Iterator[_Candidate]:
    """Yield what may end at a slash after a state: rules with the slash, converters of nothing, rules without it."""
    yield from _ending(state.static.get("", State()))
    if any(_acceptance(part) is None for part, _ in state.dynamic):
        yield None, None
    for rule in state.rules:
        if not rule.strict_slashes:
            yield (None, None) if rule.websocket else (rule.methods, rule)


def _http_rules(state: State) -> Iterator[WerkzeugRule]:
    return (rule for rule in state.rules if not rule.websocket)


def _redirecting(url_map: Map) -> set[int]:
    """Return the ids of the rules whose match may be a redirect: their own, or to a rule whose defaults fit."""
    found: set[int] = set()
    with_defaults: dict[str, list[WerkzeugRule]] = {}
    for rule in url_map.iter_rules():  # those of one endpoint in the order in which Werkzeug prefers them
        preferred = with_defaults.setdefault(rule.endpoint, [])
        if rule.redirect_to is not None or rule.alias or any(r.provides_defaults_for(rule) for r in preferred):
            found.add(id(rule))
        if rule.defaults:
            preferred.append(rule)
    return found


_ONE_VALUE: Final = re.compile(r"\(\?P<__werkzeug_0>(?P<regex>.*)\)\\Z", re.DOTALL)
_LENGTHS: Final = re.compile(r"\[\^/\]\{[1-9]\d*(,\d*)?\}")
_QUICK: Final[dict[str, _Accepts]] = {r"[^/]{1,}": len, r"\d+": str.isdecimal}


def _acceptance(part: RulePart) -> _Accepts | None:
    """Return what tells of ASCII text whether a part of a rule matches it; ``None``: only the Map can judge."""
    found = _ONE_VALUE.fullmatch(part.content)
    regex = "" if found is None else found["regex"]
    if not part.final and regex in _QUICK:
        return _QUICK[regex]
    simple = converters.PathConverter.regex if part.final else converters.UUIDConverter.regex
    if regex == simple or (not part.final and _LENGTHS.fullmatch(regex)):
        with suppress(re.error):  # a rule's minimum over its maximum: the Map says so
            return re.compile(regex).fullmatch
    return None


def _conversions(rule: WerkzeugRule) -> dict[str, _Convert] | None:
    """Return what a rule makes of its values, by name; ``None``: only the Map can judge."""
    found = {name: _conversion(converter) for name, converter in rule._converters.items()}
    return None if None in found.values() else cast("dict[str, _Convert]", found)


_PLAIN_VALUES: Final = {converters.UnicodeConverter: str, converters.PathConverter: str, converters.UUIDConverter: UUID}


def _conversion(converter: converters.BaseConverter) -> _Convert | None:
    if type(converter) is converters.IntegerConverter:
        limited = converter.fixed_digits or converter.min is not None or converter.max is not None
        return converter.to_python if limited else int
    return _PLAIN_VALUES.get(type(converter))  # None: another converter, though it may go by a known name


def _answer(target: T, convert: dict[str, _Convert], values: Iterable[str], defaults: object) -> _Answer[T]:
    """Return the function that takes the values from the segments of a path; what a conversion raises, it raises."""
    # A name that comes twice in a rule makes fewer conversions than values; as in Werkzeug, it has the first value.
    items = [
        f"{name!r}: {value}" if convert[name] is str else f"{name!r}: convert_{name}({value})"
        for name, value in zip(convert, values, strict=False)
    ]
    if defaults:
        items.append("**defaults")
    # PERF: Made from text, as dataclasses make their methods: three values take 0.85 µs, and 1.3 in a loop over them.
    names = {"target": target, "defaults": defaults} | {f"convert_{name}": each for name, each in convert.items()}
    return cast("_Answer[T]", eval(f"lambda parts: (target, {{{', '.join(items)}}})", names))  # noqa: S307 -- identifiers
