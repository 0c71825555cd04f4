"""An extension of Ferrule with two settings, something for the start and something for each request."""

from dataclasses import dataclass

from ferrule import App, Context, Extension, Response, hookimpl, setting


@dataclass(frozen=True, kw_only=True)
class Settings:
    phrase: str = setting("Hello", doc="What to say.")
    times: int = setting(3, doc="How often.")


class Plug(Extension):
    name = "plug"
    settings_class = Settings

    @hookimpl
    def app_init(self, app: App) -> None:
        self.state(app)["phrase"] = app.config["PLUG_PHRASE"]

    @hookimpl
    def before_request(self, ctx: Context) -> None:
        return None

    @hookimpl
    def after_request(self, ctx: Context, response: Response) -> None:
        return None
