"""``[sqlalchemy] autocommit``: a commit at the end of a request that went well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import TimeoutError as PoolTimeout

from ferrule import App, Context
from ferrule.context import current_context

from .exhaustion import answer_exhausted
from .sessions import ContextSession

__all__ = ["commit_at_the_end"]

_ERRORS = 400
"""The first status of an error (RFC 9110, section 15.5)."""


def commit_at_the_end(app: App, opened: Callable[[Context], ContextSession | None]) -> None:
    """Let an application commit after its last ``after_request`` function, if nothing raised and the status is < 400.

    Args:
        app: The application, before the freeze.
        opened: Returns the session of a context, if it was used.
    """

    def commit(response: Any) -> Any:
        context = current_context()
        session = opened(context)
        if session is None or not session.in_transaction() or context.failures or response.status_code >= _ERRORS:
            return response
        try:
            session.commit()
        except PoolTimeout as error:
            session.undo()
            return app.make_response(answer_exhausted(context, error))
        except BaseException:
            session.undo()
            raise
        return response

    app.after_request_funcs.setdefault(None, []).insert(0, commit)  # they run in reverse
