"""The short ways of a session beside the long ones: finding its cookie, reading its token, varying the response."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

from ferrule.keyring import _decoded
from ferrule.requests import Request, cookie_of
from ferrule.responses import Response, vary_by

parts = st.sampled_from(["a", "b", "ab", "=", ";", '"', "\\", " ", "\t", "é", "\n", "\x85", "\0"])
headers = st.lists(parts).map("".join)
encoded = st.binary().map(lambda data: urlsafe_b64encode(data).decode())
tokens = st.one_of(st.text(), st.text("AQgwZz09-_+/= \n"), encoded)


def request_with(header: str) -> Request:
    environ = create_environ()
    environ["HTTP_COOKIE"] = header
    return Request(environ)


@given(header=headers, name=st.sampled_from(["a", "b", "ab", "é", "", " ", "a b", "a=", "\x85", "\n"]))
@example(header="a; a=b", name="a")
@example(header="a =\tb=a ;b", name="a")
@example(header="a=a b; a=b", name="a")
@example(header='b="a=b; a=a"; a=b', name="a")
def test_a_cookie_is_found_as_werkzeug_finds_it(header: str, name: str) -> None:
    assert cookie_of(request_with(header), name) == request_with(header).cookies.get(name)


def test_a_request_without_cookies_has_none_of_a_name() -> None:
    assert cookie_of(Request(create_environ()), "a") is None


def test_a_request_class_of_ones_own_is_asked_for_its_cookies() -> None:
    class Own(Request):
        @property
        def cookies(self) -> ImmutableMultiDict[str, str]:  # as an application may write it
            return ImmutableMultiDict({"a": "own"})

    assert cookie_of(Own(request_with("a=sent").environ), "a") == "own"


def test_a_cookie_that_was_replaced_in_the_request_is_the_one_found() -> None:
    request = request_with("a=sent")
    request.cookies = ImmutableMultiDict({"a": "replaced"})
    assert cookie_of(request, "a") == "replaced"


@given(token=tokens)
@example(token="")
@example(token="A")
@example(token="AA==")
@example(token="AB")
@example(token="AAB")
def test_a_token_is_read_only_as_it_would_be_written(token: str) -> None:
    try:
        data = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        data = b"no data at all"
    is_ours = urlsafe_b64encode(data).rstrip(b"=").decode() == token
    assert _decoded(token) == (data if is_ours else None)


@pytest.mark.parametrize("is_touched", [False, True], ids=["untouched", "touched"])
@pytest.mark.parametrize("kind", [Response, WerkzeugResponse], ids=["ours", "werkzeug"])
@pytest.mark.parametrize(
    ("before", "after"), [({}, "Cookie"), ({"vary": "Accept"}, "Accept, Cookie"), ({"Vary": "cookie"}, "cookie")]
)
def test_a_response_varies_by_a_header_once(
    kind: type[WerkzeugResponse], before: dict[str, str], after: str, is_touched: bool
) -> None:
    response = kind("page", headers=before)
    if is_touched:
        _ = response.headers
    vary_by(response, "Cookie")
    vary_by(response, "Cookie")
    assert response.headers.getlist("Vary") == [after]
    assert response.get_data() == b"page"


def test_what_varies_goes_to_the_server_with_its_other_headers() -> None:
    response = Response("page")
    vary_by(response, "Cookie")
    sent: list[object] = []
    response(create_environ(), lambda status, head, exc_info=None: sent.extend([status, head]))  # type: ignore[arg-type]  # nobody writes
    assert sent == [
        "200 OK",
        [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "4"), ("Vary", "Cookie")],
    ]
