"""Almanac: a journal that several people keep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from . import accounts, api, commands, converters, database, errors, export, files, guide, journal, looks


def create_app(config: Mapping[str, Any] | None = None, instance_path: str | None = None) -> Flask:
    """Make the application; what a test gives wins over everything else."""
    app = Flask(__name__, instance_path=instance_path, instance_relative_config=True)
    app.config.from_mapping(DATABASE=str(Path(app.instance_path, "almanac.sqlite")))
    app.config.from_object("almanac.settings")
    app.config.from_pyfile("almanac.cfg", silent=True)
    app.config.from_prefixed_env("ALMANAC")
    app.config.from_mapping(config)
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)

    app.url_map.converters.update(day=converters.Day, words=converters.Words)
    for part in (database, errors, looks, commands):
        part.init_app(app)
    for blueprint in (accounts.blueprint, journal.blueprint, files.blueprint, export.blueprint, guide.blueprint):
        app.register_blueprint(blueprint)
    app.register_blueprint(api.blueprint, url_prefix="/api")
    app.register_blueprint(api.blueprint, url_prefix="/api/v1", name="api_v1")
    app.add_url_rule("/favicon.ico", "favicon", redirect_to="/static/almanac.svg")
    app.add_url_rule("/health", endpoint="health", methods=["GET", "HEAD"])

    @app.endpoint("health")
    def health() -> dict[str, str]:
        return {"status": "well", "name": app.name}

    return app
