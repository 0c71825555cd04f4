"""The extension in an application: enabled, replaced by the application's own, in the shell, beside others."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import ferrule_sqlalchemy
from ferrule import App, ConfigError, ExtensionError
from ferrule_sqlalchemy import Model, SQLAlchemy, SQLAlchemySettings, db

MakeApp = Callable[..., App]
MakeTables = Callable[..., None]


class Chapter(Model):
    __tablename__ = "extension_chapter"

    id: Mapped[int] = mapped_column(primary_key=True)


class OwnBase(DeclarativeBase):
    pass


own_db = SQLAlchemy(model_class=OwnBase)


class Volume(OwnBase):
    __tablename__ = "extension_volume"

    id: Mapped[int] = mapped_column(primary_key=True)
    chapter_id: Mapped[int] = mapped_column(sa.ForeignKey("extension_chapter.id"))


def test_a_line_in_the_configuration_file_enables_the_default(tmp_path: Path) -> None:
    file = tmp_path / "ferrule.toml"
    file.write_text('extensions = ["sqlalchemy"]\n[sqlalchemy]\ndatabase_uri = "sqlite://"\n')
    app = App("library", config_file=file)
    assert app.extension(SQLAlchemy) is app.extensions["sqlalchemy"] is db
    assert app.config.settings(SQLAlchemySettings).database_uri == "sqlite://"
    with app.app_context():
        assert db.session.scalar(sa.select(1)) == 1
    app.shutdown()


def test_an_own_object_replaces_the_default(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("library_database")
    module.db = own_db  # type: ignore[attr-defined]  # a module of an application
    monkeypatch.setitem(sys.modules, "library_database", module)
    app = make_app(extensions=["library_database:db"])
    assert app.extensions == {"sqlalchemy": own_db}


def test_extensions_that_use_the_default_get_the_session_of_the_own_one(
    make_app: MakeApp, make_tables: MakeTables
) -> None:
    app = make_app(extensions=[own_db])
    make_tables(app, Chapter, Volume)
    with app.app_context():
        assert db.session is own_db.session
        assert db.engine is own_db.engine
        db.session.add(Chapter(id=1))
        own_db.session.add(Volume(chapter_id=1))
        db.session.commit()
        assert own_db.session.scalars(sa.select(Volume.chapter_id)).all() == [1]


def test_both_in_one_application_are_refused(make_app: MakeApp) -> None:
    with pytest.raises(ExtensionError, match="sqlalchemy"):
        make_app(extensions=["sqlalchemy", own_db])


def test_init_app_enlists_as_a_line_in_the_file_would() -> None:
    app = App("library", config_file=None, extensions=[], config={"SQLALCHEMY_DATABASE_URI": "sqlite://"})
    database = SQLAlchemy()
    database.init_app(app)
    with app.app_context():
        assert database.session.scalar(sa.select(1)) == 1
    app.shutdown()


def test_the_constructor_enlists_too() -> None:
    app = App("library", config_file=None, extensions=[], config={"SQLALCHEMY_DATABASE_URI": "sqlite://"})
    database = SQLAlchemy(app)
    assert app.extension(SQLAlchemy) is database


def test_the_shell_has_db_and_all_models(make_app: MakeApp) -> None:
    names = make_app(extensions=[own_db]).make_shell_context()
    assert (names["db"], names["Chapter"], names["Volume"]) == (own_db, Chapter, Volume)


def test_the_package_exports_what_it_documents() -> None:
    assert ferrule_sqlalchemy.__all__ == [
        "KeysetPagination",
        "Model",
        "ModelConventions",
        "NPlusOneError",
        "Pagination",
        "RecordedQuery",
        "SQLAlchemy",
        "SQLAlchemyHooks",
        "SQLAlchemySettings",
        "TransactionError",
        "UnboundBindError",
        "db",
        "get_recorded_queries",
    ]


def test_a_key_of_flask_sqlalchemy_that_means_nothing_is_not_taken_for_another() -> None:
    with pytest.raises(ConfigError) as caught:
        App(
            "library",
            config_file=None,
            extensions=["sqlalchemy"],
            config={"SQLALCHEMY_DATABASE_URI": "sqlite://", "SQLALCHEMY_TRACK_MODIFICATIONS": False},
        )
    text = str(caught.value)
    assert "SQLALCHEMY_TRACK_MODIFICATIONS: unknown key of extension 'sqlalchemy'" in text
    assert "did you mean" not in text
    assert "'SQLALCHEMY_SQLITE_PRAGMAS'" in text  # as one of all that there are
