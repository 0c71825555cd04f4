"""Flask, with Flask-SQLAlchemy and Flask-Login."""

from functools import partial

import sqlalchemy as sa
from flask import Flask, render_template
from flask_login import LoginManager, UserMixin, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ..views.content import SECRET, TEMPLATES
from ..works import POSTGRESQL, SQLITE
from .stores import ACCOUNT, ENGINE_OPTIONS, urls


class Base(DeclarativeBase):
    """The base class of models."""


db = SQLAlchemy(model_class=Base)
login_manager = LoginManager()


class Account(UserMixin, db.Model):  # type: ignore[name-defined,misc]  # Flask-SQLAlchemy's base is an attribute
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]


class Product(db.Model):  # type: ignore[name-defined,misc]  # as above
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    price: Mapped[float]
    note: Mapped[str]


def stock(store: str) -> Flask:
    app = Flask(__name__, template_folder=str(TEMPLATES))
    app.config.update(
        SECRET_KEY=SECRET,
        SQLALCHEMY_DATABASE_URI=urls[store],
        SQLALCHEMY_ENGINE_OPTIONS=dict(ENGINE_OPTIONS),
    )
    db.init_app(app)
    login_manager.init_app(app)
    app.add_url_rule("/", view_func=login_required(show_stock))
    app.add_url_rule("/login", view_func=log_in)
    return app


@login_manager.user_loader
def load_user(user_id: str) -> Account | None:
    return db.session.get(Account, int(user_id))


def log_in() -> str:
    login_user(db.get_or_404(Account, ACCOUNT))
    return "Welcome!"


def show_stock() -> str:
    statement = sa.select(Product).where(Product.price > 100).order_by(Product.id).limit(10)
    return render_template("stock.html", products=db.session.scalars(statement).all())


stock_sqlite = partial(stock, SQLITE)
stock_postgresql = partial(stock, POSTGRESQL)
