"""Users who are remembered beyond the session: by a cookie, and, where there is a database, a row for each browser."""

from .contract import Remembering
from .devices import RememberedDevice, forget_device, forget_devices, remembered_devices
from .remember_cookie import RememberCookie

__all__ = [
    "RememberCookie",
    "RememberedDevice",
    "Remembering",
    "forget_device",
    "forget_devices",
    "remembered_devices",
]
