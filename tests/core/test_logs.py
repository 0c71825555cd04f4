"""The application's logger: named as the application, heard where nobody else listens."""

from __future__ import annotations

import io
import logging
import uuid
from typing import Any

import pytest
from werkzeug.test import create_environ

from ferrule import App


def make_app(**config: Any) -> App:
    return App(f"logging_app_{uuid.uuid4().hex}", config_file=None, config=config)


def test_the_logger_has_the_application_s_name() -> None:
    app = make_app()
    assert app.logger is logging.getLogger(app.name)
    assert app.logger is app.logger


@pytest.mark.parametrize(("debug", "level"), [(True, logging.DEBUG), (False, logging.NOTSET)])
def test_debug_lets_everything_through(debug: bool, level: int) -> None:
    assert make_app(DEBUG=debug).logger.level == level


def test_a_level_that_was_set_stays() -> None:
    app = make_app(DEBUG=True)
    logging.getLogger(app.name).setLevel(logging.ERROR)
    assert app.logger.level == logging.ERROR


def test_a_logger_that_nobody_hears_gets_one_handler() -> None:
    app = make_app()
    logging.getLogger(app.name).propagate = False
    for _ in range(3):
        app.logger.warning("heard")
    assert len(app.logger.handlers) == 1


def test_a_logger_that_somebody_hears_gets_none() -> None:
    app = make_app()
    mine = logging.NullHandler()
    logging.getLogger(app.name).addHandler(mine)
    assert app.logger.handlers == [mine]


def test_errors_go_to_the_stream_of_the_server_in_a_request_and_to_standard_error_outside(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = make_app()
    logging.getLogger(app.name).propagate = False
    app.get("/", endpoint="index")(lambda: 1 / 0)
    errors = io.StringIO()
    b"".join(app(create_environ("/", errors_stream=errors), lambda *args: lambda data: None))
    assert "Exception on / [GET]" in errors.getvalue()
    assert "ZeroDivisionError" in errors.getvalue()
    app.logger.error("outside")
    assert "ERROR in test_logs: outside" in capsys.readouterr().err
    assert "outside" not in errors.getvalue()
