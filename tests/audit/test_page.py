"""The page of events: who sees it, and what they see."""

from __future__ import annotations

import re

from ferrule import App
from ferrule.testing import FerruleClient
from ferrule_audit import record

from .conftest import MakeApp


def reader(app: App, name: str = "ada") -> FerruleClient:
    client = app.test_client()
    client.post(f"/login/{name}")
    return client


def actions(text: str) -> list[str]:
    return re.findall(r'<a class="action [^"]*" href="[^"]*">([^<]*)</a>', text)


def test_readers_see_the_events_the_newest_first(make_app: MakeApp) -> None:
    client = reader(make_app("login"))
    client.post("/note")
    response = client.get("/audit")
    assert actions(response.text) == ["note.written", "login"]
    assert response.headers["Cache-Control"] == "no-store"
    assert "Cookie" in response.headers["Vary"]


def test_others_do_not(make_app: MakeApp) -> None:
    app = make_app("login", LOGIN_VIEW="who")
    assert app.test_client().get("/audit").location == "/who?next=/audit"
    response = reader(app, "bob").get("/audit")
    assert response.status_code == 403
    assert "login" not in actions(response.text)


def test_unless_readers_are_named_there_are_none(make_app: MakeApp) -> None:
    assert reader(make_app("login", AUDIT_READERS=[])).get("/audit").status_code == 403


def test_what_users_and_clients_send_is_shown_as_text(make_app: MakeApp) -> None:
    client = reader(make_app("login"))
    script = "<script>alert(1)</script>"
    client.post("/note", headers={"User-Agent": script})
    text = client.get("/audit", query_string={"user": f'"><{script}'}).text + client.get("/audit").text
    assert script not in text
    assert "<b>Shopping</b>" not in text
    assert "&lt;b&gt;Shopping" in text


def test_pages_follow_each_other_and_come_back(make_app: MakeApp) -> None:
    app = make_app("login", AUDIT_PER_PAGE=2)
    client = reader(app)
    with app.app_context():
        for number in range(4):
            record(f"event.{number}")
    seen, url, text = [], "/audit", ""
    while url:
        text = client.get(url).text
        seen.append(actions(text))
        found = re.search(r'rel="next" href="([^"]*)"', text)
        url = found[1].replace("&amp;", "&") if found else ""
    assert seen == [["event.3", "event.2"], ["event.1", "event.0"], ["login"]]
    back = re.search(r'rel="prev" href="([^"]*)"', text)
    assert back
    assert actions(client.get(back[1]).text) == ["event.1", "event.0"]


def test_events_are_narrowed_down_by_what_and_who_and_stay_so_on_the_next_page(make_app: MakeApp) -> None:
    app = make_app("login", AUDIT_PER_PAGE=1)
    client = reader(app)
    reader(app, "bob")
    reader(app, "bob").post("/note")
    text = client.get("/audit?action=login&user=bob").text
    assert actions(text) == ["login"]
    assert "<option selected>login</option>" in text
    found = re.search(r'rel="next" href="([^"]*)"', text)
    assert found
    following = client.get(found[1].replace("&amp;", "&")).text
    assert actions(following) == ["login"]
    assert 'rel="next"' not in following


def test_a_search_that_finds_nothing_says_so(make_app: MakeApp) -> None:
    assert "Nothing of this kind has happened." in reader(make_app("login")).get("/audit?user=nobody").text


def test_a_cursor_of_another_list_is_refused(make_app: MakeApp) -> None:
    assert reader(make_app("login")).get("/audit?cursor=made-up").status_code == 400


def test_the_page_can_be_elsewhere_and_brings_its_style(make_app: MakeApp) -> None:
    client = reader(make_app("login", AUDIT_PATH="/staff/events"))
    found = re.search(r'rel="stylesheet" href="([^"]*)"', client.get("/staff/events").text)
    assert found
    with client.get(found[1]) as style:
        assert style.mimetype == "text/css"
