"""Points in time, as a reader counts them."""

from datetime import UTC, datetime, timedelta

import pytest

from notes.dates import ago

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "a minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "an hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=7), "2 March 2026"),
        (timedelta(seconds=-30), "just now"),
    ],
)
def test_a_moment_is_told_as_a_reader_counts(passed: timedelta, text: str) -> None:
    assert ago(NOW - passed, NOW) == text
