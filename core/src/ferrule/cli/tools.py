"""Commands of other distributions: those that need no application, ``ferrule.tools``, and the groups they nest into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from ..extensions import Catalog, InstalledPoint
from ..extensions.catalog import offered_twice
from .failures import Failure

__all__ = ["ToolGroup", "command_of", "mistakes_in_tools", "tool", "tool_names"]


def command_of(point: InstalledPoint) -> click.Command:
    """Import a command; one that cannot be imported is a command that says why."""
    try:
        found = point.load()
    except Exception as error:
        what = f"failed at import of {point.value}: {Failure(error).format_message()}"
    else:
        if isinstance(found, click.Command):
            return found
        what = f"{point.value} is a {type(found).__name__}, no click command"
    return _broken(f"the command {point.name!r} of {point.source}: {what}; repair or uninstall {point.distribution}")


def _broken(why: str) -> click.Command:
    """Make what stands in a listing for a command that cannot be called, and says why when it is."""

    def fail() -> NoReturn:
        raise click.ClickException(why)

    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(None, callback=fail, short_help=f"BROKEN: {why}", context_settings=settings)


def tool_names(group: str = "") -> set[str]:
    """Return the names of the installed tools of a group of the framework's; nothing is imported."""
    names = (name.rpartition(".") for name in Catalog.installed().tools())
    return {name for where, _, name in names if where == group}


def tool(name: str, group: str = "") -> click.Command | None:
    """Return the installed tool of a name; one that two distributions offer is a command that says so."""
    points = Catalog.installed().tools().get(f"{group}.{name}" if group else name, [])
    if len(points) > 1:
        return _broken(offered_twice("the command", points))
    return command_of(points[0]) if points else None


def mistakes_in_tools(root: click.Group, enabled: Mapping[str, InstalledPoint]) -> Iterator[str]:
    """Go through what is wrong with the names of the installed tools: taken, or in a group that is not there.

    Args:
        root: The command ``ferrule``.
        enabled: The commands of the enabled extensions, by name.
    """
    for name, points in Catalog.installed().tools().items():
        where, _, own = name.rpartition(".")
        group = root.commands.get(where) if where else root
        sources = " and ".join(point.source for point in points)
        if not isinstance(group, click.Group):
            yield f"the command {name!r} of {sources}: the framework has no group {where!r}; rename the entry point"
        elif own in group.commands:
            yield f"the command {name!r} of {sources}: ferrule itself has it, and wins; rename the entry point"
        elif name in enabled:
            other = f"{enabled[name].source}, which is enabled, has it"
            yield f"the command {name!r} of {sources}: {other}, and wins; rename the entry point"
        elif len(points) > 1:
            yield offered_twice("the command", points)


class ToolGroup(click.Group):
    """A group of the framework's that other distributions may add to, with a command for when none is named.

    Args:
        name: The name, which is what tools nest by.
        default: The command that runs unless the first word names another; if it takes an argument, the word is that.
        **options: For :class:`click.Group`.
    """

    def __init__(self, name: str, *, default: click.Command, **options: Any) -> None:
        super().__init__(name, **options)
        self.default: click.Command = default
        self.add_command(default)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command's name before arguments that are meant for it."""
        if self._is_for_default(ctx, args):
            args = [str(self.default.name), *args]
        return super().parse_args(ctx, args)

    def _is_for_default(self, ctx: click.Context, args: list[str]) -> bool:
        if not args:
            return not ctx.resilient_parsing  # else the shell asks what could come here
        if args[0].startswith("-"):
            return args[0] not in ctx.help_option_names
        takes_words = any(isinstance(parameter, click.Argument) for parameter in self.default.params)
        return takes_words and args[0] not in self.list_commands(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the framework's commands and of the tools."""
        return sorted({*self.commands, *tool_names(str(self.name))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command: the framework's first, then a tool."""
        return super().get_command(ctx, cmd_name) or tool(cmd_name, str(self.name))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands, and what the default one takes."""
        with self.default.make_context(self.default.name, [], parent=ctx, resilient_parsing=True) as inner:
            found = [*super().shell_complete(ctx, incomplete), *self.default.shell_complete(inner, incomplete)]
        return list({item.value: item for item in found}.values())
