"""The epoch of a user's logins: when it rises, all that were made before are none."""

from typing import Any

from ferrule import Context, SetupError

from .declared import Declared

__all__ = ["raise_epoch"]


def raise_epoch(login: Declared, ctx: Context, user: Any) -> None:
    """Raise the epoch of a user, and let the application save it.

    Raises:
        SetupError: The user has no epoch, or nobody saves it.
    """
    kind, save = type(user).__qualname__, login.saver_in(ctx.app)
    if not hasattr(user, "session_epoch"):
        raise SetupError(
            f"the logins of a {kind} cannot be ended: it has no session_epoch; give its class a column for a whole"
            " number that begins with 0 (`session_epoch: Mapped[int] = mapped_column(default=0)`), and a revision"
        )
    if save is None:
        raise SetupError(
            f"the logins of a {kind} cannot be ended: nobody saves its session_epoch; put"
            " `@app.extension(Login).user_saver` above a function that saves a user, or name the model in user_model of"
            " [login]"
        )
    if (raise_saved := login.epoch_raiser_in(ctx.app)) is not None:
        raise_saved(ctx.app, user)
        return
    user.session_epoch = (user.session_epoch or 0) + 1
    save(ctx.app, user)
