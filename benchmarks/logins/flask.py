"""Flask, with Flask-Login."""

from flask import Flask
from flask_login import LoginManager, UserMixin, login_required, login_user

from ..views.content import SECRET


class User(UserMixin):
    def __init__(self, user_id: str) -> None:
        self.id = user_id


USERS = {"7": User("7")}


def guarded() -> Flask:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = SECRET
    LoginManager(app).user_loader(USERS.get)
    app.add_url_rule("/", view_func=login_required(hello))
    app.add_url_rule("/login", view_func=log_in)
    return app


def hello() -> str:
    return "Hello, World!"


def log_in() -> str:
    login_user(USERS["7"])
    return "Welcome!"
