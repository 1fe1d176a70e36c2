"""SQL databases, described by a data map."""

from habeas.connectors.sql.connector import SqlConnector

__all__ = ["SqlConnector"]
