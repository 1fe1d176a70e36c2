"""One database a service: the engine, the types both databases share, and the transaction everything happens in."""

from habeas.database.engine import Database
from habeas.database.types import House, Instant, Json

__all__ = ["Database", "House", "Instant", "Json"]
