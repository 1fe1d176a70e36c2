"""All promises of a connector together."""

from habeas.testing.connector_contract.changing import Changing
from habeas.testing.connector_contract.erasing import Erasing
from habeas.testing.connector_contract.finding import Finding
from habeas.testing.connector_contract.orders import Ordered
from habeas.testing.connector_contract.promises import PROVINGS, Promise, Trouble
from habeas.testing.connector_contract.resuming import Resuming
from habeas.testing.connector_contract.scope import Item, counted, decide, items, records_of
from habeas.testing.connector_contract.troubles import RETRY_AFTER, Troubled

__all__ = [
    "PROVINGS",
    "RETRY_AFTER",
    "ConnectorContract",
    "Item",
    "Promise",
    "Trouble",
    "counted",
    "decide",
    "items",
    "records_of",
]


class ConnectorContract(Finding, Resuming, Erasing, Changing, Troubled, Ordered):
    """What every connector has to do, over any connector."""

    name: str = ""
    """What the connector is called in its passport; empty: by its entry point, else by its class."""
    against: str = ""
    """What it stands on, in its passport: `PostgreSQL 17.2`, `a fake of the vendor`; may be a fixture instead."""
