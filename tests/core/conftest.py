"""Flask beside Ferrule: one application built by both, the same requests, the same answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

import flask
import pytest

import ferrule

_HEADERS: Final = ("Allow", "Content-Type", "Content-Length", "ETag", "Location", "Vary", "X-Trace")


@pytest.fixture
def webs() -> dict[str, Any]:
    """Both frameworks, as namespaces of the same names; ``App`` makes an application that no file configures."""
    ours = {name: getattr(ferrule, name) for name in ferrule.__all__}
    ours["App"] = partial(ferrule.App, config_file=None, env="testing")
    theirs = {name: getattr(flask, name) for name in dir(flask) if not name.startswith("_")}
    theirs["App"] = flask.Flask
    return {
        "flask": SimpleNamespace(**theirs, AppClass=flask.Flask),
        "ferrule": SimpleNamespace(**ours, AppClass=ferrule.App),
    }


@pytest.fixture
def agree(webs: dict[str, Any]) -> Callable[..., None]:
    """Check that an application of either framework answers alike: status, headers that matter and body.

    Called with what makes the application of a framework; a dict of ``"GET /path"`` to the expected status, body, both
    as a tuple, or an empty tuple; and options for the client's ``open``.
    """

    def check(build: Callable[[Any], Any], requests: Mapping[str, Any], **options: Any) -> None:
        flask_says, ferrule_says = (_answers(build(web), requests, options) for web in webs.values())
        assert ferrule_says == flask_says
        for request, expected in requests.items():
            for value in expected if isinstance(expected, tuple) else (expected,):
                assert value in ferrule_says[request], (request, ferrule_says[request])

    return check


def _answers(app: Any, requests: Mapping[str, Any], options: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    client = app.test_client()
    answers = {}
    for request in requests:
        method, _, path = request.partition(" ")
        with client.open(path, method=method, **options) as response:
            headers = {name: response.headers.get(name) for name in _HEADERS}
            headers["Allow"] = ", ".join(sorted(response.allow))
            if response.status_code >= 400:  # which Ferrule also writes as JSON, for who prefers it
                headers["Vary"] = ", ".join(sorted({*response.vary} - {"Accept"})) or None
            answers[request] = (response.status_code, headers, response.get_data(as_text=True))
    return answers


@pytest.fixture
def results(webs: dict[str, Any]) -> Callable[[Callable[[Any], Any]], Any]:
    """Check that a function makes the same of either framework, and return that; the class of an error for an error."""

    def check(work: Callable[[Any], Any]) -> Any:
        flask_makes, ferrule_makes = (_outcome(work, web) for web in webs.values())
        assert ferrule_makes == flask_makes
        return ferrule_makes

    return check


def _outcome(work: Callable[[Any], Any], web: Any) -> Any:
    try:
        return work(web)
    except Exception as error:
        return next(kind for kind in type(error).__mro__ if not kind.__module__.startswith("ferrule"))
