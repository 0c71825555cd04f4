"""What a listing shows of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notes.excerpts import excerpt, marked


@given(st.text(), st.text(max_size=5))
def test_the_parts_of_a_marked_text_are_the_text(text: str, search: str) -> None:
    assert "".join(part.text for part in marked(text, search)) == text


@given(st.text(alphabet="abAB*.(\\", min_size=1), st.data())
def test_whatever_is_searched_for_and_there_is_marked(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    search = text[start : data.draw(st.integers(start + 1, len(text)))]
    found = [part.text for part in marked(text, search.swapcase()) if part.found]
    assert found
    assert {part.lower() for part in found} == {search.lower()}


def test_nothing_is_marked_where_nothing_was_searched_for() -> None:
    assert [(part.text, part.found) for part in marked("a text", "")] == [("a text", False)]


@pytest.mark.parametrize(
    ("text", "search", "shown"),
    [
        ("short", "", "short"),
        ("x" * 300, "", "x" * 240 + "…"),
        ("x" * 240, "", "x" * 240),
        ("x" * 300 + "brass" + "y" * 10, "BRASS", "…" + "x" * 60 + "brass" + "y" * 10),
        ("x" * 300 + "brass" + "y" * 300, "brass", "…" + "x" * 60 + "brass" + "y" * 175 + "…"),
        ("brass" + "x" * 300, "brass", "brass" + "x" * 235 + "…"),
        ("x" * 300, "brass", "x" * 240 + "…"),
    ],
)
def test_an_excerpt_begins_where_something_was_found(text: str, search: str, shown: str) -> None:
    assert "".join(part.text for part in excerpt(text, search)) == shown
