"""The hooks of sessions and commits: told once, in sum, and costing nothing where nobody implements them."""

from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ferrule import App, Context, Extension, hookimpl
from ferrule_sqlalchemy import Model, db
from ferrule_sqlalchemy.commits import RecordingSession
from ferrule_sqlalchemy.hookspecs import Change

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Author(Model):
    __tablename__ = "commits_author"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    poems: Mapped[list["Poem"]] = relationship(cascade="all, delete-orphan")


class Poem(Model):
    __tablename__ = "commits_poem"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey(Author.id))


def key_of(model: object) -> int:
    """Return a primary key without asking the database."""
    identity = sa.inspect(model, raiseerr=True).identity
    assert isinstance(identity, tuple)
    return int(identity[0])


class Listener(Extension):
    """Notes what it is told."""

    name = "listener"

    def __init__(self) -> None:
        self.told: list[list[str]] = []
        self.sessions: list[Session] = []

    @hookimpl(optionalhook=True)
    def sqlalchemy_session_created(self, ctx: Context, session: Session) -> None:
        assert not session.in_transaction()
        self.sessions.append(session)

    @hookimpl(optionalhook=True)
    def sqlalchemy_models_committed(self, ctx: Context, changes: Sequence[Change]) -> None:
        self.told.append([f"{operation} {type(model).__name__} {key_of(model)}" for model, operation in changes])


@pytest.fixture
def listener() -> Listener:
    """An extension that listens."""
    return Listener()


@pytest.fixture
def app(make_app: MakeApp, make_tables: MakeTables, database_uri: str, listener: Listener) -> App:
    """An application on each database in turn, with the listener and one author of one poem."""
    app = make_app(database_uri, extensions=["sqlalchemy", listener])
    make_tables(app, Author, Poem)
    with app.app_context():
        db.session.add(Author(id=1, name="Ada", poems=[Poem(id=1)]))
        db.session.commit()
    listener.told.clear()
    listener.sessions.clear()
    return app


def author(ident: int = 1) -> Author:
    return db.session.get_one(Author, ident)


def test_each_context_tells_of_its_session_once(app: App, listener: Listener) -> None:
    with app.app_context():
        sessions = [db.session, db.session]
        with app.app_context():
            sessions.append(db.session)
    assert listener.sessions == sessions[1:]


def test_changes_are_told_when_they_are_committed(app: App, listener: Listener) -> None:
    with app.app_context():
        author().name = "Ada L."
        db.session.add(Author(id=2, name="Bob"))
        db.session.flush()
        db.session.add(Author(id=3, name="Cy"))
        assert listener.told == []
        db.session.commit()
        assert [sorted(told) for told in listener.told] == [["insert Author 2", "insert Author 3", "update Author 1"]]
        db.session.delete(author(2))
        db.session.commit()
    assert listener.told[1:] == [["delete Author 2"]]


def test_an_object_is_told_once_with_the_sum_of_its_changes(app: App, listener: Listener) -> None:
    with app.app_context():
        new, gone = Author(id=2, name="Bob"), Author(id=3, name="Cy")
        db.session.add_all([new, gone])
        db.session.flush()
        new.name = "Bobby"
        db.session.delete(gone)
        author().name = "Eve"
        db.session.flush()
        db.session.delete(author())
        db.session.commit()
    assert [sorted(told) for told in listener.told] == [["delete Author 1", "delete Poem 1", "insert Author 2"]]


def test_an_orphan_that_the_flush_deletes_is_told(app: App, listener: Listener) -> None:
    with app.app_context():
        ada = author()
        ada.poems.clear()
        db.session.commit()
    assert listener.told == [["delete Poem 1"]]


def test_what_changed_nothing_is_not_told(app: App, listener: Listener) -> None:
    with app.app_context():
        author().name = "Ada"
        db.session.commit()
        db.session.commit()
    assert listener.told == []


def test_what_is_rolled_back_is_not_told(app: App, listener: Listener) -> None:
    with app.app_context():
        author().name = "Eve"
        db.session.flush()
        db.session.rollback()
        author().name = "Zoe"
        db.session.flush()
        db.session.close()
        db.session.add(Poem(id=5, author_id=1))
        db.session.flush()
        with pytest.raises(IntegrityError), db.transaction():
            db.session.execute(sa.insert(Author).values(id=1, name="twice"))
        db.session.commit()
    assert listener.told == []


def add_in_savepoints_and_raise() -> None:
    with db.session.begin_nested():
        with db.session.begin_nested():
            db.session.add(Author(id=4, name="Di"))
        db.session.add(Author(id=5, name="Ed"))
        db.session.flush()
        raise ZeroDivisionError


def test_what_a_savepoint_undid_is_not_told(app: App, listener: Listener) -> None:
    with app.app_context():
        db.session.add(Author(id=2, name="Bob"))
        with db.session.begin_nested():
            db.session.add(Author(id=3, name="Cy"))
        with pytest.raises(ZeroDivisionError):
            add_in_savepoints_and_raise()
        assert listener.told == []
        db.session.add(Author(id=6, name="Fay"))
        db.session.commit()
    assert listener.told == [["insert Author 2", "insert Author 3", "insert Author 6"]]


class Indexer(Listener):
    """Uses the session that was committed, and commits once more."""

    name = "indexer"

    @hookimpl(optionalhook=True)
    def sqlalchemy_models_committed(self, ctx: Context, changes: Sequence[Change]) -> None:
        models = [model for model, _ in changes]
        names = [model.name for model in models if isinstance(model, Author)]
        self.told.append(names)
        if names == ["Bob"]:
            db.session.add(Author(id=9, name="index of Bob"))
            db.session.commit()


@pytest.mark.parametrize("how", ["commit", "transaction"])
def test_who_is_told_can_use_the_session(make_app: MakeApp, make_tables: MakeTables, how: str) -> None:
    indexer = Indexer()
    app = make_app("sqlite:///library.db", extensions=["sqlalchemy", indexer])
    make_tables(app, Author, Poem)
    with app.app_context():
        if how == "commit":
            db.session.add(Author(id=2, name="Bob"))
            db.session.commit()
        else:
            with db.transaction():
                db.session.add(Author(id=2, name="Bob"))
        assert author(9).name == "index of Bob"
    assert indexer.told == [["Bob"], ["index of Bob"]]


def test_the_commit_of_a_begin_block_is_told_too(app: App, listener: Listener) -> None:
    with app.app_context():
        with db.session.begin():
            db.session.add(Author(id=2, name="Bob"))
            db.session.flush()
        assert len(listener.told) == 1


class Failing(Extension):
    """Fails when it is told."""

    name = "failing"

    @hookimpl(optionalhook=True)
    def sqlalchemy_models_committed(self, ctx: Context) -> None:
        raise ZeroDivisionError


def test_an_error_of_who_is_told_reaches_who_committed_and_the_data_stays(
    make_app: MakeApp, make_tables: MakeTables
) -> None:
    app = make_app("sqlite:///library.db", extensions=["sqlalchemy", Failing()])
    make_tables(app, Author, Poem)
    with app.app_context():
        db.session.add(Author(id=2, name="Bob"))
        with pytest.raises(ZeroDivisionError):
            db.session.commit()
        assert author(2).name == "Bob"
    with app.app_context():
        assert author(2).name == "Bob"


def test_where_nobody_listens_nothing_is_collected(make_app: MakeApp) -> None:
    with make_app().app_context():
        assert not isinstance(db.session, RecordingSession)
        assert not db.session.dispatch.after_flush
