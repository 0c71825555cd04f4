"""What the tables keep by themselves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ferrule import App
from ferrule_sqlalchemy import db
from notes.folding import fold
from notes.models import Note, User

MakeApp = Callable[..., App]


def make_user(name: str = "ada") -> User:
    return User(name=name, password_hash="$argon2id$none")


def test_what_a_search_looks_into_follows_the_note() -> None:
    note = Note(title="Äpfel", body="in der Straße")
    assert note.folded == "äpfel\nin der strasse"
    note.body = "im Keller"
    assert note.folded == "äpfel\nim keller"
    note.title = "Quitten"
    assert note.folded == "quitten\nim keller"


@given(st.text())
def test_a_folded_text_is_as_its_upper_and_lower_case(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text.casefold()) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"), [("Straße", "STRASSE"), ("é", "e\u0301"), ("ﬁn", "FIN"), ("Σίσυφος", "ΣΊΣΥΦΟΣ")]
)
def test_texts_that_a_person_would_call_the_same_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_a_moment_comes_back_as_it_was_in_utc(app: App) -> None:
    moment = datetime(2026, 3, 9, 12, 30, 15, 250, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with app.app_context():
        user = make_user()
        user.registered = moment
        db.session.add(user)
        db.session.commit()
        db.session.expire_all()
        assert user.registered == moment
        assert user.registered.tzinfo is UTC


def test_a_new_note_was_changed_when_it_was_written(app: App) -> None:
    with app.app_context():
        user = make_user()
        db.session.add(user)
        db.session.flush()
        note = Note(owner_id=user.id, title="Brass")
        db.session.add(note)
        db.session.commit()
        assert note.changed == note.written


def test_two_users_cannot_have_one_name(app: App) -> None:
    with app.app_context():
        db.session.add_all([make_user("ada"), make_user("ADA")])
        with pytest.raises(sa.exc.IntegrityError):
            db.session.commit()


def test_the_notes_of_a_user_go_with_the_user(app: App) -> None:
    with app.app_context():
        user = make_user()
        db.session.add(user)
        db.session.flush()
        db.session.add(Note(owner_id=user.id, title="Brass"))
        db.session.commit()
        db.session.delete(user)
        db.session.commit()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Note)) == 0
