"""The conformance kit: what every extension promises, as a test suite of two lines."""

from .promises import PROMISES
from .subject import Promise, Subject, Verdict
from .suite import conformance

__all__ = ["PROMISES", "Promise", "Subject", "Verdict", "conformance"]
