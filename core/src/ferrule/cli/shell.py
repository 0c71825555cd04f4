"""``ferrule shell``: Python inside of the application's context."""

from __future__ import annotations

import code
import os
import sys
from typing import Any

import click

from .groups import ScriptInfo, pass_script_info

__all__ = ["shell_command"]


@click.command("shell")
@pass_script_info
def shell_command(info: ScriptInfo) -> None:
    """Start Python inside of the application's context."""
    app = info.load_app()
    with app.app_context():
        names = app.make_shell_context()
        _run_startup_file(names)
        _complete_with(names)
        banner = f"Python {sys.version} on {sys.platform}\nApplication: {app.name}; names: {', '.join(sorted(names))}"
        code.interact(banner=banner, local=names, exitmsg="")


def _run_startup_file(names: dict[str, Any]) -> None:
    file = os.environ.get("PYTHONSTARTUP")
    if file and os.path.isfile(file):
        with open(file, encoding="utf-8") as startup:
            exec(compile(startup.read(), file, "exec"), names)  # noqa: S102  # the user's own file, as Python runs it


def _complete_with(names: dict[str, Any]) -> None:
    try:
        import readline  # an optional module of Python: absent on some platforms
        from rlcompleter import Completer
    except ImportError:
        return
    getattr(sys, "__interactivehook__", lambda: None)()  # binds the keys and reads the history, as for Python itself
    readline.set_completer(Completer(names).complete)
