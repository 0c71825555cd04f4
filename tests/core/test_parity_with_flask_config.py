"""Configuration, instance folder and logger as in Flask."""

from __future__ import annotations

import importlib
import json
import logging
import logging.config
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

Results = Callable[[Callable[[Any], Any]], Any]

_WRITTEN: Final = ("A", "B", "LIST", "NESTED", "UPPER_CASE", "lower", "Mixed")


class Settings:
    A = 1
    B = (1, 2)
    lower = "not read"
    Mixed = "not read"

    @property
    def UPPER_CASE(self) -> str:  # noqa: N802  # that is how configuration is written
        return "computed"


class Derived(Settings):
    A = 2


def written(app: Any) -> dict[str, Any]:
    return {name: app.config[name] for name in _WRITTEN if name in app.config}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "settings.py").write_text("A = 1\nB = __file__\nlower = 2\nimport os\nNESTED = {'x': os.sep}\n")
    (tmp_path / "settings.json").write_text(json.dumps({"A": 1, "lower": 2, "NESTED": {"b": None}}))
    (tmp_path / "settings.toml").write_text('A = 1\nlower = 2\n[NESTED]\nb = "x"\n')
    (tmp_path / "broken.py").write_text("A = 1 +\n")
    (tmp_path / "latin.py").write_bytes("# -*- coding: latin-1 -*-\nA = 'é'\n".encode("latin-1"))
    (tmp_path / "failing.py").write_text("1 / 0\n")
    (tmp_path / "parity_settings.py").write_text("A = 1\nlower = 2\nclass Inner:\n    A = 5\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PARITY_FILE", "settings.py")
    monkeypatch.setenv("PARITY_MISSING", "missing.py")
    monkeypatch.setenv("PARITY_EMPTY", "")
    return tmp_path


FILLINGS: Final[list[Callable[[Any], Any]]] = [
    lambda config: config.from_mapping({"A": 1, "lower": 2, "Mixed": 3}, B=2),
    lambda config: config.from_mapping([("A", 1)]),
    lambda config: config.from_mapping(A=1, lower=2),
    lambda config: config.from_mapping(),
    lambda config: config.from_mapping({}, {}),
    lambda config: config.from_object(Settings),
    lambda config: config.from_object(Settings()),
    lambda config: config.from_object(Derived),
    lambda config: config.from_object("parity_settings"),
    lambda config: config.from_object("parity_settings.Inner"),
    lambda config: config.from_object("parity_settings:Inner"),
    lambda config: config.from_pyfile("settings.py"),
    lambda config: config.from_pyfile(Path("settings.py")),
    lambda config: config.from_pyfile("missing.py"),
    lambda config: config.from_pyfile("missing.py", silent=True),
    lambda config: config.from_pyfile("broken.py", silent=True),
    lambda config: config.from_pyfile("failing.py"),
    lambda config: config.from_pyfile("latin.py"),
    lambda config: config.from_pyfile("."),
    lambda config: config.from_pyfile(".", silent=True),
    lambda config: config.from_file("settings.json", load=json.load),
    lambda config: config.from_file("settings.json", json.load, text=False),
    lambda config: config.from_file("settings.toml", load=tomllib.load, text=False),
    lambda config: config.from_file("missing.json", load=json.load, silent=True),
    lambda config: config.from_file("missing.json", load=json.load),
    lambda config: config.from_file("settings.py", load=json.load),
    lambda config: config.from_envvar("PARITY_FILE"),
    lambda config: config.from_envvar("PARITY_MISSING"),
    lambda config: config.from_envvar("PARITY_MISSING", silent=True),
    lambda config: config.from_envvar("PARITY_UNSET", silent=True),
    lambda config: config.from_envvar("PARITY_EMPTY", silent=True),
    lambda config: config.update(A=1, lower=2),
    lambda config: config.setdefault("A", 4),
]


@pytest.mark.parametrize("number", range(len(FILLINGS)))
def test_configuration_is_filled_as_in_flask(results: Results, folder: Path, number: int) -> None:
    def fill(web: Any) -> Any:
        app = web.App("parity", root_path=str(folder))
        return FILLINGS[number](app.config), written(app)

    assert results(fill) is not None


