"""The factory: what the application is put together from."""

from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import HTTPException

from ferrule import App

from .accounts import accounts
from .api import api
from .dates import ago
from .errors import answer_error
from .excerpts import excerpt, marked
from .headers import protect
from .notebook import notebook

__all__ = ["create_app"]


def create_app(*, env: str | None = None, config: Mapping[str, Any] | None = None) -> App:
    """Make the application; ``ferrule.toml`` says which extensions it has.

    Args:
        env: The environment, such as ``"testing"``; ``FERRULE_ENV`` unless given.
        config: Values that win over file and environment.
    """
    app = App("notes", env=env, config=config)
    for blueprint in (accounts, notebook, api):
        app.register_blueprint(blueprint)
    for template_filter in (ago, excerpt, marked):
        app.add_template_filter(template_filter)
    app.register_error_handler(HTTPException, answer_error)
    app.after_request(protect)
    return app
