"""Ferrule, with ferrule-login."""

from ferrule import App
from ferrule_login import Login, UserMixin, login_required, login_user

from ..views.content import PASSWORD_HASH, SECRET


class User(UserMixin):
    def __init__(self, user_id: str) -> None:
        self.id = user_id
        self.password_hash = PASSWORD_HASH
        self.session_epoch = 0


USERS = {"7": User("7")}


def guarded() -> App:
    app = App(__name__, config_file=None, extensions=["login"], config={"SECRET_KEY": SECRET})
    app.extension(Login).user_loader(USERS.get)
    app.add_url_rule("/", view_func=login_required(hello))
    app.add_url_rule("/login", view_func=log_in)
    return app


def hello() -> str:
    return "Hello, World!"


def log_in() -> str:
    login_user(USERS["7"])
    return "Welcome!"
