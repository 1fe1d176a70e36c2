"""Systems that answer late, or by hand, or not for good: a processor, a person's tasks, a backup that was restored.

A processor that is asked by OpenDSR calls back when it is done, hours before anybody would look. A system that no
program reaches is a task for a person. A synthetic person proves the newsletter's connector, and the package tells of
it; what a restore brings back after an erasure is found by a look.
"""

import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from answers import manifest_of, unpack
from company_facts import customer, every_row, facts_about
from journeys.conftest import embedded_house, opened, signed_in, split_house
from journeys.steps import AT, approve, await_on_plan, fetch, press, prove

from habeas.testing.authority import Authority
from habeas.testing.running import House
from habeas.testing.vendors.opendsr import HOST, OpenDsrProcessor
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, File

REACH, CARDS = "reach", "cards"
IN_PROFILE = f"""
  - name: {CARDS}
    connector: person
    activities: [support]
    title:
      sv: Kartoteket
      en: The card index
    holds:
      sv: Kort om reklamationer.
      en: Cards about complaints.
    instructions:
      sv: Sök i lådan efter kundnumret.
      en: Search the drawer for the customer number.
  - name: {REACH}
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
CARD = b"No. 17: the lamp flickers, says the customer.\n"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(datetime.now(UTC))


@pytest.fixture(scope="module")
def processor(authority: Authority) -> Iterator[OpenDsrProcessor]:
    made = OpenDsrProcessor(quick=False)
    made.identity = authority.issue(HOST)
    with made:
        yield made


@pytest.fixture(scope="module", params=["embedded", "split"])
def wide(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    processor: OpenDsrProcessor,
    authority: Authority,
) -> Iterator[House]:
    """A house of its own with two systems more: one of which only its processor tells, and one in a drawer."""
    processor.requests.clear()

    def connect(company: Path) -> dict[str, str]:
        profile = company / "profile.yaml"
        text = profile.read_text(encoding="utf-8")
        assert text.count("\n\nerasure:\n") == 1
        profile.write_text(text.replace("\n\nerasure:\n", f"{IN_PROFILE}\nerasure:\n"), encoding="utf-8")
        (company / "systems/authority.pem").write_bytes(authority.pem)
        write_settings(company, processor, "http://127.0.0.1:1")
        with (company / "systems/newsletter.yaml").open("a", encoding="utf-8") as settings:
            settings.write("canary: true\n")
        told = {"domain": HOST, "processor": f"{processor.url}/v2", "systems": [REACH]}
        file = company / "processors.yaml"
        file.write_text(json.dumps([{**told, "ca_file": "systems/authority.pem"}]))
        return {"HABEAS_PROCESSORS": str(file)}

    folder = tmp_path_factory.mktemp(f"wide-{request.param}")
    make = embedded_house if request.param == "embedded" else split_house
    house = make(request, folder, connect)
    write_settings(house.company, processor, house.portal)
    yield from opened(house)


def write_settings(company: Path, processor: OpenDsrProcessor, portal: str) -> None:
    """The settings of the system: it looks once in an hour."""
    told = {
        "system": REACH,
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
    (company / f"systems/{REACH}.yaml").write_text(json.dumps(told))


@pytest.fixture(scope="module")
def ada(wide: House) -> Iterator[Agent]:
    yield from signed_in(wide, f"ada@{AT}")


@pytest.fixture(scope="module")
def bo(wide: House) -> Iterator[Agent]:
    yield from signed_in(wide, f"bo@{AT}")


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


def do_task(agent: Agent, case: str, operation: str, *, file: File | None = None, **told: str) -> None:
    """Do the person's task of a case, as the page says; wrong answers come first, and lose nothing."""
    await_on_plan(agent, case, "/tasks/")
    agent.follow("/tasks/")
    assert "Search the drawer for the customer number." in agent.page.html
    if operation != "erase":
        refused = agent.send(agent.form_with("reason"), expect=422, reason="only the drawer")
        assert "only the drawer" in refused.html
    agent.send(agent.form_with("reason"), file=file, **told)
    assert agent.page.path == f"/plan/{case}"


