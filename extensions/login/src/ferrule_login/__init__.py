"""Login for Ferrule: who the current user is, and views that need one."""

from .current import login_user, logout_user, typed_current_user
from .destinations import safe_next
from .exceptions import NotAUserError
from .extension import Login, UserLoader, current_user
from .guards import login_required
from .hookspecs import LoginHooks
from .next_page import login_url, redirect_to_next
from .settings import LoginSettings
from .users import AnonymousUserMixin, UserMixin, UserProtocol

__all__ = [
    "AnonymousUserMixin",
    "Login",
    "LoginHooks",
    "LoginSettings",
    "NotAUserError",
    "UserLoader",
    "UserMixin",
    "UserProtocol",
    "current_user",
    "login_required",
    "login_url",
    "login_user",
    "logout_user",
    "redirect_to_next",
    "safe_next",
    "typed_current_user",
]
