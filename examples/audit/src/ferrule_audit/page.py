"""The page of events, for those who may read it. Loaded where ``login`` is enabled."""

import sqlalchemy as sa

from ferrule import App, Blueprint, abort, current_app, render_template, request
from ferrule_login import current_user, login_required
from ferrule_sqlalchemy import db

from .events import AuditEvent
from .settings import AuditSettings

__all__ = ["blueprint_for"]

_FILTERS = {"action": AuditEvent.action, "user": AuditEvent.user_id}


def blueprint_for(app: App) -> Blueprint:
    """Return the blueprint with the page."""
    path = app.config.settings(AuditSettings).path
    blueprint = Blueprint("audit", __name__, url_prefix=path, template_folder="templates", static_folder="static")
    blueprint.add_url_rule("", "events", login_required(_show_events))
    return blueprint


def _show_events() -> tuple[str, dict[str, str]]:
    settings = current_app.config.settings(AuditSettings)
    if current_user.get_id() not in settings.readers:
        abort(403, "You may not read the record of events.")
    wanted = {name: value for name in _FILTERS if (value := request.args.get(name))}
    found = sa.select(AuditEvent).order_by(AuditEvent.id.desc())
    for name, value in wanted.items():
        found = found.where(_FILTERS[name] == value)
    page = db.paginate_by_key(found, per_page=settings.per_page, purpose="audit")
    text = render_template("audit/events.html", page=page, wanted=wanted, actions=_actions())
    return text, {"Cache-Control": "no-store"}


def _actions() -> list[str]:
    return [*db.session.scalars(sa.select(AuditEvent.action).distinct().order_by(AuditEvent.action))]
