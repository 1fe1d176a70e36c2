"""The OpenDSR connector against a processor in small: what it is asked, and which of its words are believed."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from connectors.presumed import PresumedContract

from habeas.connectors.opendsr import OpenDsrConnector
from habeas.connectors.opendsr.settings import read_settings
from habeas.opendsr.signatures import DOMAIN, SIGNATURE
from habeas.sdk import Deed, Faults, NeedsPerson, Subject, TryLater, Waiting
from habeas.testing.authority import Authority, Identity
from habeas.testing.connector_contract import decide
from habeas.testing.vendors.opendsr import HOST, NOW, OpenDsrProcessor, authority_of_tests, identity_of_tests
from habeas.testing.vendors.switches import Direct, ManualClock
from habeas.testing.vendors.vendor import Reply

ANN = Subject({"email": ("ann@example.com",)})
BOB = Subject({"email": ("bob@example.com",)})
BOTH = Subject({"email": ("ann@example.com",), "customer_number": ("shop-0017",)})
Open = Callable[..., OpenDsrConnector]


@pytest.fixture
def vendor() -> OpenDsrProcessor:
    return OpenDsrProcessor()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW.timestamp())


@pytest.fixture
def settings(vendor: OpenDsrProcessor, tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "authority.pem").write_bytes(authority_of_tests().pem)
    return {
        "processor": f"{vendor.url}/v2",
        "domain": HOST,
        "secret": vendor.token,
        "activity": "analytics",
        "identities": {"email": {"type": "email"}, "customer_number": {"type": "controller_customer_id"}},
        "ca_file": "authority.pem",
        "every_minutes": 60,
    }


@pytest.fixture
def connector(
    vendor: OpenDsrProcessor, clock: ManualClock, settings: dict[str, Any], tmp_path: Path
) -> Iterator[OpenDsrConnector]:
    connector = OpenDsrConnector(read_settings(settings, tmp_path), Direct(vendor), clock=clock)
    connector.state = tmp_path / "state"
    yield connector
    connector.close()


class TestOpenDsr(PresumedContract):
    against = "habeas.testing.vendors.opendsr"

    @pytest.fixture
    def connector(self, connector: OpenDsrConnector) -> OpenDsrConnector:
        return connector

    @pytest.fixture
    def person(self) -> Subject:
        return BOTH

    @pytest.fixture
    def stranger(self) -> Subject:
        return BOB

    @pytest.fixture
    def wait(self, clock: ManualClock) -> Callable[[], None]:
        return lambda: clock.advance(3600)


def erase(connector: OpenDsrConnector, person: Subject = ANN) -> list[tuple[Deed, bool]]:
    done = connector.erase(person, decide(list(connector.export(person))))
    return [(each.deed, each.verified) for each in done]


def settle(connector: OpenDsrConnector, clock: ManualClock, wanted: Callable[[], Any]) -> Any:
    """What comes of it after it was waited for."""
    for _ in range(3):
        try:
            return wanted()
        except Waiting:
            clock.advance(3600)
    raise AssertionError("it is still waited for")


@pytest.fixture
def vendor_of_erasures(vendor: OpenDsrProcessor) -> OpenDsrProcessor:
    vendor.kinds = ("erasure",)
    return vendor


def test_an_erasure_is_asked_for_once_and_waited_for_until_it_is_signed_as_completed(
    vendor_of_erasures: OpenDsrProcessor, connector: OpenDsrConnector, clock: ManualClock
) -> None:
    vendor = vendor_of_erasures
    vendor.quick = False
    for _ in range(3):
        with pytest.raises(Waiting) as caught:
            erase(connector)
        clock.advance(3600)
    assert (caught.value.after, caught.value.until) == (timedelta(hours=1), "2026-10-05T14:13:20Z")
    assert vendor.count("POST") == 1
    (number,) = vendor.requests
    vendor.work(number)
    for _ in range(2):
        assert erase(connector) == [(Deed.ERASED, False)]
    assert vendor.count("POST") == 1
    assert vendor.profiles.keys() == {"bob@example.com"}


def test_the_answer_to_a_request_for_access_is_a_file_of_the_record(
    connector: OpenDsrConnector, clock: ManualClock
) -> None:
    (record,) = settle(connector, clock, lambda: list(connector.export(ANN)))
    with record.attachments[0].open() as file:
        assert json.load(file) == [{"name": "Ann", "seen": "2026-01-02"}]
    assert [each.digest for each in connector.locate(ANN)] == [record.digest]


def test_results_that_travel_another_way_are_got_by_a_person(
    vendor: OpenDsrProcessor, connector: OpenDsrConnector, clock: ManualClock
) -> None:
    vendor.spoil = {"results_url": ""}
    with pytest.raises(NeedsPerson, match="says nowhere where its results are"):
        settle(connector, clock, lambda: list(connector.export(ANN)))


def test_results_on_another_host_get_no_secret_and_an_open_line_none_at_all(
    vendor: OpenDsrProcessor, connector: OpenDsrConnector, clock: ManualClock
) -> None:
    vendor.spoil = {"results_url": "https://elsewhere.example/v2/results/1"}
    with pytest.raises(NeedsPerson, match="does not accept who asks"):
        settle(connector, clock, lambda: list(connector.export(ANN)))
    assert "Authorization" not in vendor.asked[-1].headers
    vendor.spoil = {"results_url": "http://elsewhere.example/v2/results/1"}
    with pytest.raises(NeedsPerson, match="encrypted"):
        list(connector.export(ANN))


def test_a_digest_is_that_of_the_address_in_small_letters(
    vendor_of_erasures: OpenDsrProcessor, settings: dict[str, Any], clock: ManualClock, tmp_path: Path
) -> None:
    settings["identities"] = {"email": {"type": "email", "format": "sha256"}}
    connector = OpenDsrConnector(read_settings(settings, tmp_path), Direct(vendor_of_erasures), clock=clock)
    assert connector.check().problems == ()
    settle(connector, clock, lambda: erase(connector, Subject({"email": ("Ann@Example.com",)})))
    assert vendor_of_erasures.profiles.keys() == {"bob@example.com"}
    assert not any(b"xample" in each.body for each in vendor_of_erasures.asked)


def test_only_what_is_let_go_is_named_to_the_processor(
    vendor_of_erasures: OpenDsrProcessor, connector: OpenDsrConnector, clock: ManualClock
) -> None:
    records = list(connector.export(BOTH))
    kept = {(each.kind, each.key) for each in records if each.data["identifier"] == "customer_number"}
    done = settle(connector, clock, lambda: list(connector.erase(BOTH, decide(records, kept))))
    assert sorted(each.deed for each in done) == [Deed.ERASED, Deed.KEPT]
    (request,) = vendor_of_erasures.requests.values()
    assert [each["identity_type"] for each in request["subject_identities"]] == ["email"]


def test_whoever_cannot_be_named_goes_to_a_person(connector: OpenDsrConnector, vendor: OpenDsrProcessor) -> None:
    with pytest.raises(NeedsPerson, match="none of email, customer_number is proved"):
        list(connector.locate(Subject({"phone": ("+38631000001",)})))
    assert vendor.asked == []


SPOILT = {
    "no signature": ({"headers": {SIGNATURE: ""}}, "signature .* does not fit"),
    "no base64": ({"headers": {SIGNATURE: "%%%"}}, "signature .* does not fit"),
    "another's signature": ({"headers": {SIGNATURE: "QUJD" * 86}}, "signature .* does not fit"),
    "another domain": ({"headers": {DOMAIN: "opendsr.other.example"}}, "not signed for"),
    "no domain": ({"headers": {DOMAIN: ""}}, "not signed for"),
    "another request": ({"body": {"subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798"}}, "another request"),
    "another content": ({"body": {"encoded_request": "e30="}}, "another request"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_an_answer_that_is_not_signed_for_this_request_is_not_believed(
    vendor_of_erasures: OpenDsrProcessor, connector: OpenDsrConnector, how: str
) -> None:
    vendor_of_erasures.spoil, words = SPOILT[how]
    for _ in range(2):
        with pytest.raises(NeedsPerson, match=words):
            erase(connector)
        words = words if how != "another content" else "a status that OpenDSR does not have"
        vendor_of_erasures.spoil |= {"body": {**vendor_of_erasures.spoil.get("body", {}), "request_status": "gone"}}


def test_a_body_that_was_changed_on_its_way_is_not_believed(
    vendor_of_erasures: OpenDsrProcessor, connector: OpenDsrConnector, clock: ManualClock
) -> None:
    vendor_of_erasures.quick = False
    with pytest.raises(Waiting):
        erase(connector)
    real = vendor_of_erasures.answer

    def answer(*asked: Any) -> tuple[Reply, bool]:
        reply, cut = real(*asked)
        body = reply.content.replace(b'"pending"', b'"completed"')
        return Reply(reply.status, body, reply.headers), cut

    vendor_of_erasures.answer = answer  # type: ignore[method-assign]
    with pytest.raises(NeedsPerson, match="does not fit"):
        erase(connector)


def certificates() -> dict[str, Callable[[Path], Identity]]:
    """Certificates that are not good, each for its own reason."""
    mine, key = authority_of_tests(), identity_of_tests().key

    def revoked(folder: Path) -> Identity:
        issued = mine.issue(HOST, key=key)
        (folder / "revoked.pem").write_bytes(mine.revoke(issued))
        return issued

    return {
        "ended": lambda _: mine.issue(HOST, days=0, key=key),
        "another domain's": lambda _: mine.issue("opendsr.other.example", key=key),
        "another authority's": lambda _: Authority(NOW).issue(HOST, key=key),
        "revoked": revoked,
    }


@pytest.mark.parametrize("which", ["ended", "another domain's", "another authority's", "revoked"])
def test_a_certificate_that_is_not_good_proves_nothing(
    vendor_of_erasures: OpenDsrProcessor, settings: dict[str, Any], clock: ManualClock, tmp_path: Path, which: str
) -> None:
    vendor_of_erasures.identity = certificates()[which](tmp_path)
    clock.advance(60)
    if which == "revoked":
        settings["crl_file"] = "revoked.pem"
    connector = OpenDsrConnector(read_settings(settings, tmp_path), Direct(vendor_of_erasures), clock=clock)
    with pytest.raises(NeedsPerson, match="certificate"):
        erase(connector)
    assert "certificate" in connector.check().problems[0]


def test_a_certificate_that_lies_under_another_domain_is_not_taken(
    vendor_of_erasures: OpenDsrProcessor, connector: OpenDsrConnector
) -> None:
    vendor_of_erasures.spoil = {"discovery": {"processor_certificate": "https://elsewhere.example/certificate.pem"}}
    assert "elsewhere" in connector.check().problems[0]


def test_a_certificate_that_was_replaced_is_fetched_anew(
    vendor_of_erasures: OpenDsrProcessor, connector: OpenDsrConnector, clock: ManualClock
) -> None:
    vendor_of_erasures.quick = False
    with pytest.raises(Waiting):
        erase(connector)
    vendor_of_erasures.identity = authority_of_tests().issue(HOST)
    with pytest.raises(Waiting):
        erase(connector)


def test_the_names_of_opengdpr_are_honoured(
    vendor_of_erasures: OpenDsrProcessor, settings: dict[str, Any], clock: ManualClock, tmp_path: Path
) -> None:
    vendor_of_erasures.former_names = True
    settings["requests"] = "/opengdpr_requests"
    connector = OpenDsrConnector(read_settings(settings, tmp_path), Direct(vendor_of_erasures), clock=clock)
    assert settle(connector, clock, lambda: erase(connector)) == [(Deed.ERASED, False)]


def test_what_the_processor_cancelled_goes_to_a_person_and_may_be_asked_for_anew(
    vendor_of_erasures: OpenDsrProcessor, connector: OpenDsrConnector, clock: ManualClock
) -> None:
    vendor_of_erasures.quick = False
    with pytest.raises(Waiting):
        erase(connector)
    (number,) = vendor_of_erasures.requests
    vendor_of_erasures.requests[number]["state"] = "cancelled"
    with pytest.raises(NeedsPerson, match="cancelled"):
        erase(connector)
    with pytest.raises(Waiting):
        erase(connector)
    assert len(vendor_of_erasures.requests) == 2


def test_what_is_pending_for_a_quarter_of_a_year_is_for_a_person(
    vendor_of_erasures: OpenDsrProcessor, settings: dict[str, Any], clock: ManualClock, tmp_path: Path
) -> None:
    vendor_of_erasures.quick = False
    connector = OpenDsrConnector(read_settings(settings, tmp_path), Direct(vendor_of_erasures), clock=clock)
    with pytest.raises(Waiting):
        erase(connector)
    clock.advance(91 * 86_400)
    with pytest.raises(NeedsPerson, match="for 90 days"):
        erase(connector)
    assert vendor_of_erasures.count("POST") == 1


@pytest.mark.parametrize("fault", ["broken", "cut"])
def test_a_request_that_broke_off_is_never_two_requests(
    vendor_of_erasures: OpenDsrProcessor, connector: OpenDsrConnector, clock: ManualClock, fault: str
) -> None:
    """Whether the processor took it or not, it is asked for under the same number."""
    vendor_of_erasures.faults.only = "/requests"
    setattr(vendor_of_erasures.faults, fault, 1)
    with pytest.raises(TryLater):
        erase(connector)
    assert settle(connector, clock, lambda: erase(connector)) == [(Deed.ERASED, False)]
    assert len(vendor_of_erasures.requests) == 1


def test_troubles_end_in_words_that_an_operator_can_act_on(
    vendor_of_erasures: OpenDsrProcessor, connector: OpenDsrConnector
) -> None:
    faults = vendor_of_erasures.faults
    faults.only, faults.storm, faults.retry_after = "/requests", True, "7"
    with pytest.raises(TryLater) as caught:
        erase(connector)
    assert caught.value.after == timedelta(seconds=7)
    faults.storm, vendor_of_erasures.token = False, "another"
    with pytest.raises(NeedsPerson, match="look at secret"):
        erase(connector)
    faults.slow = 3600
    with pytest.raises(TryLater, match="in time"):
        erase(connector)


def test_a_check_tells_what_the_processor_does_not_take(
    vendor: OpenDsrProcessor, settings: dict[str, Any], clock: ManualClock, tmp_path: Path
) -> None:
    vendor.kinds = ("access",)
    settings["identities"]["customer_number"]["format"] = "sha1"
    connector = OpenDsrConnector(read_settings(settings, tmp_path), Direct(vendor), clock=clock)
    told = connector.check().problems
    assert told == (
        "the processor does not take controller_customer_id as sha1: look at identities.customer_number",
        "the processor takes no requests for erasure",
    )


def test_every_fault_of_the_settings_is_told_at_once(settings: dict[str, Any], tmp_path: Path) -> None:
    wrong = {**settings, "processor": "http://processor.example", "colour": "red", "ca_file": "nothing.pem",
             "identities": {"email": {"type": "e-mail"}}, "requests": "requests", "secret_env": "A",
             "every_minutes": 0}  # fmt: skip
    del wrong["activity"]
    with pytest.raises(Faults) as caught:
        read_settings(wrong, tmp_path)
    assert {each.where for each in caught.value.faults} == {
        "processor", "colour", "ca_file", "identities.email.type", "requests", "secret", "activity",
        "every_minutes",
    }  # fmt: skip


def test_a_request_says_what_the_text_demands_and_where_to_call_back(
    vendor_of_erasures: OpenDsrProcessor, settings: dict[str, Any], clock: ManualClock, tmp_path: Path
) -> None:
    settings |= {"callback": "https://privacy.shop.example/opendsr/callbacks", "extension": {"workspace": 5}}
    connector = OpenDsrConnector(read_settings(settings, tmp_path), Direct(vendor_of_erasures), clock=clock)
    with pytest.raises(Waiting):
        erase(connector)
    (request,) = (each.json for each in vendor_of_erasures.asked if each.method == "POST")
    number = UUID(request.pop("subject_request_id"))
    assert (number.version, request) == (
        4,
        {
            "regulation": "gdpr",
            "subject_request_type": "erasure",
            "submitted_time": "2026-09-21T14:13:20Z",
            "subject_identities": [
                {"identity_type": "email", "identity_value": "ann@example.com", "identity_format": "raw"}
            ],
            "api_version": "2.0",
            "status_callback_urls": ["https://privacy.shop.example/opendsr/callbacks"],
            "extensions": {HOST: {"workspace": 5}},
        },
    )
