"""What ``ferrule check`` says of the databases of an application."""

import re
import socket
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import App, Check
from ferrule_sqlalchemy import Model, db
from ferrule_sqlalchemy.checks import TIMEOUT
from ferrule_sqlalchemy.metadatas import METADATAS

MakeApp = Callable[..., App]


def checks(app: App, *, deploy: bool = True) -> list[Check]:
    app.finalize()
    return list(db.check_app(app, deploy))


def ids(found: list[Check]) -> list[str]:
    return [check.id.removeprefix("sqlalchemy.") for check in found]


def test_a_server_is_told_with_its_version_and_how_long_it_took(
    make_app: MakeApp, postgresql_url: str, mariadb_url: str
) -> None:
    found = checks(make_app(postgresql_url, binds={"log": mariadb_url}))
    assert ids(found) == ["connected", "connected"]
    assert {check.level for check in found} == {"info"}
    first, second = (check.message for check in found)
    assert first.startswith("the default bind (postgresql+psycopg://postgres@127.0.0.1:5432/")
    assert second.startswith("bind 'log' (mariadb+pymysql://root@127.0.0.1:3306/")
    pattern = r"\): {} \d+\.\d+[\d.]*, connected in \d+\.\d ms, answers in \d+\.\d ms$"
    for message, kind in ((first, "postgresql"), (second, "mariadb")):
        assert re.search(pattern.format(kind), message)


def test_nothing_connects_without_deploy(make_app: MakeApp) -> None:
    assert checks(make_app("postgresql+psycopg://ada@127.0.0.1:1/x"), deploy=False) == []


@pytest.mark.parametrize(
    "uri", ["postgresql+psycopg://ada:pa55@127.0.0.1:1/x", "mysql+pymysql://ada:pa55@127.0.0.1:1/x"]
)
def test_a_server_that_is_not_there_is_an_error_that_shows_no_password(make_app: MakeApp, uri: str) -> None:
    (found,) = checks(make_app("sqlite://", binds={"archive": uri}))[2:]
    assert (found.id, found.level) == ("sqlalchemy.unreachable", "error")
    assert found.message.startswith(f"bind 'archive' ({uri.replace('pa55', '***')}): no connection")
    assert "refused" in found.message
    assert found.hint.startswith("start the server, let this machine reach 127.0.0.1")
    assert "pa55" not in found.message + found.hint


def test_a_wrong_password_and_a_missing_database_are_told_by_the_server(make_app: MakeApp, mariadb_url: str) -> None:
    url = sa.make_url(mariadb_url).set(username="nobody", password="pa55")
    (found,) = checks(make_app(url.render_as_string(hide_password=False)))
    assert found.id == "sqlalchemy.unreachable"
    assert "Access denied" in found.message
    assert "pa55" not in found.message


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_server_that_does_not_answer_is_waited_for_shortly_and_only_in_the_check(
    make_app: MakeApp, scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = make_app(f"{scheme}://ada@127.0.0.1:{silent.getsockname()[1]}/x")
        begun = perf_counter()
        assert ids(checks(app)) == ["unreachable"]
        assert TIMEOUT - 0.5 < perf_counter() - begun < TIMEOUT * 3
        options: list[object] = []

        def refuse(*args: object) -> None:
            options.append(args[3])
            raise ZeroDivisionError

        sa.event.listen(db.engine_of(app), "do_connect", refuse)
        with pytest.raises(ZeroDivisionError):
            db.engine_of(app).connect()
        assert "timeout" not in str(options)


@pytest.mark.parametrize(
    ("server", "cure"), [("postgresql", "sslmode=verify-full"), ("mariadb", "connect_args its `ssl`")]
)
def test_a_server_on_another_machine_without_tls_is_a_risk(
    make_app: MakeApp, request: pytest.FixtureRequest, server: str, cure: str
) -> None:
    """0.0.0.0 is this machine, but no loopback address."""
    url = sa.make_url(request.getfixturevalue(f"{server}_url")).set(host="0.0.0.0")
    found = checks(make_app(url.render_as_string(hide_password=False)))
    assert ids(found) == ["connected", "no_tls"]
    assert found[1].level == "warning"
    assert cure in found[1].hint


def test_what_is_risky_in_production_is_told_of_each_bind(make_app: MakeApp) -> None:
    app = make_app("sqlite:///library.db", binds={"cache": {"url": "sqlite://", "echo": True}})
    with app.app_context():
        db.session.scalar(sa.text("SELECT 1"))
    found = checks(app)
    assert ids(found) == ["sqlite", "connected", "echo", "in_memory", "connected"]
    assert [check.level for check in found] == ["info", "info", "warning", "warning", "info"]
    assert [check.message.partition(" (")[0] for check in found] == ["the default bind"] * 2 + ["bind 'cache'"] * 3


def test_a_file_that_is_not_there_is_not_made_by_the_check(make_app: MakeApp) -> None:
    app = make_app("sqlite:///library.db", binds={"archive": "sqlite:///archive.db"})
    found = checks(app)
    assert ids(found) == ["sqlite", "no_file"] * 2
    assert [check.hint for check in found[1::2]] == [
        "`ferrule db upgrade` makes it, or the first request",
        "`db.create_all('archive')` makes it, or the first request",
    ]
    assert not any(Path(app.instance_path, name).exists() for name in ("library.db", "archive.db"))


def test_a_file_that_is_no_database_is_an_error(make_app: MakeApp, tmp_path: Path) -> None:
    Path(tmp_path, "library.db").write_text("no database" * 100)
    found = checks(make_app(f"sqlite:///{tmp_path}/library.db"))
    assert ids(found) == ["sqlite", "unreachable"]
    assert "not a database" in found[1].message


def test_a_model_whose_bind_is_not_configured_is_an_error_anywhere(make_app: MakeApp) -> None:
    class Stray(Model):
        __tablename__ = "checked_stray"
        __bind_key__ = "stray"
        id: Mapped[int] = mapped_column(primary_key=True)

    try:
        (found,) = checks(make_app(), deploy=False)
    finally:
        del METADATAS["stray"]
    assert (found.id, found.level) == ("sqlalchemy.unknown_bind", "error")
    assert found.message.startswith(f"model {Stray.__qualname__} ({__file__}:")
    assert found.message.endswith(": bind 'stray' is not configured")
    assert found.hint == '[sqlalchemy.binds] stray = "…"'
