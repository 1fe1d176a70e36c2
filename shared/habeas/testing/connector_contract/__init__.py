"""The promises of `habeas.sdk.Connector` as tests: a third party inherits them and gives the fixtures.

    class TestMyConnector(ConnectorContract):
        against = "a fake of the vendor"  # what its passport says that it was proved against
        @pytest.fixture
        def connector(self): ...          # on a fresh system that holds a person and a stranger
        @pytest.fixture
        def person(self): return Subject({"email": ("ann@example.com",)})
        @pytest.fixture
        def stranger(self): return Subject({"email": ("bob@example.com",)})
        @pytest.fixture
        def expected(self): return {("customer", "1"), ("order", "10")}   # all of the person: kind and key
        @pytest.fixture
        def keepable(self): return {("order", "10")}                      # some of it that can be kept alone
        @pytest.fixture
        def change(self): ...             # a function that changes one of the records; gives its kind and key

What a connector does not support has to do nothing, so no test is left out. Some connectors need more (see `given`):
`many` where it can resume, `correct` where it can rectify, `wait` where it says Waiting, `restricted` and `suppressed`
where no export shows them. `faults` is free: it makes the system fail in the ways of `Trouble`.
"""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{part}" for part in ("asker", "changing", "discretion", "erasing", "finding")),
    *(f"{__name__}.{part}" for part in ("orders", "resuming", "troubles")),
)

from habeas.testing.connector_contract.contract import (  # noqa: E402 -- only now its asserts tell what they compared
    PROVINGS,
    RETRY_AFTER,
    ConnectorContract,
    Item,
    Promise,
    Trouble,
    counted,
    decide,
    items,
    records_of,
)

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
