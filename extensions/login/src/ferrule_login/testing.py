"""Test clients whom somebody is logged in at: ``app.test_client(user=…)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ferrule import Context, SetupError

if TYPE_CHECKING:
    from ferrule.testing import FerruleClient  # PERF: werkzeug.test is slow to import; only tests need it

__all__ = ["log_client_in"]


def log_client_in(
    client: FerruleClient,
    user: Any,
    *,
    find: Callable[[Context, str], Any],
    log_in: Callable[[Context, Any], bool],
) -> None:
    """Log a user in at a test client, as a view would that answers one of its requests.

    Args:
        client: The client.
        user: The user; or the id of one, for the application's loader; or ``None`` for nobody.
        find: Finds a user by id.
        log_in: Logs one in.

    Raises:
        SetupError: There is no such user, or the user is not active.
    """
    if user is None:
        return
    app = client.application
    with app.test_request_context(environ_base=client.environ_base) as context:
        found = find(context, str(user)) if isinstance(user, (str, int, UUID)) else user
        if found is None:
            raise SetupError(f"test_client(user={user!r}): the user loader finds nobody by this id")
        if not log_in(context, found):
            raise SetupError(f"test_client(user={user!r}): this user is not active, and login_user refuses the login")
        client.keep_cookies(context, app.process_response(app.response_class()))
