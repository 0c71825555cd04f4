"""What a request brings, as a value of a declared type; or all mistakes in it at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import quote

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest, UnprocessableEntity, UnsupportedMediaType
from werkzeug.wrappers import Request

from .typed.convert import convert, fields_of, is_list_type, is_mapping_type, is_table_type
from .typed.leaves import read_json
from .typed.problems import MOST, NOTHING, Array, Problem, Sent, Steps, Table, Text, Unfit
from .typed.typenames import found_text, shown_value

__all__ = ["InvalidInput", "Mistake", "Source", "parse"]

Source: TypeAlias = Literal["json", "form", "query"]
"""What of a request is read."""

_WALKED: Final = 256 * 1024
"""The largest JSON body, in bytes, in which all mistakes are looked for: Python takes a second for four times that."""

_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class Mistake(NamedTuple):
    """A mistake in what a request brought.

    Attributes:
        where: ``"body"`` (JSON), ``"form"`` or ``"query"``.
        path: Where it is in there: keys and indices, from the outside in; empty for the whole.
        reason: What is wrong. It shows no text of the client's: that may be a password.
    """

    where: str
    path: Steps
    reason: str

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer in its form for URIs (RFC 6901, section 6): ``#/tags/0``."""
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in self.path)
        return "#" + "".join("/" + quote(step, safe="~!$&'()*+,;=:@", errors="replace") for step in steps)


class InvalidInput(UnprocessableEntity):
    """What a request brought does not fit the declared type: 422 (RFC 9110, section 15.5.21).

    Args:
        mistakes: What is wrong with it.

    Attributes:
        mistakes: As given; for a page that shows the form again.
    """

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes: tuple[Mistake, ...] = tuple(mistakes)
        count = len(self.mistakes)
        lines = (f"{mistake.where} {mistake.pointer}: {mistake.reason}" for mistake in self.mistakes)
        super().__init__("\n".join([f"{count} mistake{'s' * (count != 1)} in what was sent", *lines]))

    @property
    def problem(self) -> dict[str, Any]:
        """The members of the problem document, in the manner of the example of RFC 9457, section 3."""
        errors = [{"in": each.where, "pointer": each.pointer, "detail": each.reason} for each in self.mistakes]
        return {"detail": str(self.description).partition("\n")[0], "errors": errors}


class _Malformed(BadRequest):
    """A body that is no JSON: its sender is a program, so a problem document it is, unless it prefers a page."""

    problem: Final[Mapping[str, Any]] = MappingProxyType({})


class _Unsupported(UnsupportedMediaType):
    """A body of another type."""

    problem: Final[Mapping[str, Any]] = MappingProxyType({})


def parse(request: Request, kind: Any, source: Source | None) -> Any:
    """Return what a request brings as a type; see :meth:`ferrule.Request.parse`."""
    decoder = _decoder(kind)
    if source == "query":
        return _from_fields(request.args, None, kind)
    # PERF: Werkzeug takes 3 µs to parse a content type, which is more than most bodies take.
    is_json = request.environ.get("CONTENT_TYPE") == "application/json" or request.is_json
    if is_json and source != "form":
        body = request.get_data()
        try:
            return decoder.decode(body)
        except (ValueError, RecursionError) as error:
            raise _refusal(body, kind, error) from None
    if request.mimetype in _FORMS and source != "json" and _can_be_a_form(kind):
        return _from_fields(request.form, request.files, kind)
    found = repr(request.mimetype) if request.mimetype else "a body without a Content-Type"
    raise _Unsupported(f"This takes {' or '.join(_taken(kind, source))}, not {found}.")


@lru_cache(maxsize=256)
def _decoder(kind: Any) -> Any:
    """Return what reads JSON as a type; a ``TypeError`` of msgspec's names a type that nothing can be read as."""
    import msgspec  # PERF: it takes longer to import than all of this package, and not every application needs it

    return msgspec.json.Decoder(kind)


def _taken(kind: Any, source: Source | None) -> list[str]:
    forms = sorted(_FORMS) if source != "json" and _can_be_a_form(kind) else []
    return forms if source == "form" else ["application/json", *forms]


def _can_be_a_form(kind: Any) -> bool:
    return is_table_type(kind) or is_mapping_type(kind)


def _refusal(body: bytes, kind: Any, error: Exception) -> Exception:
    """Return the answer to JSON that msgspec refused: it stops at the first mistake, here all are looked for."""
    import msgspec  # PERF: as above

    try:
        msgspec.json.decode(body)  # a mistake of type may stand before one of syntax
    except RecursionError:
        return _Malformed("The JSON is nested too deeply.")
    except msgspec.ValidationError:
        pass  # a number that is too large
    except ValueError as malformed:
        return _Malformed(f"The body is no JSON: {malformed}.")
    problems: tuple[Problem, ...] = (Problem((), str(error).replace("`", "")),)
    if len(body) > _WALKED:
        return _invalid("body", problems)
    try:
        convert(read_json(body, table=Sent), kind)
    except Unfit as unfit:
        problems = unfit.problems
    except ValueError:
        pass  # too deep to be walked, or a number of too many digits
    return _invalid("body", problems)


def _invalid(where: str, problems: Iterable[Problem]) -> InvalidInput:
    shown = _reason if where == "body" else attrgetter("text")
    return InvalidInput([Mistake(where, problem.path, shown(problem)) for problem in problems][:MOST])


def _reason(problem: Problem) -> str:
    """Return what is wrong, and what was found: the kind of a text or a table, never itself."""
    value = problem.value
    if value is NOTHING:
        return problem.text
    if value is None or isinstance(value, bool):
        return f"{problem.text}, found {json.dumps(value)}"
    return f"{problem.text}, found {shown_value(value) if isinstance(value, (int, float)) else found_text(value)}"


def _from_fields(texts: MultiDict[str, str], files: MultiDict[str, FileStorage] | None, kind: Any) -> Any:
    """Return a form, or without files a query, as a type."""
    if not _can_be_a_form(kind):
        raise TypeError(f"a query has names with values, which cannot be read as {kind!r}; declare a class with fields")
    is_form = files is not None
    sent = MultiDict[str, Any]((name, Text(text, is_json=False)) for name, text in texts.items(multi=True))
    sent.update(files or ())
    try:
        return convert(_filled_in(sent, kind, is_form=is_form), kind)
    except Unfit as unfit:
        raise _invalid("form" if is_form else "query", unfit.problems) from None


class _Sent(Table, Sent):
    """A form or a query."""


def _filled_in(sent: MultiDict[str, Any], kind: Any, *, is_form: bool) -> Table:
    """Return the fields as somebody filled them in: what was left empty is absent, unless empty is a value."""
    table = _Sent(sent.to_dict())
    for name, field in fields_of(kind).items() if is_table_type(kind) else ():
        values = [value for value in sent.getlist(name) if not _is_blank(value, field.type)]
        if is_list_type(field.type):
            values = [Array(values)] if values or is_form else []
        elif is_form and field.type is bool and name not in sent:
            values = [False]  # browsers send a checkbox that is not checked as nothing at all
        if values:
            table[name] = values[0]
        elif table.pop(name, None) is not None and _fits(None, field.type):
            table[name] = None
    return table


def _is_blank(value: Any, kind: Any) -> bool:
    return not value and not (isinstance(value, Text) and _fits(value, kind))


def _fits(value: Any, kind: Any) -> bool:
    try:
        convert(value, kind)
    except Unfit:
        return False
    return True