def test_what_comes_late_and_by_hand_is_in_the_package(
    wide: House, ada: Agent, processor: OpenDsrProcessor, tmp_path: Path
) -> None:
    email = customer(wide.company, 5)
    processor.profiles[email] = SEEN
    before = every_row(wide.company)
    told = wide.run("connect", "prove", "newsletter", of="connect-newsletter")
    assert "it holds" in told
    assert every_row(wide.company) == before, "nobody is there who was not, and nobody else was touched"
    with wide.person("en") as person:
        case = prove(wide, person, ["access"], email)
        number = request_of(processor, "access", email)
        await_on_plan(ada, case, "the processor is at it")
        assert processor.call_back(number) == [202], "too early: it is asked, and waited for on"
        card = File("files", "card 17.txt", CARD)
        do_task(ada, case, "export", file=card, outcome="found", activity="support", reason="the drawer")
        assert not person.can_fetch(), "one system has not answered yet"
        processor.work(number)
        assert processor.call_back(number) == [202]
        file = fetch(wide, person, email, tmp_path)
    with zipfile.ZipFile(file) as bag:
        texts = {name: bag.read(name) for name in bag.namelist()}
    assert len([name for name, text in texts.items() if SEEN["seen"].encode() in text]) == 1
    assert [name for name, text in texts.items() if text == CARD], "the card lies beside, byte for byte"
    systems = {each["name"]: each for each in manifest_of(unpack(file, tmp_path / "bag"))["systems"]}
    assert systems[CARDS]["outcome"] == systems[REACH]["outcome"] == "found"
    proofs = {name: each["connector_proof"] for name, each in systems.items()}
    assert proofs.pop("newsletter")["state"] == "fresh"
    assert set(proofs.values()) == {None}, "who keeps no passport has none to tell of"


def test_what_was_erased_late_and_by_hand_is_told_as_a_word_and_what_a_restore_brings_back_is_found(
    wide: House, ada: Agent, bo: Agent, processor: OpenDsrProcessor, tmp_path: Path
) -> None:
    email = customer(wide.company, 7)
    processor.profiles[email] = SEEN
    backup = wide.company / "newsletter.backup"
    shutil.copy(wide.company / "newsletter.db", backup)
    assert facts_about(wide.company, email)["newsletter"]["subscribers"]
    with wide.person("en") as person:
        case = prove(wide, person, ["erasure"], email)
        found = {"outcome": "found", "activity": "support", "records": "card; 17; 2024-05-31"}
        do_task(ada, case, "locate", **found)
        approve(ada, f"ada@{AT}", case)
        assert not any(each["subject_request_type"] == "erasure" for each in processor.requests.values())
        approve(bo, f"bo@{AT}", case)
        do_task(ada, case, "erase", reason="the card was shredded")
        await_on_plan(ada, case, "Waits for a signature")
        ada.follow("/tasks/")
        assert "a colleague has to sign" in ada.page.html
        assert not any(form.action.endswith("/sign") for form in ada.page.forms), "not by who did it"
        number = request_of(processor, "erasure", email)
        processor.work(number)
        assert processor.call_back(number, note="forged", request_status="cancelled") == [202]
        assert not person.can_fetch(), "nobody has signed for the card yet"
        await_on_plan(bo, case, "Waits for a signature")
        bo.follow("/tasks/")
        bo.press("/sign")
        file = fetch(wide, person, email, tmp_path)
    assert email not in processor.profiles
    assert "Everything was proved." in wide.run("verify", str(file), of="fulfilment")
    systems = manifest_of(unpack(file, tmp_path / "bag"))["systems"]
    deeds = {each["name"]: each["deeds"] for each in systems}
    for name in (REACH, CARDS):
        [(deed, count, verified)] = [(each["deed"], each["count"], each["verified"]) for each in deeds[name]]
        assert (deed, count, verified) == ("erased", 1, False), "nobody but they themselves can say"
    assert all(each["verified"] for each in deeds["newsletter"])
    assert "Searched, and gone" in await_on_plan(ada, case, "At once").html
    shutil.copy(backup, wide.company / "newsletter.db")
    day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert "searched again now" in wide.run("tombstones", "replay", "--since", day, of="fulfilment")
    await_on_plan(ada, case, "A synchronisation may have brought it back")
    press(ada, "Search everywhere and plan to erase it again")
    do_task(ada, case, "locate", outcome="nothing", reason="the drawer is empty")
    approve(ada, f"ada@{AT}", case)
    approve(bo, f"bo@{AT}", case)
    wait_until(lambda: not facts_about(wide.company, email)["newsletter"]["subscribers"], 60, "it is erased again")
    await_on_plan(ada, case, "Erased again")
