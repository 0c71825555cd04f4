"""A transaction over several databases: rolled back in all of them, every connection returned."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import App
from ferrule_sqlalchemy import Model, db

MakeApp = Callable[..., App]


class Invoice(Model):
    __tablename__ = "transactions_invoice"

    id: Mapped[int] = mapped_column(primary_key=True)


class Copy(Model):
    __bind_key__ = "transactions_archive"
    __tablename__ = "transactions_copy"

    id: Mapped[int] = mapped_column(primary_key=True)


BINDS = ("transactions_archive",)


@pytest.fixture
def app(make_app: MakeApp) -> App:
    """An application of two files, with one connection to each."""
    one = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 1}
    archive = {"database_uri": "sqlite:///archive.db", "engine_options": one}
    app = make_app("sqlite:///library.db", engine_options=one, binds={"transactions_archive": archive})
    for model, key in ((Invoice, None), (Copy, "transactions_archive")):
        assert isinstance(model.__table__, sa.Table)
        model.__table__.create(db.engine_of(app, key))
    return app


def lent(app: App) -> list[int]:
    """Return how many connections to each database are checked out."""
    pools = [engine.pool for engine in db.engines_of(app).values()]
    return [pool.checkedout() for pool in pools if isinstance(pool, sa.QueuePool)]


def counts(app: App) -> list[int | None]:
    with app.app_context():
        return [db.session.scalar(sa.select(sa.func.count(model.id))) for model in (Invoice, Copy)]


def write() -> None:
    db.session.add_all([Invoice(id=1), Copy(id=1)])
    db.session.flush()


def write_and_raise() -> None:
    with db.transaction():
        write()
        raise ZeroDivisionError


def test_it_commits_and_rolls_back_in_all(app: App) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError):
            write_and_raise()
        assert lent(app) == [0, 0]
        with db.transaction():
            write()
    assert counts(app) == [1, 1]


@pytest.mark.parametrize("key", [None, "transactions_archive"])
def test_where_one_cannot_be_rolled_back_all_connections_are_returned(app: App, key: str | None) -> None:
    def fail(_: object) -> None:
        raise KeyError

    def write_and_fail() -> None:
        with app.app_context():
            write()

    event.listen(db.engine_of(app, key), "rollback", fail)
    with pytest.raises(BaseExceptionGroup) as caught:
        write_and_fail()
    event.remove(db.engine_of(app, key), "rollback", fail)
    assert caught.group_contains(KeyError)
    assert lent(app) == [0, 0]
    assert counts(app) == [0, 0]
