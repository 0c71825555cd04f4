"""A context counts the errors of its request, whoever answers them."""

import pytest

from ferrule import App, Response, abort
from ferrule.context import current_context


@pytest.mark.parametrize(
    ("path", "failures"), [("/good", 0), ("/refused", 1), ("/handled", 1), ("/missing", 1), ("/bad", 2), ("/after", 1)]
)
def test_each_error_is_counted_before_it_is_answered(path: str, failures: int) -> None:
    app = App("site", config_file=None, config={"PROPAGATE_EXCEPTIONS": False})
    app.get("/good", endpoint="good")(lambda: str(current_context().failures))
    app.get("/refused", endpoint="refused")(lambda: abort(409))
    app.get("/handled", endpoint="handled")(lambda: {"a": 1}["key"])
    app.get("/bad", endpoint="bad")(lambda: 1 / 0)
    app.get("/after", endpoint="after")(lambda: ("", 299))
    for kind in (404, 409, 500, KeyError):
        app.errorhandler(kind)(lambda error: str(current_context().failures))

    @app.after_request
    def fail(response: Response) -> Response:
        if response.status_code == 299:
            raise ZeroDivisionError
        return response

    assert app.test_client().get(path).text == str(failures)
