"""Advertising audiences against Meta, LinkedIn and X in small: left by digest, and never told as verified."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from connectors.presumed import PresumedContract

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Subject, TryLater
from habeas.testing.connector_contract import counted, decide
from habeas.testing.vendors.audiences import LinkedInAudiences, MetaAudiences, XAudiences
from habeas.testing.vendors.switches import ManualClock, connect

ANN = Subject({"email": ("Ann.Smith@Example.com",)})
BOB = Subject({"email": ("bob@example.com",)})
ANNS = sha256(b"ann.smith@example.com").hexdigest()
PHONE = sha256(b"38631000001").hexdigest()
OF_X = ("consumer_key", "consumer_secret", "token_secret")


def open_meta(vendor: MetaAudiences, folder: Path, clock: ManualClock, **options: Any) -> HttpConnector:
    return connect("meta-audiences", vendor, folder, clock, options={"account": 42, **options})


def open_linkedin(vendor: LinkedInAudiences, folder: Path, clock: ManualClock, **options: Any) -> HttpConnector:
    given = {"version": "202611", "segments": ["7", "8"], **options}
    return connect("linkedin-audiences", vendor, folder, clock, options=given)


def open_x(vendor: XAudiences, folder: Path, clock: ManualClock, **options: Any) -> HttpConnector:
    for name in OF_X:
        (folder / name).write_text(f"the-{name}")
    files = {f"{name}_file": name for name in OF_X}
    given = {"version": "12", "account": "acme", "audiences": ["a1", "b2"], **options}
    return connect("x-audiences", vendor, folder, clock, options=given, **files)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def open_audiences(clock: ManualClock, tmp_path: Path) -> Iterator[Callable[..., HttpConnector]]:
    """Opens the connector of a vendor in small; closed after the test."""
    opened: list[HttpConnector] = []
    openers: dict[type, Callable[..., HttpConnector]] = {
        MetaAudiences: open_meta,
        LinkedInAudiences: open_linkedin,
        XAudiences: open_x,
    }

    def open_them(vendor: Any, **options: Any) -> HttpConnector:
        opened.append(openers[type(vendor)](vendor, tmp_path, clock, **options))
        return opened[-1]

    yield open_them
    for each in opened:
        each.close()


class _OfAudiences(PresumedContract):
    kind: type[Any]
    against = "habeas.testing.vendors.audiences"

    @pytest.fixture
    def connector(self, open_audiences: Callable[..., HttpConnector]) -> HttpConnector:
        return open_audiences(self.kind())

    @pytest.fixture
    def person(self) -> Subject:
        return Subject({"email": ("ann@example.com", "ann.smith@example.com")})

    @pytest.fixture
    def stranger(self) -> Subject:
        return BOB


class TestMeta(_OfAudiences):
    kind = MetaAudiences


class TestLinkedIn(_OfAudiences):
    kind = LinkedInAudiences


class TestX(_OfAudiences):
    kind = XAudiences


def erase(connector: HttpConnector, person: Subject = ANN) -> list[Any]:
    return list(connector.erase(person, decide(list(connector.export(person)))))


def test_meta_takes_an_address_and_a_telephone_out_of_every_audience(
    open_audiences: Callable[..., HttpConnector],
) -> None:
    vendor = MetaAudiences()
    vendor.members = {ANNS, PHONE, "b" * 64}
    done = erase(open_audiences(vendor), Subject({**ANN.identifiers, "phone": ("+386 31 000 001",)}))
    assert sorted(vendor.removed) == [("EMAIL", ANNS), ("PHONE", PHONE)]
    assert vendor.members == {"b" * 64}
    assert counted(done) == {Deed.ERASED: 2}
    assert not any(each.verified for each in done)


@pytest.mark.parametrize(
    ("vendor", "places"), [(LinkedInAudiences(), ("7", "8")), (XAudiences(), ("a1", "b2"))], ids=["linkedin", "x"]
)
def test_an_address_is_taken_out_of_each_audience_that_the_settings_name(
    open_audiences: Callable[..., HttpConnector], vendor: Any, places: tuple[str, ...]
) -> None:
    assert counted(erase(open_audiences(vendor))) == {Deed.ERASED: 1}
    assert sorted(vendor.removed) == [(place, ANNS) for place in places]


@pytest.mark.parametrize("vendor", [MetaAudiences(), LinkedInAudiences(), XAudiences()], ids=["meta", "linkedin", "x"])
def test_no_address_is_sent_in_the_open(open_audiences: Callable[..., HttpConnector], vendor: Any) -> None:
    erase(open_audiences(vendor))
    assert vendor.asked
    for asked in vendor.asked:
        assert "example" not in asked.target.lower()
        assert b"example" not in asked.body.lower()


def test_a_removal_that_linkedin_refuses_inside_of_a_success_is_no_success(
    open_audiences: Callable[..., HttpConnector],
) -> None:
    vendor = LinkedInAudiences()
    vendor.refused = {"8"}
    with pytest.raises(NeedsPerson, match="refused the removal inside of an answer of success"):
        erase(open_audiences(vendor))


def test_a_removal_that_x_does_not_count_is_no_success(open_audiences: Callable[..., HttpConnector]) -> None:
    vendor = XAudiences()
    vendor.refuses = True
    with pytest.raises(NeedsPerson, match="X did not take every removal"):
        erase(open_audiences(vendor))


def test_a_digest_that_meta_calls_invalid_is_no_success(
    open_audiences: Callable[..., HttpConnector], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("habeas.testing.vendors.audiences._is_digest", lambda _: False)
    with pytest.raises(NeedsPerson, match="took the digest for none of its form"):
        erase(open_audiences(MetaAudiences()))


def test_a_version_that_linkedin_has_ended_is_told_with_what_to_do(
    open_audiences: Callable[..., HttpConnector],
) -> None:
    with pytest.raises(NeedsPerson, match="choose a newer one in the settings"):
        erase(open_audiences(LinkedInAudiences(), version="202501"))


@pytest.mark.parametrize("vendor", [MetaAudiences(), XAudiences()], ids=["meta", "x"])
def test_a_wrong_token_is_told_by_the_check(open_audiences: Callable[..., HttpConnector], vendor: Any) -> None:
    connector = open_audiences(vendor)
    assert connector.check().problems == ()
    vendor.token = "another"
    (problem,) = connector.check().problems
    assert "token" in problem


@pytest.mark.parametrize("vendor", [MetaAudiences(), LinkedInAudiences(), XAudiences()], ids=["meta", "linkedin", "x"])
def test_nothing_is_told_as_done_in_a_storm_of_too_many_requests(
    open_audiences: Callable[..., HttpConnector], vendor: Any
) -> None:
    vendor.faults.storm = True
    with pytest.raises(TryLater):
        erase(open_audiences(vendor))
    assert vendor.removed == []
