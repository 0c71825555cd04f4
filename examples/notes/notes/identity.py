"""Who is asking: the user of the request, with this application's own type."""

from ferrule_login import typed_current_user

from .models import User

__all__ = ["current_user"]

current_user = typed_current_user(User)
"""Who is logged in. For type checkers a User; while nobody is logged in, ``is_authenticated`` is false."""
