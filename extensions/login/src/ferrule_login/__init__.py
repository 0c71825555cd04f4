"""Login for Ferrule: who the current user is, and views that need one."""

from .current import (
    confirm_login,
    load_current_user,
    login_fresh,
    login_remembered,
    login_user,
    logout_user,
    set_login_view,
    sign_out_everywhere,
    typed_current_user,
)
from .destinations import safe_next
from .exceptions import NotAUserError
from .extension import Login, LoginManager, current_user
from .fingerprints import fingerprint_of, is_fingerprint_of
from .guards import fresh_login_required, login_required
from .hookspecs import LoginHooks
from .loaders import RequestLoader, UserLoader, UserSaver
from .next_page import login_url, make_next_param, redirect_to_next
from .remembering import Remembering
from .settings import LoginSettings
from .users import AnonymousUserMixin, UserMixin, UserProtocol

__all__ = [
    "AnonymousUserMixin",
    "Login",
    "LoginHooks",
    "LoginManager",
    "LoginSettings",
    "NotAUserError",
    "Remembering",
    "RequestLoader",
    "UserLoader",
    "UserMixin",
    "UserProtocol",
    "UserSaver",
    "confirm_login",
    "current_user",
    "fingerprint_of",
    "fresh_login_required",
    "is_fingerprint_of",
    "load_current_user",
    "login_fresh",
    "login_remembered",
    "login_required",
    "login_url",
    "login_user",
    "logout_user",
    "make_next_param",
    "redirect_to_next",
    "safe_next",
    "set_login_view",
    "sign_out_everywhere",
    "typed_current_user",
]
