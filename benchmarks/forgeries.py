"""A hundred thousand forged cookies and tokens of the login, sent as browsers would: is one believed, or an error?"""

import argparse
import random
import string
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ferrule import App, request, session
from ferrule.testing import FerruleClient
from ferrule_login import Login, UserMixin, current_user, login_user, logout_user, make_token, read_token
from ferrule_login.stores.sqlalchemy import TABLES
from ferrule_sqlalchemy import db

KEY: Final = "the key of the site that is attacked"
OLD: Final = "a key of its that was taken out"
NOBODY: Final = "nobody"
SESSION: Final = "session"
REMEMBER: Final = "remember_token"
RESET: Final = "reset"
PLACES: Final = (SESSION, REMEMBER, RESET)
"""Where a forgery is put: the two cookies, and the token of a link in a mail."""

ALPHABET: Final = string.ascii_letters + string.digits + "-_"
FOREIGN: Final = ".=!+/ \"',%&\\\t\x00\x7f\xe9\xff"

Forge = Callable[[random.Random, Sequence[str]], str]


@dataclass(eq=False)
class User(UserMixin):
    """A user, whose fingerprint changes with the password."""

    id: str
    password_hash: str = "first"


@dataclass
class Site:
    """An application, and its users.

    Attributes:
        app: The application.
        users: Its users.
    """

    app: App
    users: Mapping[str, User]

    def visit(self, place: str, text: str) -> tuple[int, str]:
        """Send a text in a place, and return the status and who the site believes it is talking to."""
        query = {"token": text} if place == RESET else {}
        headers = {} if place == RESET else {"Cookie": f"{place}={text}"}
        client = self.app.test_client(use_cookies=False)
        response = client.get("/" if place != RESET else "/reset", query_string=query, headers=headers)
        return response.status_code, response.text


@dataclass
class Found:
    """What was answered.

    Attributes:
        sent: How many were sent, by what they were and where they were put.
        wrong: Those that were believed or were errors: where, what was answered, and the text.
    """

    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[tuple[str, int, str, str]] = field(default_factory=list)


def make_site(folder: Path | None, *, key: str = KEY) -> Site:
    """Make a site.

    Args:
        folder: Where its database is; ``None`` for a site without one, whose remember cookies no store knows.
        key: Its secret key.
    """
    config: dict[str, Any] = {"SECRET_KEY": key}
    if folder is not None:
        config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'forgeries.db'}"
    extensions = ["login"] if folder is None else ["sqlalchemy", "login"]
    app = App("forgeries", config_file=None, env="testing", extensions=extensions, config=config)
    users = {name: User(name) for name in ("ada", "bob")}
    app.extension(Login).user_loader(users.get)

    @app.get("/")
    def who() -> str:
        return current_user.get_id() or NOBODY

    @app.get("/reset")
    def reset() -> str:
        token = read_token(request.args["token"], RESET)
        return NOBODY if token is None else str(token.user.id)

    @app.post("/login/<name>")
    def log_in(name: str) -> str:
        session["cart"] = [7]
        login_user(users[name], remember=True)
        return make_token(users[name], request.args["purpose"])

    @app.post("/logout")
    def log_out() -> str:
        logout_user()
        return ""

    app.initialise()
    if folder is not None:
        db.metadata.create_all(db.engine_of(app), TABLES)
    return Site(app, users)


def issued(site: Site, name: str, purpose: str = RESET) -> tuple[FerruleClient, dict[str, str]]:
    """Log somebody in, and return the browser and what it got, by place."""
    client = site.app.test_client()
    token = client.post(f"/login/{name}", query_string={"purpose": purpose}).text
    cookies = {place: client.get_cookie(place) for place in (SESSION, REMEMBER)}
    return client, {RESET: token} | {place: cookie.value for place, cookie in cookies.items() if cookie}


def worthless(site: Site, folder: Path | None) -> dict[str, dict[str, str]]:
    """Return what was genuine and is worth nothing: of an older fingerprint, key, or purpose, or logged out."""
    found = {"of an older key": issued(make_site(folder, key=OLD), "ada")[1]}
    for name in ("ada", "bob"):
        found[f"of an older fingerprint, {name}"] = issued(site, name)[1]
        site.users[name].password_hash = "second"
    _, other = issued(site, "ada", "confirm")
    found["of another purpose"] = {RESET: other[RESET]}
    if folder is not None:
        client, ended = issued(site, "ada")
        client.post("/logout")
        found["logged out"] = {REMEMBER: ended[REMEMBER]}
    return found


