"""The model of the users that the configuration names, where ``sqlalchemy`` is enabled."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING

from ferrule import App, SetupError

if TYPE_CHECKING:
    from .stores.sqlalchemy.users import ModelUsers  # an optional dependency

__all__ = ["model_users"]


def model_users(app: App, user_model: str) -> ModelUsers:
    """Return what finds and saves the users of a model.

    Args:
        app: The application.
        user_model: The model, as in ``notes.models:User``.

    Raises:
        SetupError: There is no such model, or it cannot be one of users; the text does not say where it is named.
    """
    if "sqlalchemy" not in app.extensions:
        raise SetupError("the extension 'sqlalchemy' is not enabled; name it among the extensions")
    from .stores.sqlalchemy.users import ModelUsers  # an optional dependency, enabled as we have seen

    module, colon, name = user_model.partition(":")
    if not (module and colon and name):
        raise SetupError("expected `module:class`, such as 'notes.models:User'")
    try:
        model = resolve_name(user_model)
    except (ImportError, AttributeError, ValueError) as error:
        raise SetupError(f"cannot be imported: {error}") from error
    return ModelUsers(model)
