"""Whatever stands in a session, it logs in none but its user, and is no error."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ferrule import App
from ferrule_login import Login, UserMixin, current_user, fingerprint_of, login_fresh
from ferrule_login.finding import bind_to


class User(UserMixin):
    def __init__(self, user_id: str) -> None:
        self.id = user_id


USERS = {name: User(name) for name in ("ada", "bob")}
APP = App("site", config_file=None, env="testing", extensions=["login"], config={"SECRET_KEY": "a key for tests"})
APP.extension(Login).user_loader(USERS.get)
PRINTS = {name: fingerprint_of(APP, user) for name, user in USERS.items()}

anything = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.lists(st.text()) | st.floats()
marks = st.fixed_dictionaries(
    {},
    optional={
        "_user_id": anything | st.sampled_from(sorted(USERS)),
        "_user_print": anything | st.sampled_from(sorted(PRINTS.values())),
        "_user_agent": anything,
        "_fresh": anything,
        "next": anything,
    },
)


@given(marks)
@example({"_user_id": "ada", "_user_print": PRINTS["bob"]})
@example({"_user_id": "ada", "_user_print": "é" * 24})
@example({"_user_id": "ada", "_user_print": "\ud800"})
@example({"_user_id": "\ud800", "_user_print": PRINTS["ada"]})
def test_only_a_user_with_the_own_fingerprint_is_logged_in(session: dict[str, Any]) -> None:
    user_id = session.get("_user_id")
    right = isinstance(user_id, str) and user_id in USERS and session.get("_user_print") == PRINTS[user_id]
    with APP.test_request_context() as ctx:
        ctx.session.update(session)
        assert current_user.get_id() == (user_id if right else None)
        assert not login_fresh()  # no session of these names this browser
        if not right and isinstance(user_id, str):
            assert dict(ctx.session) == {}


@given(marks)
def test_whatever_was_there_a_login_is_the_users(session: dict[str, Any]) -> None:
    with APP.test_request_context() as ctx:
        ctx.session.update(session)
        bind_to(ctx, USERS["ada"], fresh=True)
        assert current_user.get_id() == "ada"
        assert login_fresh()
