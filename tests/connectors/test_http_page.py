"""The file that `docs/writing-an-http-connector.md` shows keeps the promise of connectors; the page names every key."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from connectors.postbox import PAGE, Postbox, open_postbox

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.filters import FILTERS
from habeas.connectors.http.schema import describe_form
from habeas.sdk import Subject
from habeas.testing.connector_contract import ConnectorContract, Item
from habeas.testing.vendors.switches import ManualClock, Switches


class TestPostbox(ConnectorContract):
    against = "a fake"

    @pytest.fixture
    def vendor(self) -> Postbox:
        return Postbox()

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def connector(self, vendor: Postbox, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
        connector = open_postbox(vendor, tmp_path, clock)
        yield connector
        connector.close()

    @pytest.fixture
    def person(self) -> Subject:
        return Subject({"email": ("ann@example.com",)})

    @pytest.fixture
    def stranger(self) -> Subject:
        return Subject({"email": ("bob@example.com",)})

    @pytest.fixture
    def expected(self) -> set[Item]:
        return {("reader", "1"), ("note", "1-1")}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("reader", "1")}

    @pytest.fixture
    def change(self, vendor: Postbox) -> Callable[[], Item]:
        def change() -> Item:
            vendor.readers["1"]["name"] = "Anna"
            return ("reader", "1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("reader", "1"), {"name": "Anna"}

    @pytest.fixture
    def suppressed(self, vendor: Postbox) -> Callable[[], bool]:
        return lambda: bool(vendor.readers["1"]["muted"])

    @pytest.fixture
    def faults(self, vendor: Postbox, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"email": "mail"}, scope="readers.read")


def test_the_page_names_every_key_of_the_form_and_every_filter() -> None:
    text = PAGE.read_text(encoding="utf-8")
    missing = [name for name in (*_keys(describe_form()), *FILTERS) if name not in text]
    assert missing == []


def _keys(schema: dict[str, Any]) -> set[str]:
    keys = set(schema.get("properties", ()))
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    return keys.union(*map(_keys, inner)) if inner else keys
