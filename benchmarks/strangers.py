"""Does the time of a refused login tell who has an account? Users and strangers by turns, at random, and no wait."""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from werkzeug.test import EnvironBuilder, run_wsgi_app

from ferrule import App, request
from ferrule_login import Login, UserMixin, authenticate, hash_password

COSTS: Final = {
    "as configured": {},
    # With next to no Argon2, what else differs is not lost in its noise.
    "with the cheapest hash": {"LOGIN_ARGON2_TIME_COST": 1, "LOGIN_ARGON2_MEMORY_COST": 8},
}
LIMIT: Final = 0.05
"""Of the time of a refusal as it is configured: a difference that is smaller drowns in that of any two networks."""


@dataclass(eq=False)
class User(UserMixin):
    """A user with a password, or without one."""

    id: str
    password_hash: str | None = None


def make_app(config: Mapping[str, int]) -> App:
    """Make an application with a user, one that has no password, and a login that lets nobody wait."""
    fixed: dict[str, object] = {"SECRET_KEY": "of a benchmark", "LOGIN_THROTTLE": False}
    app = App("strangers", config_file=None, env="production", extensions=["login"], config={**fixed, **config})
    with app.app_context():
        users = {"user": User("user", hash_password("correct horse")), "user without a password": User("none")}
    app.extension(Login).user_loader(users.get)

    @app.post("/login")
    def log_in() -> tuple[str, int]:
        return "no", 200 if authenticate(request.form["name"], request.form["password"], users.get) else 422

    return app


def refusals(app: App, count: int) -> dict[str, list[float]]:
    """Return how long refusals take, in seconds, by whom the attempt was for."""
    names = ("user", "user without a password", "stranger")
    environs = {
        name: EnvironBuilder("/login", method="POST", data={"name": name, "password": "a guess"}) for name in names
    }
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(count):
        name = random.choice(names)
        environ = environs[name].get_environ()
        started = time.perf_counter()
        _, status, _ = run_wsgi_app(app, environ)
        taken[name].append(time.perf_counter() - started)
        if not status.startswith("422"):
            raise AssertionError(status)
    return {name: times[len(times) // 10 :] for name, times in taken.items()}


def difference(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how far the middles of two samples lie apart, in seconds.

    Of the quicker half: what else the machine does makes a request slower, and never quicker.
    """
    quick = (sorted(times)[: len(times) // 2] for times in (one, other))
    first, second = map(statistics.median, quick)
    return abs(first - second)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--count", type=int, default=3000, help="how many refusals for each cost (default: %(default)s)"
    )
    options = parser.parse_args()
    allowed, is_told = None, False
    for cost, config in COSTS.items():
        taken = refusals(make_app(config), options.count)
        middle = statistics.median(taken["stranger"])
        allowed = allowed or middle * LIMIT
        print(f"{cost}: {middle * 1e6:.0f} µs for a stranger")
        for name in ("user", "user without a password"):
            apart = difference(taken[name], taken["stranger"])
            is_told |= apart > allowed
            verdict = "more" if apart > allowed else "less"
            print(f"  {apart * 1e6:8.1f} µs apart: {name} ({verdict} than {allowed * 1e6:.0f})")
    return int(is_told)


if __name__ == "__main__":
    sys.exit(main())
