"""SQL databases, described by a data map."""

from habeas_fulfilment.connectors.sql.connector import SqlConnector

__all__ = ["SqlConnector"]
