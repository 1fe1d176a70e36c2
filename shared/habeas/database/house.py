"""The tables that every service has, for the first step of its migrations."""

from sqlalchemy import Connection

from habeas.crypto import datakeys
from habeas.database.types import House
from habeas.ledger import models as ledger
from habeas.work import tables as work

MODULES = (work, ledger, datakeys)
"""Where the tables are declared; importing them is what puts them into `House.metadata`."""


def create_house(connection: Connection) -> None:
    """Create outbox, inbox, ledger and data keys."""
    House.metadata.create_all(connection)


def drop_house(connection: Connection) -> None:
    """Drop them again, with all that is in them."""
    House.metadata.drop_all(connection)
