"""Groups of commands that run inside of an application's context."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

import click

from ..callers import place_of
from ..claims import Claims
from ..context import has_app_context

if TYPE_CHECKING:
    from ..app import App

__all__ = ["AppGroup", "ScriptInfo", "pass_script_info", "with_appcontext"]

F = TypeVar("F", bound=Callable[..., Any])


class ScriptInfo:
    """Which application a command works on; loaded when it is first asked for.

    Args:
        create_app: Finds and makes the application.

    Attributes:
        data: Whatever commands want to tell each other.
    """

    def __init__(self, create_app: Callable[[], App]) -> None:
        self.create_app: Callable[[], App] = create_app
        self.data: dict[Any, Any] = {}
        self._app: App | None = None

    def load_app(self) -> App:
        """Return the application."""
        if self._app is None:
            self._app = self.create_app()
        return self._app


pass_script_info: Callable[[Callable[..., Any]], Callable[..., Any]] = click.make_pass_decorator(ScriptInfo)


def with_appcontext(function: F) -> F:
    """Run a command inside of the application's context: the current one if there is one, else one of its own."""

    @click.pass_context
    def run(context: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        if not has_app_context():
            info = context.find_object(ScriptInfo)
            if info is None:
                raise click.UsageError(
                    "this command works on an application; run it through `ferrule` or app.test_cli_runner()"
                )
            context.with_resource(info.load_app().app_context())
        return context.invoke(function, *args, **kwargs)

    return cast(F, update_wrapper(run, function))


class AppGroup(click.Group):
    """A group whose commands run inside of the application's context, unless they say ``with_appcontext=False``.

    Attributes:
        claims: The ledger of the application whose group it is.
    """

    claims: Claims | None = None

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Register a command; what an extension and somebody else register is told at the freeze."""
        super().add_command(cmd, name)
        if self.claims is not None:
            self.claims.add("command", str(name or cmd.name), place_of(cmd.callback))

    @overload
    def command(self, function: Callable[..., Any], /) -> click.Command: ...
    @overload
    def command(self, *args: Any, **kwargs: Any) -> Callable[[Callable[..., Any]], click.Command]: ...
    def command(self, *args: Any, **kwargs: Any) -> click.Command | Callable[[Callable[..., Any]], click.Command]:
        """Register the decorated function as a command; as :meth:`click.Group.command`."""
        if args and callable(args[0]):
            return cast(click.Command, super().command(with_appcontext(args[0])))
        wrap = kwargs.pop("with_appcontext", True)
        register = super().command(*args, **kwargs)
        return (lambda function: cast(click.Command, register(with_appcontext(function)))) if wrap else register


AppGroup.group_class = AppGroup
