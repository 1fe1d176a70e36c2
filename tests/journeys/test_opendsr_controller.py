"""A processor that is asked by OpenDSR answers when it is done, by calling back: hours before anybody would look.

In the same house a synthetic person proves the newsletter's connector, and the package tells of it.
"""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from answers import manifest_of, unpack
from company_facts import customer, every_row
from journeys.conftest import embedded_house, opened, signed_in, split_house
from journeys.steps import AT, approve, await_on_plan, fetch, prove

from habeas.testing.authority import Authority
from habeas.testing.running import House
from habeas.testing.vendors.opendsr import HOST, OpenDsrProcessor
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent

SYSTEM = "reach"
IN_PROFILE = f"""
  - name: {SYSTEM}
    connector: opendsr
    activities: [newsletter]
    title:
      sv: Räckvidden
      en: The reach
    holds:
      sv: Vilka brev som lästes var.
      en: Which letters were read where.
"""
SEEN = {"seen": "lantern-of-the-north"}


@pytest.fixture(scope="module")
def processor() -> Iterator[OpenDsrProcessor]:
    made = OpenDsrProcessor(quick=False)
    made.authority = Authority(datetime.now(UTC))  # type: ignore[attr-defined]
    made.identity = made.authority.issue(HOST)  # type: ignore[attr-defined]
    with made:
        yield made


@pytest.fixture(scope="module", params=["embedded", "split"])
def controller(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, processor: OpenDsrProcessor
) -> Iterator[House]:
    """A house of its own with one system more, of which nobody sees more than what its processor signs."""
    processor.requests.clear()

    def connect(company: Path) -> dict[str, str]:
        profile = company / "profile.yaml"
        text = profile.read_text(encoding="utf-8")
        assert text.count("\n\nerasure:\n") == 1
        profile.write_text(text.replace("\n\nerasure:\n", f"{IN_PROFILE}\nerasure:\n"), encoding="utf-8")
        (company / "systems/authority.pem").write_bytes(processor.authority.pem)  # type: ignore[attr-defined]
        write_settings(company, processor, "http://127.0.0.1:1")
        with (company / "systems/newsletter.yaml").open("a", encoding="utf-8") as settings:
            settings.write("canary: true\n")
        told = {"domain": HOST, "processor": f"{processor.url}/v2", "systems": [SYSTEM]}
        file = company / "processors.yaml"
        file.write_text(json.dumps([{**told, "ca_file": "systems/authority.pem"}]))
        return {"HABEAS_PROCESSORS": str(file)}

    folder = tmp_path_factory.mktemp(f"controller-{request.param}")
    make = embedded_house if request.param == "embedded" else split_house
    house = make(request, folder, connect)
    write_settings(house.company, processor, house.portal)
    yield from opened(house)


def write_settings(company: Path, processor: OpenDsrProcessor, portal: str) -> None:
    """The settings of the system: it looks once in an hour."""
    told = {
        "system": SYSTEM,
        "connector": "opendsr",
        "approvals": 2,
        "processor": f"{processor.url}/v2",
        "domain": HOST,
        "secret": processor.token,
        "activity": "newsletter",
        "identities": {"email": {"type": "email"}},
        "callback": f"{portal}/processor-callbacks",
        "ca_file": "authority.pem",
        "every_minutes": 60,
    }
    (company / f"systems/{SYSTEM}.yaml").write_text(json.dumps(told))


@pytest.fixture(scope="module")
def ada(controller: House) -> Iterator[Agent]:
    yield from signed_in(controller, f"ada@{AT}")


@pytest.fixture(scope="module")
def bo(controller: House) -> Iterator[Agent]:
    yield from signed_in(controller, f"bo@{AT}")


def request_of(processor: OpenDsrProcessor, kind: str, email: str) -> str:
    """Wait until the processor was asked for this; return the number of the request."""

    def found() -> str | None:
        return next(
            (
                number
                for number, asked in dict(processor.requests).items()
                if asked["subject_request_type"] == kind and asked["subject_identities"][0]["identity_value"] == email
            ),
            None,
        )

    return wait_until(found, 60, f"the processor is asked for {kind}") or ""


def test_what_a_processor_holds_comes_into_the_package_when_it_calls(
    controller: House, ada: Agent, processor: OpenDsrProcessor, tmp_path: Path
) -> None:
    email = customer(controller.company, 5)
    processor.profiles[email] = SEEN
    before = every_row(controller.company)
    told = controller.run("connect", "prove", "newsletter", of="connect-newsletter")
    assert "it holds" in told
    assert every_row(controller.company) == before, "nobody is there who was not, and nobody else was touched"
    with controller.person("en") as person:
        case = prove(controller, person, ["access"], email)
        number = request_of(processor, "access", email)
        await_on_plan(ada, case, "the processor is at it")
        assert processor.call_back(number) == [202], "too early: it is asked, and waited for on"
        processor.work(number)
        assert processor.call_back(number) == [202]
        file = fetch(controller, person, email, tmp_path)
    with zipfile.ZipFile(file) as bag:
        held = [name for name in bag.namelist() if SEEN["seen"].encode() in bag.read(name)]
    assert len(held) == 1
    systems = manifest_of(unpack(file, tmp_path / "bag"))["systems"]
    proofs = {each["name"]: each["connector_proof"] for each in systems}
    assert proofs.pop("newsletter")["state"] == "fresh"
    assert set(proofs.values()) == {None}, "who keeps no passport has none to tell of"


def test_what_a_processor_erased_is_told_as_its_word_when_it_calls(
    controller: House, ada: Agent, bo: Agent, processor: OpenDsrProcessor, tmp_path: Path
) -> None:
    email = customer(controller.company, 7)
    processor.profiles[email] = SEEN
    with controller.person("en") as person:
        case = prove(controller, person, ["erasure"], email)
        approve(ada, f"ada@{AT}", case)
        assert not any(each["subject_request_type"] == "erasure" for each in processor.requests.values())
        approve(bo, f"bo@{AT}", case)
        number = request_of(processor, "erasure", email)
        processor.work(number)
        assert processor.call_back(number, note="forged", request_status="cancelled") == [202]
        file = fetch(controller, person, email, tmp_path)
    assert email not in processor.profiles
    told = controller.run("verify", str(file), of="fulfilment")
    assert "Everything was proved." in told
    systems = manifest_of(unpack(file, tmp_path / "bag"))["systems"]
    (deeds,) = [each["deeds"] for each in systems if each["name"] == SYSTEM]
    assert [(each["deed"], each["count"], each["verified"]) for each in deeds] == [("erased", 1, False)]
