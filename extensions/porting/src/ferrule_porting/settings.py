"""The settings of the porting extension."""

from dataclasses import dataclass
from typing import Literal

from ferrule import setting

__all__ = ["PortingSettings"]


@dataclass(frozen=True, kw_only=True)
class PortingSettings:
    """What ``[porting]`` in the configuration file may say."""

    session_cookies: Literal["upgrade", "signed", "encrypted"] = setting(
        "upgrade",
        doc="`upgrade` reads Flask's session cookies and writes encrypted ones; `signed` reads and writes Flask's, for"
        " both frameworks side by side; `encrypted` knows no others than Ferrule's.",
    )
    json: Literal["flask", "ferrule"] = setting(
        "flask", doc="Whose JSON is written: `flask` sorts keys, escapes what is not ASCII and writes HTTP dates."
    )
