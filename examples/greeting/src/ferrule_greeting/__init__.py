"""A greeting for Ferrule: the smallest extension."""

from .extension import Greeting, GreetingSettings

__all__ = ["Greeting", "GreetingSettings"]
