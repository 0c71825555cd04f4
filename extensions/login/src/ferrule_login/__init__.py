"""Login for Ferrule: who the current user is, and views that need one."""

from .authentication import authenticate
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
from .exceptions import NotAUserError, PasswordTooLongError, StoreError, TooManyAttemptsError
from .extension import Login, LoginManager, current_user
from .fingerprints import fingerprint_of, is_fingerprint_of
from .guards import fresh_login_required, login_required
from .hookspecs import LoginHooks
from .loaders import RequestLoader, UserLoader, UserSaver
from .next_page import login_url, make_next_param, redirect_to_next
from .passwords import HasPassword, check_password, hash_password, needs_rehash
from .remembering import RememberedDevice, Remembering, forget_device, forget_devices, remembered_devices
from .settings import LoginSettings
from .throttling import Attempt, begin_attempt, trust_device
from .tokens import Token, make_token, read_token, use_token
from .users import AnonymousUserMixin, UserMixin, UserProtocol

__all__ = [
    "AnonymousUserMixin",
    "Attempt",
    "HasPassword",
    "Login",
    "LoginHooks",
    "LoginManager",
    "LoginSettings",
    "NotAUserError",
    "PasswordTooLongError",
    "RememberedDevice",
    "Remembering",
    "RequestLoader",
    "StoreError",
    "Token",
    "TooManyAttemptsError",
    "UserLoader",
    "UserMixin",
    "UserProtocol",
    "UserSaver",
    "authenticate",
    "begin_attempt",
    "check_password",
    "confirm_login",
    "current_user",
    "fingerprint_of",
    "forget_device",
    "forget_devices",
    "fresh_login_required",
    "hash_password",
    "is_fingerprint_of",
    "load_current_user",
    "login_fresh",
    "login_remembered",
    "login_required",
    "login_url",
    "login_user",
    "logout_user",
    "make_next_param",
    "make_token",
    "needs_rehash",
    "read_token",
    "redirect_to_next",
    "remembered_devices",
    "safe_next",
    "set_login_view",
    "sign_out_everywhere",
    "trust_device",
    "typed_current_user",
    "use_token",
]
