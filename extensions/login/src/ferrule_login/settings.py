"""The settings of the login extension."""

from dataclasses import dataclass
from datetime import timedelta
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

    # passwords; the costs are the least that OWASP recommends

    argon2_time_cost: int = setting(2, doc="How many passes Argon2id makes over its memory.")
    argon2_memory_cost: int = setting(19_456, doc="How much memory the check of a password takes, in KiB.")
    argon2_parallelism: int = setting(1, doc="How many lanes that memory has; each may use a processor.")
    password_max_bytes: int = setting(
        1024, doc="The longest password, in bytes of UTF-8; a longer one is nobody's, and cannot be set."
    )
    legacy_hashes: str = setting(
        "",
        doc="What the hashes begin with that users bring from Werkzeug, such as `scrypt:32768:8:1`, until all are made"
        " anew: every check then takes the time of such a hash, too, and tells nobody who still has one.",
    )

    # attempts to log in

    throttle: bool = setting(True, doc="Let attempts wait that come after others that failed.")
    throttle_attempts: int = setting(
        5, doc="How many failures are free, for an account from one address, or from one known device."
    )
    throttle_account: int = setting(
        50, doc="How many failures are free for an account, from all devices together that are not known to it."
    )
    throttle_address: int = setting(
        100,
        doc="How many failures are free from an address, for all accounts, from devices that are not known to them.",
    )
    throttle_delay: timedelta = setting(
        timedelta(seconds=1), doc="How long the first attempt waits that is not free; each failure doubles it."
    )
    throttle_max_delay: timedelta = setting(timedelta(hours=1), doc="The longest that an attempt waits.")
    throttle_forget: timedelta = setting(
        timedelta(hours=1), doc="How long it takes until one failure for an account is forgotten."
    )
    throttle_address_forget: timedelta = setting(
        timedelta(minutes=1), doc="How long it takes until one failure from an address is forgotten; many may share it."
    )
    throttle_cookie_name: str = setting(
        "login_device", doc="The name of the cookie by which a device is known that has logged in before."
    )

    # links in mails

    token_lifetime: timedelta = setting(timedelta(hours=1), doc="How long a token is valid unless it says otherwise.")

    # remembering

    remember_cookie_name: str = setting("remember_token", doc="The name of the cookie that remembers a user.")
    remember_cookie_duration: timedelta = setting(
        timedelta(days=30), doc="How long a user is remembered: seconds, or an ISO 8601 duration."
    )
    remember_cookie_domain: str | None = setting(None, doc="That cookie's domain; unset, the exact host.")
    remember_cookie_path: str | None = setting(None, doc="That cookie's path; unset, the session cookie's.")
    remember_cookie_secure: bool | None = setting(
        None, doc="Send that cookie over HTTPS only; unset, as the session cookie, and where browsers demand it."
    )
    remember_cookie_httponly: bool = setting(True, doc="Hide that cookie from JavaScript.")
    remember_cookie_samesite: Literal["Lax", "Strict", "None"] | None = setting(
        "Lax", doc="Which requests from other sites carry that cookie; unset, the browser decides."
    )
    remember_cookie_refresh_each_request: bool = setting(
        False, doc="Let its lifetime begin anew as long as the user comes by; at most when a hundredth of it is over."
    )
    remember_replayed_message: str | None = setting(
        "A cookie that remembered you was used twice, perhaps by somebody else. You are no longer remembered there.",
        doc="What is flashed when a remember cookie is used that had been replaced; empty for nothing.",
    )
