"""What login has to remember beyond a session: failed attempts, used tokens, remembered browsers."""

from .choosing import Stores, stores_of
from .contracts import AttemptStore, TokenStore
from .families import RememberStore
from .levels import Level, Limit

__all__ = ["AttemptStore", "Level", "Limit", "RememberStore", "Stores", "TokenStore", "stores_of"]
