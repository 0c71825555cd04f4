"""Flask: extensions with `init_app`, as its documentation shows."""

from functools import partial

from flask import Flask, Response


class Quiet:
    """Of use when the application starts."""

    def __init__(self, number: int) -> None:
        self.name = f"extension{number}"

    def init_app(self, app: Flask) -> None:
        app.extensions[self.name] = {"ready": True}


class Busy(Quiet):
    """Two functions for requests, which do no work."""

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.before_request(self.before_request)
        app.after_request(self.after_request)

    def before_request(self) -> None:
        return None

    def after_request(self, response: Response) -> Response:
        return response


def with_extensions(kind: type[Quiet], number: int) -> Flask:
    app = Flask(__name__)
    for index in range(number):
        kind(index).init_app(app)
    app.add_url_rule("/", view_func=lambda: "Hello, World!")
    return app


none = partial(with_extensions, Quiet, 0)
quiet_1 = partial(with_extensions, Quiet, 1)
quiet_10 = partial(with_extensions, Quiet, 10)
quiet_50 = partial(with_extensions, Quiet, 50)
busy_1 = partial(with_extensions, Busy, 1)
busy_10 = partial(with_extensions, Busy, 10)
busy_50 = partial(with_extensions, Busy, 50)
