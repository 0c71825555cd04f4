"""``ferrule db`` has all commands and options of ``flask db``, ``ferrule_migrate`` all functions of Flask-Migrate."""

from __future__ import annotations

import inspect
from typing import Any, Final

import click
import flask_migrate
import pytest
from flask_migrate.cli import db as of_flask

import ferrule_migrate
from ferrule_migrate.cli import db

COMMANDS: Final = sorted(of_flask.commands)
LEFT_OUT: Final = {
    "verbose": "functions return what commands print",
    "indicate_current": "as above",
}
OTHERWISE: Final = {
    "merge.revisions": "all heads, instead of none, which is an error there",
}


def options_of(command: click.Command) -> dict[str, click.Option]:
    return {name: each for each in command.params if isinstance(each, click.Option) for name in each.opts}


def default_of(option: click.Parameter) -> Any:
    """Return a default; click has several ways to say that there is none."""
    found = option.get_default(click.Context(db))
    return found if isinstance(found, str) else None


def arguments_of(command: click.Command) -> list[tuple[str | None, Any]]:
    return [(each.name, default_of(each)) for each in command.params if isinstance(each, click.Argument)]


def test_all_commands_are_there() -> None:
    assert {*COMMANDS} <= {*db.commands}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_the_options_of_flask_migrates(name: str) -> None:
    ours, theirs = options_of(db.commands[name]), options_of(of_flask.commands[name])
    assert {*theirs} <= {*ours}
    for option, their in theirs.items():
        assert ours[option].is_flag == their.is_flag, option
        assert ours[option].multiple == their.multiple, option
        assert default_of(ours[option]) == default_of(their), option


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_the_arguments_of_flask_migrates(name: str) -> None:
    ours, theirs = arguments_of(db.commands[name]), arguments_of(of_flask.commands[name])
    if name == "stamp":  # as alembic's, it takes several; none stand for `head`, as in Flask-Migrate
        assert (len(ours), theirs) == (1, [("revision", "head")])
    else:
        assert ours == theirs


def test_the_group_takes_what_flask_migrates_takes() -> None:
    assert {*options_of(of_flask)} <= {*options_of(db)}


@pytest.mark.parametrize("name", [*sorted({name.replace("-", "_") for name in COMMANDS})])
def test_each_function_takes_what_flask_migrates_takes(name: str) -> None:
    """By name, and with the same defaults; the application comes first, where Flask-Migrate has the folder."""
    ours = inspect.signature(getattr(ferrule_migrate, name)).parameters
    theirs = inspect.signature(inspect.unwrap(getattr(flask_migrate, name))).parameters
    for their in theirs.values():
        if their.name not in LEFT_OUT:
            default = ours[their.name].default or None
            assert default == (their.default or None) or f"{name}.{their.name}" in OTHERWISE, their.name


def test_the_extension_takes_what_flask_migrates_takes() -> None:
    ours = inspect.signature(ferrule_migrate.Migrate.__init__).parameters
    assert [*ours][:4] == ["self", "app", "db", "directory"]
    assert callable(ferrule_migrate.Migrate().configure)
