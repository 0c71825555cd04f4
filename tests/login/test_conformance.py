"""The extension keeps what every extension promises."""

from ferrule import App
from ferrule_devtools.conformance import conformance
from ferrule_login import Login, UserMixin


def with_users(app: App) -> None:
    app.extension(Login).user_loader(lambda _: UserMixin())


test_conformance = conformance(
    "login",
    prepare=with_users,
    exports={"template globals": ["current_user"], "plain settings": ["password_max_bytes", "token_lifetime"]},
)
