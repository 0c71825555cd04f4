"""The application's functions that find users, and save them: registered, called, and their answers checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

from ferrule import App, ContextError, Request, SetupError
from ferrule.coroutines import is_async

from .exceptions import NotAUserError
from .users import UserProtocol, missing_parts

__all__ = ["NO_LOADER", "Called", "RequestLoader", "UserLoader", "UserSaver", "checked"]

UserLoader: TypeAlias = Callable[[str], Any]
"""Finds a user by id; returns ``None`` where there is no such user any more. May be ``async``."""

RequestLoader: TypeAlias = Callable[[Request], Any]
"""Finds the user of a request, by an API key for instance; returns ``None`` for nobody. May be ``async``."""

UserSaver: TypeAlias = Callable[[Any], Any]
"""Saves a user that login has changed, for good. May be ``async``."""

F = TypeVar("F", bound=Callable[..., Any])

NO_LOADER: Final = (
    "there is no user loader; put `@app.extension(Login).user_loader` above the function that finds a user by id, or"
    " name the model of the users in user_model of [login]"
)


class Called(Generic[F]):
    """A function of the application's: what it is called in messages, and whether somebody must wait for it.

    Args:
        function: The function.
        what: What it is to login, such as ``user loader``.

    Raises:
        SetupError: It cannot be called.
    """

    __slots__ = ("function", "is_async", "what")

    def __init__(self, function: F, what: str) -> None:
        if not callable(function):
            raise SetupError(f"the {what} {function!r} cannot be called; give a function")
        self.function: F = function
        self.what: str = what
        self.is_async: bool = is_async(function)

    def __str__(self) -> str:
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        name = getattr(self.function, "__qualname__", repr(self.function))
        place = f" ({code.co_filename}:{code.co_firstlineno})" if code is not None else ""
        return f"{self.what} {name}{place}"

    def __call__(self, app: App, *args: Any) -> Any:
        """Call it, and wait for it if it is ``async``.

        Raises:
            ContextError: The event loop called, which would have to wait for itself.
        """
        if not self.is_async:
            return self.function(*args)
        try:
            return app.async_to_sync(self.function)(*args)
        except ContextError as error:
            error.add_note(
                f"the {self} is async; in an async view without login_required, write `await load_current_user()`"
                " before the first look at current_user"
            )
            raise


def checked(user: Any, found_by: Called[Any]) -> UserProtocol | None:
    """Return what a loader returned, if that is a user or ``None``.

    Raises:
        NotAUserError: It is something else.
    """
    if user is None or not (missing := missing_parts(user)):
        return cast("UserProtocol | None", user)
    raise NotAUserError(
        f"the {found_by} returned a {type(user).__name__}, which is no user: it has no {', '.join(missing)}; return an"
        " object of a class that derives from UserMixin, or None"
    )
