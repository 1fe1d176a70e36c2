"""Segment's connector against Segment in small: what is presumed, what takes days, and what would come back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from connectors.presumed import PresumedContract

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Subject, Waiting
from habeas.testing.connector_contract import decide
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.vendors.segment import Segment
from habeas.testing.vendors.switches import ManualClock, connect

ANN = Subject({"segment_user_id": ("ann-7",)})


@pytest.fixture
def vendor() -> Segment:
    return Segment()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Segment, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("segment", vendor, tmp_path, clock)
    yield connector
    connector.close()


class TestSegment(PresumedContract):
    against = "habeas.testing.vendors.segment"

    @pytest.fixture
    def connector(self, connector: HttpConnector) -> HttpConnector:
        return connector

    @pytest.fixture
    def person(self) -> Subject:
        return ANN

    @pytest.fixture
    def stranger(self) -> Subject:
        return Subject({"segment_user_id": ("bob-8",)})

    @pytest.fixture
    def suppressed(self, vendor: Segment) -> Callable[[], bool]:
        return lambda: "ann-7" in vendor.suppressed

    @pytest.fixture
    def wait(self, clock: ManualClock) -> Callable[[], None]:
        return lambda: clock.advance(6 * 3600)

    def test_marketing_stops_for_who_claims_it_and_goes_on_when_it_is_lifted(
        self, connector: HttpConnector, ask: Asker, person: Subject, vendor: Segment
    ) -> None:
        """What is taken in again is for whoever runs the sources: Segment cannot tell from whom it was stopped."""
        (changed,) = ask.suppressed(person)
        assert changed.count == 1
        assert vendor.suppressed == {"ann-7"}
        with pytest.raises(NeedsPerson, match="does not say how collection is lifted"):
            ask.suppressed(person, lift=True)


def erase(connector: HttpConnector) -> list[tuple[Deed, bool]]:
    done = connector.erase(ANN, decide(list(connector.export(ANN))))
    return [(each.deed, each.verified) for each in done]


def test_a_regulation_is_waited_for_and_made_once(
    vendor: Segment, connector: HttpConnector, clock: ManualClock
) -> None:
    vendor.quick = False
    for _ in range(3):
        with pytest.raises(Waiting):
            erase(connector)
        clock.advance(6 * 3600)
    assert vendor.count("POST") == 1
    vendor.finish("reg_1")
    assert erase(connector) == [(Deed.ERASED, False)]
    assert vendor.users == {"bob-8"}


def test_a_deletion_suppresses_too_as_the_next_event_would_bring_the_user_back(
    vendor: Segment, connector: HttpConnector, clock: ManualClock
) -> None:
    vendor.quick = False
    with pytest.raises(Waiting):
        erase(connector)
    assert vendor.regulations["reg_1"]["regulationType"] == "SUPPRESS_WITH_DELETE"
    assert vendor.suppressed == {"ann-7"}


@pytest.mark.parametrize("status", ["FAILED", "PARTIAL_SUCCESS", "NOT_SUPPORTED"])
def test_a_regulation_that_failed_in_part_is_not_told_as_done(
    vendor: Segment, connector: HttpConnector, clock: ManualClock, status: str
) -> None:
    vendor.quick = False
    with pytest.raises(Waiting):
        erase(connector)
    vendor.finish("reg_1", status)
    clock.advance(6 * 3600)
    try:
        done = erase(connector)
    except NeedsPerson:
        done = []
    assert all(deed is Deed.NEEDS_PERSON for deed, _ in done)


def test_an_address_is_never_asked_for(vendor: Segment, connector: HttpConnector) -> None:
    with pytest.raises(NeedsPerson, match="segment_user_id is not proved"):
        list(connector.export(Subject({"email": ("ann@example.com",)})))
    assert vendor.asked == []
