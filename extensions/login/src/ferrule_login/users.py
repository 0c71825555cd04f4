"""What a user is to the login extension, and two classes to make one of."""

from __future__ import annotations

from typing import Any, Final, Protocol

from .exceptions import NotAUserError

__all__ = ["AnonymousUserMixin", "UserMixin", "UserProtocol", "id_of", "missing_parts", "parts_missing_in"]

_PARTS: Final = ("get_id", "is_active", "is_anonymous", "is_authenticated")


class UserProtocol(Protocol):
    """What every user must have. :class:`UserMixin` has all of it, given an attribute ``id``."""

    @property
    def is_authenticated(self) -> bool:
        """Whether views that need a login let this user in."""
        ...

    @property
    def is_active(self) -> bool:
        """Whether this user may log in."""
        ...

    @property
    def is_anonymous(self) -> bool:
        """Whether this stands for nobody."""
        ...

    def get_id(self) -> str | None:
        """Return what the user loader finds this user by; ``None`` for nobody."""
        ...


class UserMixin:
    """Makes a user of a class that has an attribute ``id``.

    Two users are equal if they have one class and one id. One that has no id yet, because the database has still to
    give it one, equals only itself and cannot be hashed.
    """

    @property
    def is_active(self) -> bool:
        """Whether this user may log in. Override it, with a column for instance, to be able to lock users out."""
        return True

    @property
    def is_authenticated(self) -> bool:
        """Whether views that need a login let this user in: as long as the account is active."""
        return self.is_active

    @property
    def is_anonymous(self) -> bool:
        """Whether this stands for nobody: never."""
        return False

    def get_id(self) -> str:
        """Return the id as a text.

        Raises:
            NotAUserError: There is no id yet.
        """
        return str(_require_id(self, "identified"))

    def get_fingerprint(self) -> str:
        """Return what this user's logins are bound to: a change ends every session, remember cookie and token.

        It is made of the attributes ``session_epoch``, a number, and ``password_hash``, as far as the class has them.
        Override it to bind logins to more, such as the rights of an administrator.
        """
        return f"{getattr(self, 'session_epoch', None) or 0}:{getattr(self, 'password_hash', '')}"

    def __eq__(self, other: object) -> bool:
        # `__class__`, since a proxy such as current_user has that of the user it stands for.
        if other.__class__ is not self.__class__:
            return NotImplemented
        own = getattr(self, "id", None)
        return self is other if own is None else bool(own == getattr(other, "id", None))

    def __hash__(self) -> int:
        return hash((self.__class__, _require_id(self, "hashed")))


class AnonymousUserMixin:
    """Stands for nobody: who is not logged in."""

    @property
    def is_active(self) -> bool:
        """Whether this user may log in: nobody may."""
        return False

    @property
    def is_authenticated(self) -> bool:
        """Whether views that need a login let this user in: never."""
        return False

    @property
    def is_anonymous(self) -> bool:
        """Whether this stands for nobody: always."""
        return True

    def get_id(self) -> None:
        """Return no id."""


def missing_parts(user: object) -> list[str]:
    """Return the names of what a user must have and an object has not."""
    if isinstance(user, type):  # a class has all parts of its objects, and is none
        return list(_PARTS)
    # PERF: the class is asked first. To ask the object would run the property, and that may ask a database.
    return [part for part in _PARTS if not hasattr(type(user), part) and not hasattr(user, part)]


def parts_missing_in(kind: type) -> list[str]:
    """Return the names of what a user must have and the objects of a class have not."""
    return [part for part in _PARTS if not hasattr(kind, part)]


def id_of(user: Any, asked_by: str = "login_user") -> str:
    """Return the id of a user who is to be logged in.

    Raises:
        NotAUserError: It is no user, or has no id that the session can keep.
    """
    if missing := missing_parts(user):
        found = "None; did the search for the user find nobody?" if user is None else f"a {type(user).__name__}"
        cure = "" if user is None else f", which has no {', '.join(missing)}; derive its class from UserMixin"
        raise NotAUserError(f"{asked_by} needs a user and was given {found}{cure}")
    found = user.get_id()
    if not isinstance(found, str) or not found:
        raise NotAUserError(
            f"{type(user).__qualname__}.get_id() returned {found!r}; who logs in needs an id, a text that is not empty"
        )
    return found


def _require_id(user: object, what: str) -> Any:
    found = getattr(user, "id", None)
    if found is None:
        name = type(user).__qualname__
        raise NotAUserError(
            f"a {name} without an id cannot be {what}; save it first (with SQLAlchemy: session.flush()), or override"
            f" get_id, __eq__ and __hash__ in {name}"
        )
    return found