@pytest.mark.parametrize("name", ["parity_settings.Nothing", "no_such_module", "no_such.Thing"])
@pytest.mark.usefixtures("folder")
def test_an_object_that_is_not_there_is_an_import_error(webs: dict[str, Any], name: str) -> None:
    for web in webs.values():
        with pytest.raises(ImportError):
            web.App("parity").config.from_object(name)


@pytest.mark.parametrize("prefix", ["PARITY", "PARITY_OTHER"])
def test_variables_of_the_environment_are_read_as_in_flask(
    results: Results, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    variables = {
        "A": "1", "B": "[1, 2]", "LIST": "not json", "NESTED__x": "true", "NESTED__y__z": '"text"', "lower": "null",
        "UPPER_CASE": "", "Mixed": "1e3",
    }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(f"{prefix}_{name}", value)

    def read(web: Any) -> Any:
        app = web.App("parity")
        app.config["NESTED"] = {"kept": 1}
        return app.config.from_prefixed_env(prefix), written(app)

    assert results(read)[1]["NESTED"] == {"kept": 1, "x": True, "y": {"z": "text"}}

    def read_raw(web: Any) -> Any:
        app = web.App("parity")
        app.config.from_prefixed_env(prefix, loads=str.upper)
        return written(app)

    assert results(read_raw)["LIST"] == "NOT JSON"


def test_a_namespace_of_the_configuration(results: Results) -> None:
    def spaces(web: Any) -> Any:
        config = web.App("parity").config
        config.update(MAIL_SERVER="a", MAIL_PORT=1, MAILER="b", mail_x=2)
        return [
            config.get_namespace("MAIL_"),
            config.get_namespace("MAIL_", lowercase=False),
            config.get_namespace("MAIL_", trim_namespace=False),
            config.get_namespace("MAIL_", False, False),
            config.get_namespace("NONE_"),
        ]

    assert results(spaces)[0] == {"server": "a", "port": 1}


def test_the_keys_that_flask_documents_have_its_defaults(webs: dict[str, Any]) -> None:
    flask_config, config = (web.App("parity").config for web in webs.values())
    chosen = {
        "MAX_CONTENT_LENGTH", "SECRET_KEY_FALLBACKS", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_SECURE",
    }  # fmt: skip
    assert {name for name in flask_config if name not in config} == set()
    assert {name for name in flask_config if flask_config[name] != config[name]} <= chosen


ATTRIBUTES: Final = [
    ("debug", "DEBUG", True),
    ("testing", "TESTING", True),
    ("secret_key", "SECRET_KEY", "x" * 32),
]


@pytest.mark.parametrize(("attribute", "key", "value"), ATTRIBUTES)
def test_attributes_are_keys_of_the_configuration(results: Results, attribute: str, key: str, value: Any) -> None:
    def both_ways(web: Any) -> Any:
        one, other = web.App("parity"), web.App("parity")
        setattr(one, attribute, value)
        other.config[key] = value
        return one.config[key], getattr(other, attribute)

    assert results(both_ways) == (value, value)


@pytest.mark.parametrize("relative", [False, True])
def test_files_are_relative_to_the_application_or_to_the_instance(
    results: Results, tmp_path: Path, relative: bool
) -> None:
    (tmp_path / "where.py").write_text("A = 'application'")
    (tmp_path / "inst").mkdir()
    (tmp_path / "inst/where.py").write_text("A = 'instance'")
    (tmp_path / "inst/data.txt").write_text("é", encoding="utf-8")

    def read(web: Any) -> Any:
        app = web.App(
            "parity",
            root_path=str(tmp_path),
            instance_path=str(tmp_path / "inst"),
            instance_relative_config=relative,
        )
        app.config.from_pyfile("where.py")
        with app.open_instance_resource("data.txt") as raw, app.open_instance_resource("data.txt", "r") as text:
            return app.config["A"], raw.read(), text.read(), app.instance_path

    assert results(read)[0] == ("instance" if relative else "application")


LAYOUTS: Final = {
    "a module": (["mod.py"], "mod"),
    "a package": (["pack/__init__.py"], "pack"),
    "a module of a package": (["pack/__init__.py", "pack/web.py"], "pack.web"),
    "a package in a package": (["pack/__init__.py", "pack/sub/__init__.py"], "pack.sub"),
    "a package below src": (["src/pack/__init__.py"], "pack"),
    "an installed package": (["site-packages/pack/__init__.py"], "pack"),
    "an installed module": (["site-packages/mod.py"], "mod"),
    "an installed package below a prefix": (["lib/python3.11/site-packages/pack/__init__.py"], "pack"),
}


@pytest.fixture
def fresh_modules() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.usefixtures("fresh_modules")
def test_the_folders_of_an_application_are_found_as_in_flask(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    files, name = LAYOUTS[layout]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    top = tmp_path / files[0]
    monkeypatch.syspath_prepend(str(top.parent if top.name == "mod.py" else top.parent.parent))

    def places(web: Any) -> Any:
        app = web.App(name)
        return app.instance_path, app.root_path, app.static_folder, app.static_url_path, app.name

    assert results(places)[1].startswith(str(tmp_path))


def test_a_relative_instance_path_is_refused(results: Results) -> None:
    assert results(lambda web: web.App("parity", instance_path="here")) is ValueError


@pytest.fixture
def quiet_loggers() -> Iterator[None]:
    """Give the loggers of these tests back as they were."""
    yield
    for name in ("parity.logs", "parity"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("configured", ["nothing", "a handler", "a level", "a handler of the parent"])
@pytest.mark.usefixtures("quiet_loggers")
def test_the_logger_has_flasks_name_level_and_handler(results: Results, debug: bool, configured: str) -> None:
    def told(web: Any) -> Any:
        logger, parent = logging.getLogger("parity.logs"), logging.getLogger("parity")
        for each in (logger, parent):
            each.handlers.clear()
            each.setLevel(logging.NOTSET)
        parent.propagate = False  # pytest's own handlers hear everything above
        if configured == "a handler":
            logger.addHandler(logging.NullHandler())
        elif configured == "a level":
            logger.setLevel(logging.ERROR)
        elif configured == "a handler of the parent":
            parent.addHandler(logging.NullHandler())
        app = web.App("parity.logs")
        app.debug = debug
        handlers = [type(handler) for handler in app.logger.handlers]
        return app.logger.name, app.logger.level, handlers, app.logger is app.logger

    assert results(told)[0] == "parity.logs"


@pytest.mark.usefixtures("quiet_loggers")
def test_errors_are_logged_in_the_same_words_where_the_server_reads(results: Results) -> None:
    def logged(web: Any) -> Any:
        logging.getLogger("parity.logs").handlers.clear()
        logging.getLogger("parity.logs").propagate = False
        app = web.App("parity.logs")

        @app.get("/fails")
        def fails() -> str:
            app.logger.warning("beware %s", 1)
            raise ValueError("broken")

        errors = _Errors()
        app.test_client().get("/fails", errors_stream=errors)
        lines = "".join(errors.texts).splitlines()
        return [line.partition("] ")[2] for line in lines if line.startswith("[")], lines[-1]

    first, last = results(logged)
    assert first[0].startswith("WARNING in ")
    assert last == "ValueError: broken"


class _Errors:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, text: str) -> None:
        self.texts.append(text)

    def flush(self) -> None:
        """Nothing is kept back."""


@pytest.mark.parametrize("package", ["flask.logging", "ferrule.logs"])
@pytest.mark.usefixtures("quiet_loggers")
def test_the_handler_and_the_stream_of_the_server_can_be_named(webs: dict[str, Any], package: str) -> None:
    module = importlib.import_module(package)
    app = webs[package.partition(".")[0]].App("parity.logs")
    logging.getLogger("parity.logs").propagate = False
    assert module.default_handler in app.logger.handlers
    app.logger.removeHandler(module.default_handler)
    handler = {"class": "logging.StreamHandler", "stream": f"ext://{package}.wsgi_errors_stream"}
    loggers = {"parity.logs": {"handlers": ["server"]}}
    logging.config.dictConfig(
        {"version": 1, "disable_existing_loggers": False, "handlers": {"server": handler}, "loggers": loggers}
    )

    @app.get("/")
    def warn() -> str:
        app.logger.warning("beware")
        return ""

    errors = _Errors()
    app.test_client().get("/", errors_stream=errors)
    assert "".join(errors.texts) == "beware\n"
