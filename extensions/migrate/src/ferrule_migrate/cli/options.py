"""The options that many commands have, and the group before them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

__all__ = [
    "directory_option",
    "group_options",
    "message_option",
    "new_revision_options",
    "sql_option",
    "tag_option",
    "together",
    "verbose_option",
    "x_arg_option",
]

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]

_META: Final = "ferrule_migrate."


def together(*decorators: Callable[[Any], Any]) -> Callable[[F], F]:
    """Return one decorator that does what several do, the first one outermost."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def _of_group(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Take what was said before the command's name where nothing was said after it."""
    return value or context.meta.get(f"{_META}{parameter.name}", value)


def _for_commands(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    context.meta[f"{_META}{parameter.name}"] = value
    return value


def _directory(callback: Callable[..., Any], *, expose: bool) -> Callable[[F], F]:
    return click.option(
        "--directory",
        "-d",
        type=click.Path(file_okay=False),
        callback=callback,
        expose_value=expose,
        help="The folder with `versions/`, instead of what the configuration says.",
    )


def _x_arg(callback: Callable[..., Any], *, expose: bool) -> Callable[[F], F]:
    return click.option(
        "--x-arg",
        "-x",
        multiple=True,
        callback=callback,
        expose_value=expose,
        help="What `context.get_x_argument()` gives to revisions; repeatable.",
    )


directory_option: Final[Callable[[Any], Any]] = _directory(_of_group, expose=True)
x_arg_option: Final[Callable[[Any], Any]] = _x_arg(_of_group, expose=True)
group_options: Final[Callable[[Any], Any]] = together(
    _directory(_for_commands, expose=False), _x_arg(_for_commands, expose=False)
)
message_option: Final[Callable[[Any], Any]] = click.option("--message", "-m", help="What it does, in a few words.")
sql_option: Final[Callable[[Any], Any]] = click.option(
    "--sql", is_flag=True, help="Print the statements instead of running them."
)
tag_option: Final[Callable[[Any], Any]] = click.option(
    "--tag", help="What `context.get_tag_argument()` gives to an environment of the project's own."
)
verbose_option: Final[Callable[[Any], Any]] = click.option("--verbose", "-v", is_flag=True, help="Show all of each.")
new_revision_options: Final[Callable[[Any], Any]] = together(
    directory_option,
    message_option,
    click.option("--sql", is_flag=True, help="Refused, with where statements can be seen."),
    click.option("--head", default="head", show_default=True, help="What it follows; `base` begins a branch."),
    click.option("--splice", is_flag=True, help="It may follow what another revision follows already."),
    click.option("--branch-label", help="The name of the branch that it begins."),
    click.option("--version-path", type=click.Path(file_okay=False), help="The folder that it is written into."),
    click.option("--rev-id", help="Its identifier; made up unless given."),
    click.option("--depends-on", multiple=True, help="What has to be applied before it; repeatable."),
    x_arg_option,
    click.option("--extension", "-e", help="Write it for an extension that you develop, into its folder."),
    click.option("--allow-drop", is_flag=True, help="Write it also if it does nothing but drop."),
)
"""What a new revision may be told."""
