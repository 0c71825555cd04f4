"""Tests of an application's migrations, for its own test suite: two lines."""

from .promises import PROMISES
from .suite import migrations

__all__ = ["PROMISES", "migrations"]
