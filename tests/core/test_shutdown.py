"""What is shut down when Python ends, where no server says that a worker does."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
from ferrule import App, Extension, hookimpl

class Pool(Extension):
    name = "pool"

    @hookimpl
    def app_shutdown(self, app: App) -> None:
        print("shutdown", app.name, flush=True)
        if app.name == "broken":
            raise ValueError("it does not close")

def make(name: str) -> App:
    return App(name, config_file=None, extensions=[Pool])
"""


def after(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", SCRIPT + script]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)


def test_an_initialised_application_is_shut_down_when_python_ends() -> None:
    assert after("app = make('shop'); app.initialise()").stdout == "shutdown shop\n"


def test_one_that_never_began_is_not() -> None:
    assert after("app = make('shop')").stdout == ""


def test_one_that_a_server_shut_down_is_not_shut_down_again() -> None:
    assert after("app = make('shop'); app.initialise(); app.shutdown()").stdout == "shutdown shop\n"


def test_one_that_fails_does_not_keep_the_others_open() -> None:
    done = after("apps = [make('broken'), make('shop')]\nfor app in apps: app.initialise()")
    assert sorted(done.stdout.splitlines()) == ["shutdown broken", "shutdown shop"]
    assert "it does not close" in done.stderr


def test_waiting_for_the_end_keeps_no_application_alive() -> None:
    script = """
import gc, weakref
app = make("shop")
app.initialise()
dead = weakref.ref(app)
del app
gc.collect()
print(dead())
"""
    assert after(script).stdout == "None\n"
