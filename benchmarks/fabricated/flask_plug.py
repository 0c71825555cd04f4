"""The same as an extension of Flask."""

from dataclasses import dataclass, fields

from flask import Flask, Response


@dataclass(frozen=True, kw_only=True)
class Settings:
    phrase: str = "Hello"
    times: int = 3


class Plug:
    def init_app(self, app: Flask) -> None:
        for setting in fields(Settings):
            app.config.setdefault("PLUG_" + setting.name.upper(), setting.default)
        app.extensions["plug"] = {"phrase": app.config["PLUG_PHRASE"]}
        app.before_request(self.before_request)
        app.after_request(self.after_request)

    def before_request(self) -> None:
        return None

    def after_request(self, response: Response) -> Response:
        return response
