"""The settings of the login extension."""

from dataclasses import dataclass

from ferrule import setting

__all__ = ["LoginSettings"]


@dataclass(frozen=True, kw_only=True)
class LoginSettings:
    """What ``[login]`` in the configuration file may say."""

    view: str | None = setting(
        None,
        doc="The endpoint of the page to log in at; unset, the answer to those who are not logged in is 401.",
    )
    message: str | None = setting(
        "Log in to see this page.", doc="What is flashed to those who are sent to the login page; empty for nothing."
    )
    message_category: str = setting("message", doc="The category of that message.")
