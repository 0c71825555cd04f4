"""What a page takes from the query string of a request, and the links to other pages that it makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from werkzeug.urls import iri_to_uri

from ferrule import abort, has_request_context, request

__all__ = ["MAX_ROWS", "asked_number", "asked_text", "link_header", "links"]

MAX_ROWS: Final = 2**62
"""More rows than any table has; LIMIT and OFFSET, and their sum, are integers of 64 bits in all databases."""


def asked_text(name: str, given: str | None) -> str:
    """Return a text as given, or else as the query string has it, or else an empty one."""
    if given is not None:
        return given
    return request.args.get(name, "") if has_request_context() else ""


def asked_number(name: str, given: int | None, default: int, error_out: bool, greatest: int = MAX_ROWS) -> int:
    """Return a number as given, or else as the query string has it; 404 or the default where that is none."""
    value: int | str | None = given
    if value is None:
        value = request.args.get(name, default) if has_request_context() else default
    try:
        number = int(value)
    except ValueError:
        number = 0
    if 1 <= number <= greatest:
        return number
    return abort(404) if error_out else default


def links(name: str, values: Mapping[str, str | int | None]) -> dict[str, str]:
    """Return the addresses of other pages, by how they relate to this one: path and query string.

    Args:
        name: The parameter of the query string that tells pages apart; all others stay.
        values: What it is for each page; ``None`` for the page without it.
    """
    path = urlsplit(iri_to_uri(request.base_url)).path
    kept = [(other, value) for other, value in request.args.items(multi=True) if other != name]
    queries = {rel: [*kept] if value is None else [*kept, (name, str(value))] for rel, value in values.items()}
    return {rel: f"{path}?{urlencode(query)}" if query else path for rel, query in queries.items()}


def link_header(found: Mapping[str, str]) -> str:
    """Return the value of a ``Link`` header (RFC 8288), with absolute addresses: not every client completes others.

    Args:
        found: The addresses, by how they relate to this page.
    """
    host = iri_to_uri(request.host_url).rstrip("/")
    return ", ".join(f'<{host}{address}>; rel="{rel}"' for rel, address in found.items())
