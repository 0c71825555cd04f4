"""What is answered when something is wrong: a page to people, a problem document to programs (RFC 9457)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from werkzeug import Response as WerkzeugResponse
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from ferrule import Response, current_app, render_template, request

__all__ = ["answer_error", "problem"]


@dataclass(frozen=True)
class Explanation:
    """What an error page says.

    Attributes:
        title: What happened.
        text: Why that may be, and what to do now.
    """

    title: str
    text: str


_EXPLANATIONS: Final = {
    400: Explanation(
        "That could not be read", "What the browser sent makes no sense here. Go back, and try once more."
    ),
    403: Explanation(
        "Not from there",
        "This was sent by another site, or by a page that is long open. Load the page anew, and try again.",
    ),
    404: Explanation("Nothing at this address", "A note that was here may be deleted, or belong to somebody else."),
    405: Explanation("Not this way", "This address does something else than what was asked of it."),
    413: Explanation(
        "Too much at once", "Go back: the text is still there. A note can have 20,000 characters; split what is longer."
    ),
    500: Explanation("Something broke", "It is not your fault, and it is written down. What was saved before is safe."),
}


def answer_error(error: HTTPException) -> WerkzeugResponse:
    """Answer an HTTP error in the way that the path stands for.

    Args:
        error: The error; what no handler took comes as a 500.
    """
    if error.response is not None:
        return error.response  # type: ignore[return-value]  # abort(response), with a response of ours
    code = error.code or 500
    answer = _problem_of(error, code) if request.path.startswith("/api/") else _page(code)
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            answer.headers[name] = value  # such as Allow (RFC 9110, section 15.5.6)
    return answer


def problem(code: int, detail: str | None = None, *, errors: Mapping[str, str] | None = None) -> Response:
    """Return a problem document.

    Args:
        code: The status.
        detail: What happened this time.
        errors: What is wrong with each field.
    """
    document: dict[str, Any] = {"type": "about:blank", "title": _phrase(code), "status": code}
    document |= {name: value for name, value in (("detail", detail), ("errors", errors)) if value}
    return Response(current_app.json.encode(document), code, mimetype="application/problem+json")


def _problem_of(error: HTTPException, code: int) -> Response:
    return problem(code, error.description)


def _page(code: int) -> Response:
    explanation = _EXPLANATIONS.get(code, Explanation(_phrase(code), "Go back, and try once more."))
    return Response(render_template("errors/page.html", code=code, explanation=explanation), code)


def _phrase(code: int) -> str:
    return HTTP_STATUS_CODES.get(code, "Error")
