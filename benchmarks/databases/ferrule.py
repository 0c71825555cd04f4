"""Ferrule, with ferrule-sqlalchemy and ferrule-login."""

from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ferrule import App, render_template
from ferrule_login import Login, UserMixin, login_required, login_user
from ferrule_sqlalchemy import Model, db

from ..views.content import SECRET, TEMPLATES
from ..works import POSTGRESQL, SQLITE
from .stores import ACCOUNT, ENGINE_OPTIONS, urls


class Account(UserMixin, Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]


class Product(Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    price: Mapped[float]
    note: Mapped[str]


def stock(store: str) -> App:
    app = with_extensions(store)
    app.add_url_rule("/", view_func=login_required(show_stock))
    app.add_url_rule("/login", view_func=log_in)
    return app


def unused() -> App:
    """Make an application with the extensions, whose view asks neither for the user nor for the database."""
    app = with_extensions(SQLITE)
    app.add_url_rule("/", view_func=lambda: "Hello, World!")
    return app


def with_extensions(store: str) -> App:
    app = App(
        __name__,
        config_file=None,
        template_folder=str(TEMPLATES),
        extensions=["sqlalchemy", "login"],
        config={
            "SECRET_KEY": SECRET,
            "SQLALCHEMY_DATABASE_URI": urls[store],
            "SQLALCHEMY_ENGINE_OPTIONS": ENGINE_OPTIONS,
        },
    )
    app.extension(Login).user_loader(load_user)
    return app


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
