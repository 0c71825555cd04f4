"""What login has to remember beyond a session: failed attempts and used tokens."""

from .choosing import Stores, stores_of
from .contracts import AttemptStore, TokenStore
from .levels import Level, Limit

__all__ = ["AttemptStore", "Level", "Limit", "Stores", "TokenStore", "stores_of"]
