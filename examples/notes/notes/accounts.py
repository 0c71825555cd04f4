"""Accounts: to register, to log in, to log out."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug import Response

from ferrule import Blueprint, flash, redirect, render_template, request, url_for
from ferrule_login import (
    TooManyAttemptsError,
    authenticate,
    hash_password,
    login_user,
    logout_user,
    redirect_to_next,
    trust_device,
)
from ferrule_sqlalchemy import db

from .folding import fold
from .forms import LoginForm, RegistrationForm
from .identity import current_user
from .models import User

__all__ = ["accounts"]

accounts = Blueprint("accounts", __name__)


@accounts.get("/register")
def register() -> str | Response:
    if current_user.is_authenticated:
        return redirect(url_for("notebook.index"))
    return render_template("accounts/register.html", form=RegistrationForm())


@accounts.post("/register")
def create_account() -> tuple[str, int] | Response:
    form = RegistrationForm.read(request.form)
    user = None if form.mistakes else _new_user(form)
    if user is None:
        mistakes = form.mistakes or {"name": "This name is taken. Please choose another."}
        return render_template("accounts/register.html", form=form.with_mistakes(**mistakes)), 422
    login_user(user)
    trust_device(user.name)
    flash(f"Welcome, {user.name}. Your notebook is ready.", "success")
    return redirect_to_next("notebook.index")


@accounts.get("/login")
def login() -> str | Response:
    if current_user.is_authenticated:
        return redirect_to_next("notebook.index")
    return render_template("accounts/login.html", form=LoginForm())


@accounts.post("/login")
def log_in() -> tuple[str, int] | tuple[str, int, dict[str, str]] | Response:
    form = LoginForm.read(request.form)
    try:
        user = authenticate(form.name, form.password, _user_named)
    except TooManyAttemptsError as error:
        page = render_template("accounts/login.html", form=form.refused(error.description))
        return page, 429, {"Retry-After": str(error.retry_after)}
    if user is None:
        return render_template("accounts/login.html", form=form.refused()), 422
    login_user(user, remember=form.remember)
    return redirect_to_next("notebook.index")


@accounts.post("/logout")
def logout() -> Response:
    if logout_user():
        flash("You are logged out.", "success")
    return redirect(url_for("notebook.home"))


def _new_user(form: RegistrationForm) -> User | None:
    """Save a new user; ``None`` if the name is taken.

    Nobody asks first whether it is: between the answer and the insert somebody else could take it. The database knows.
    """
    user = User(name=form.name, password_hash=hash_password(form.password))
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return None
    return user


def _user_named(name: str) -> User | None:
    name_key = fold(name).replace("\0", "")  # PostgreSQL takes no NUL in a text; names have none
    return db.session.scalar(select(User).where(User.name_key == name_key))