def changed(draw: random.Random, genuine: Sequence[str]) -> str:
    """Change one to four characters."""
    text = list(draw.choice(genuine))
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(text))
        text[place] = draw.choice((ALPHABET + FOREIGN).replace(text[place], ""))
    return "".join(text)


def cut(draw: random.Random, genuine: Sequence[str]) -> str:
    """Take a piece out, or leave a piece."""
    text = draw.choice(genuine)
    start, end = sorted(draw.sample(range(len(text) + 1), 2))
    return text[start:end] if draw.random() < 0.5 else text[:start] + text[end:]


def grown(draw: random.Random, genuine: Sequence[str]) -> str:
    """Put characters in, or a piece twice."""
    text = draw.choice(genuine)
    place = draw.randrange(len(text) + 1)
    more = draw.choices(ALPHABET + FOREIGN, k=draw.randint(1, 8))
    return text[:place] + draw.choice(("".join(more), text[place:] or "A", "=")) + text[place:]


def spliced(draw: random.Random, genuine: Sequence[str]) -> str:
    """Take the beginning of one and the end of another."""
    first, second = draw.sample(genuine, 2)
    place = draw.randrange(1, min(len(first), len(second)))
    return first[:place] + second[draw.choice((place, -place)) :]


def made_up(draw: random.Random, genuine: Sequence[str]) -> str:
    """Make a text of the length of a genuine one."""
    return "".join(draw.choices(ALPHABET, k=len(draw.choice(genuine))))


FORGERIES: Final[Mapping[str, Forge]] = {
    "changed": changed,
    "cut": cut,
    "grown": grown,
    "spliced": spliced,
    "made up": made_up,
}


def attack(site: Site, folder: Path | None, count: int, seed: int) -> Found:
    """Send forgeries to a site.

    Args:
        site: The site, which nobody has been to.
        folder: Where its database is.
        count: How many to send.
        seed: What decides which.
    """
    draw, found = random.Random(seed), Found()  # the same ones again, if one of them is believed
    dead = worthless(site, folder)
    alive = [issued(site, name)[1] for name in ("ada", "bob")]
    genuine = [text for texts in (*alive, *dead.values()) for text in texts.values()]
    believed = {(place, text) for texts in alive for place, text in texts.items()}
    for kind, place, text in islice(_forgeries(draw, genuine, dead, alive), count):
        if (place, text) in believed:  # the same text again, by chance
            continue
        found.sent[kind, place] += 1
        status, who = site.visit(place, text)
        if (status, who) != (200, NOBODY):
            found.wrong.append((place, status, who, text))
    return found


def _forgeries(
    draw: random.Random,
    genuine: Sequence[str],
    dead: Mapping[str, Mapping[str, str]],
    alive: Sequence[Mapping[str, str]],
) -> Iterator[tuple[str, str, str]]:
    """Yield what each forgery is, where it is to be put, and its text: first whole ones, then pieces without end."""
    for kind, texts in dead.items():
        yield from ((kind, place, text) for place, text in texts.items())
    for texts in (*alive, *dead.values()):
        for origin, text in texts.items():
            yield from ((f"a {origin}", place, text) for place in PLACES if place != origin)
    for kind, forge in cycle(FORGERIES.items()):
        for place in PLACES:
            yield kind, place, forge(draw, genuine)


def report(name: str, found: Found) -> str:
    """Say in words what was found."""
    lines = [f"{name}: {sum(found.sent.values())} forgeries, {len(found.wrong)} believed or an error"]
    by_kind = Counter({kind: 0 for kind, _ in found.sent})
    for (kind, _), number in found.sent.items():
        by_kind[kind] += number
    lines += [f"  {number:>7}  {kind}" for kind, number in by_kind.most_common()]
    lines += [f"  WRONG in {place}: {status} {who!r} for {text!r}" for place, status, who, text in found.wrong[:20]]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="how many forgeries in all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="which ones")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    is_wrong = False
    with TemporaryDirectory() as folder:
        for name, place in (("cookies alone", None), ("with a store", Path(folder))):
            site = make_site(place)
            found = attack(site, place, options.count // 2, options.seed)
            print(report(name, found), flush=True)
            is_wrong |= bool(found.wrong)
            site.app.shutdown()
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main())
