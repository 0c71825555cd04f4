"""The settings of the login extension."""

from dataclasses import dataclass
from typing import Literal

from ferrule import setting

__all__ = ["LoginSettings"]


@dataclass(frozen=True, kw_only=True)
class LoginSettings:
    """What ``[login]`` in the configuration file may say."""

    # who the users are

    user_model: str | None = setting(
        None, doc="The model of the users, `notes.models:User`: found by primary key, with `sqlalchemy` enabled."
    )
    disabled: bool = setting(False, doc="Let everybody into guarded views. For tests; never in production.")
    exempt_methods: list[str] = setting(
        default_factory=lambda: ["OPTIONS"],
        doc="The methods that guarded views let in without a look: browsers send a preflight without cookies.",
    )

    # where others are sent

    view: str | None = setting(
        None,
        doc="The endpoint or URL of the page to log in at; unset, the answer to those who are not logged in is 401.",
    )
    blueprint_views: dict[str, str | None] = setting(
        default_factory=dict, doc="The pages to log in at of blueprints, by their names, in place of `view`."
    )
    message: str | None = setting(
        "Log in to see this page.", doc="What is flashed to those who are sent to the login page; empty for nothing."
    )
    message_category: str = setting("message", doc="The category of that message.")
    refresh_view: str | None = setting(
        None, doc="The endpoint or URL of the page to confirm a login at that is not fresh; unset, the answer is 401."
    )
    refresh_message: str | None = setting(
        "Confirm that it is you, to see this page.", doc="What is flashed to those who are sent there."
    )
    refresh_message_category: str = setting("message", doc="The category of that message.")
    next_in_session: bool = setting(
        False, doc="Keep the way back in the session, not in the `next` of the login page's URL."
    )

    # sessions

    session_protection: Literal["basic", "strong"] | None = setting(
        "basic",
        doc="What happens to a session that another browser uses, by its `User-Agent`: its login is no longer fresh"
        " (`basic`), or it is none (`strong`, unless the session is permanent).",
    )
    logout: Literal["here", "everywhere"] = setting(
        "here", doc="What logging out ends: this session, or every session and remember cookie of the user."
    )
    unbound_sessions: bool = setting(
        False, doc="Let in who is logged in by a session without a fingerprint, such as Flask-Login's, and bind it."
    )
