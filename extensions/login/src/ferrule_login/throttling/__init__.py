"""Attempts to log in: counted by account, address and device, and made to wait when too many fail."""

from .attempts import Attempt, begin_attempt, throttling_mistakes, trust_device

__all__ = ["Attempt", "begin_attempt", "throttling_mistakes", "trust_device"]
