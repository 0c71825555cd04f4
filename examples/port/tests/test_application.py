"""The application as a whole: configuration, commands, errors, exports and the guide."""

from __future__ import annotations

from pathlib import Path

import pytest
from almanac import create_app, database
from conftest import Person
from flask import Flask, current_app, g, render_template_string, url_for
from flask.testing import FlaskClient, FlaskCliRunner


def test_an_installation_is_set_up_by_its_folder_and_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "almanac.cfg").write_text("SITE = 'Ours'\nENTRIES_ON_A_PAGE = 5\n")
    monkeypatch.setenv("ALMANAC_ENTRIES_ON_A_PAGE", "7")
    monkeypatch.setenv("ALMANAC_MAIL__HOST", "localhost")
    app = create_app({"TESTING": True}, instance_path=str(tmp_path))
    assert app.testing
    assert app.config["SITE"] == "Ours"
    assert app.config["ENTRIES_ON_A_PAGE"] == 7
    assert app.config["MAIL"] == {"HOST": "localhost"}
    assert app.config["SESSION_COOKIE_NAME"] == "almanac"
    assert app.config.get_namespace("ENTRIES_") == {"on_a_page": 7}


def test_the_application_is_well(client: FlaskClient) -> None:
    assert client.get("/health").json == {"status": "well", "name": "almanac"}
    assert client.post("/health").status_code == 405


def test_the_tables_are_made_by_a_command(app: Flask, runner: FlaskCliRunner, ann: Person) -> None:
    result = runner.invoke(args=["create-tables"])
    assert result.output == f"Made the tables in {app.config['DATABASE']}.\n"
    with app.app_context():
        assert database.rows("SELECT * FROM person") == []


def test_people_are_added_and_listed_by_commands(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["people", "add", "Cy"], input="secret words\nsecret words\n")
    assert "Cy has the number 1." in result.output
    assert runner.invoke(args=["people", "list"]).output == "Cy\n"


def test_entries_are_counted_by_a_command(runner: FlaskCliRunner, ann: Person) -> None:
    ann.write("Snow", tags="winter")
    ann.write("Sun")
    assert runner.invoke(args=["count"]).output == "2\n"
    assert runner.invoke(args=["count", "--tag", "winter"]).output == "1\n"
    assert runner.invoke(args=["count", "--nothing"]).exit_code == 2


def test_a_mistake_of_ours_is_a_page_in_production_and_raised_in_tests(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        database.connection().execute("DROP TABLE entry")
    with pytest.raises(Exception, match="no such table"):
        client.get("/")
    app.testing = False
    response = client.get("/")
    assert response.status_code == 500
    assert "Our mistake (OperationalError)." in response.text


def test_pages_that_are_none_are_pages_all_the_same(client: FlaskClient) -> None:
    response = client.get("/nothing/here")
    assert response.status_code == 404
    assert "<h1>Not Found</h1>" in response.text
    assert response.content_type == "text/html; charset=utf-8"


def test_the_journal_is_streamed_as_a_table(ann: Person) -> None:
    ann.write("Snow, white", day="2026-01-02", tags="winter")
    response = ann.client.get("/export/entries.csv?extra=words")
    assert response.mimetype == "text/csv"
    assert response.text.splitlines() == ["day,title,words", '2026-01-02,"Snow, white",winter']


def test_the_journal_is_streamed_as_a_page(ann: Person) -> None:
    ann.write("Snow", "<white>")
    text = ann.client.get("/export/entries.html").text
    assert "<h1>Almanac</h1>" in text
    assert "<p>&lt;white&gt;</p>" in text
    assert "<p>/export/entries.html</p>" in text
    assert ann.client.get("/export/titles.txt").text == "Snow\n/export/titles.txt"


def test_a_response_is_completed_after_the_view(ann: Person, app: Flask) -> None:
    with ann.client.get("/export/count.txt") as response:
        assert response.data == b"0"
        assert response.headers["X-Person"] == "Ann"
        assert response.headers["Content-Disposition"] == "attachment; filename=count.txt"
    with app.test_client().get("/export/count.txt") as response:
        assert response.headers["X-Person"] == "nobody"


@pytest.mark.parametrize(("language", "title"), [("en", "Guide"), ("de", "Anleitung")])
def test_the_guide_keeps_its_language(client: FlaskClient, language: str, title: str) -> None:
    text = client.get(f"/{language}/guide/").text
    assert f'<html lang="{language}">' in text
    assert f'<h1>{title}</h1><a href="/{language}/guide/tags">' in text
    assert '<a href="/de/guide/">Deutsch</a>' in text
    expected = f'{title}: <div class="box">&lt;b&gt;</div> /{language}/guide/'
    assert client.get(f"/{language}/guide/<b>").text == expected
    assert client.get("/fr/guide/").status_code == 404


def test_templates_have_filters_tests_and_globals(app: Flask) -> None:
    with app.test_request_context("/"):
        g.person = None
        source = "{{ '2026-01-02'|day }} {{ page_url(2) }} {{ entry is written_by(none) }} {{ here }} {{ person }}"
        assert render_template_string(source, entry=None) == "2.1.2026 /page/2 False journal.index None"


def test_urls_have_a_home_outside_of_requests(app: Flask) -> None:
    app.config.update(SERVER_NAME="almanac.example", PREFERRED_URL_SCHEME="https", APPLICATION_ROOT="/a")
    with app.app_context():
        assert url_for("journal.index") == "https://almanac.example/a/"
        assert current_app.name == "almanac"


def test_the_shell_begins_with_names(app: Flask) -> None:
    names = app.make_shell_context()
    assert names["app"] is app
    assert "paragraphs" in names
