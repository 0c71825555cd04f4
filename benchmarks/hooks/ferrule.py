"""Ferrule: extensions."""

from functools import partial

from ferrule import App, Context, Extension, Response, hookimpl


class Quiet(Extension):
    """Of use when the application starts; no request hook."""

    def __init__(self, number: int) -> None:
        self.name = f"extension{number}"

    @hookimpl
    def app_init(self, app: App) -> None:
        self.state(app)["ready"] = True


class Busy(Quiet):
    """Two request hooks, which do no work: what is measured is calling them."""

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        return None

    @hookimpl
    def after_request(self, ctx: Context, response: Response) -> None:
        return None


def with_extensions(kind: type[Quiet], number: int) -> App:
    app = App(__name__, config_file=None, extensions=[kind(index) for index in range(number)])
    app.add_url_rule("/", view_func=lambda: "Hello, World!")
    return app


none = partial(with_extensions, Quiet, 0)
none_again = none
quiet_1 = partial(with_extensions, Quiet, 1)
quiet_10 = partial(with_extensions, Quiet, 10)
quiet_50 = partial(with_extensions, Quiet, 50)
busy_1 = partial(with_extensions, Busy, 1)
busy_10 = partial(with_extensions, Busy, 10)
busy_50 = partial(with_extensions, Busy, 50)
