"""Erasure: seen and approved by two people, done exactly, confirmed with what the law keeps, and provable."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import bagit
import pytest
from answers import flip, manifest_of, unpack
from company_facts import DEMO, LOOK_ALIKE, every_row, facts_about, stopped
from journeys.steps import AT, approve, await_on_plan, await_plan, fetch, prove, text_of

from habeas.crypto.keyring import Keyring
from habeas.testing.running import PASSWORD, House
from habeas.testing.walk import Agent
from habeas.verify import verify_file

#: The last day whose invoices the bookkeeping act lets go today.
LAST_FREE_DAY = date(date.today().year - 8, 12, 31).isoformat()  # noqa: DTZ011 - a day in the company's own country
GROUND = "Fakturan är räkenskapsinformation som bolaget måste bevara."


@dataclass
class Erased:
    """An erasure that was carried out, and what stood in the systems before."""

    before: dict[tuple[str, str], list[dict[str, Any]]]
    facts: dict[str, dict[str, list[dict[str, Any]]]]
    look_alike: dict[str, dict[str, list[dict[str, Any]]]]
    plan: str
    file: Path

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The invoices that have to stay."""
        return [row for row in self.facts["shop"]["invoices"] if row["invoiced_on"] > LAST_FREE_DAY]

    @property
    def kept_lines(self) -> list[dict[str, Any]]:
        """Their lines."""
        numbers = {row["id"] for row in self.kept}
        return [row for row in self.facts["shop"]["invoice_lines"] if row["invoice_id"] in numbers]


@pytest.fixture(scope="module")
def erased(house: House, ada: Agent, bo: Agent, tmp_path_factory: pytest.TempPathFactory) -> Erased:
    """The demo's person, erased; on the way every look at what may not have happened yet."""
    before, facts = every_row(house.company), facts_about(house.company, DEMO)
    look_alike = facts_about(house.company, LOOK_ALIKE)
    with house.person("sv") as person:
        case = prove(house, person, ["erasure"], DEMO)
        plan = text_of(await_plan(ada, case))
        approve(ada, f"ada@{AT}", case)
        refuse_a_second_approval_of_the_same_person(ada, case)
        await_on_plan(ada, case, "1 of 2 people")
        assert every_row(house.company) == stopped(before, DEMO), "nothing is erased before two have approved"
        approve(bo, f"bo@{AT}", case)
        file = fetch(house, person, DEMO, tmp_path_factory.mktemp("confirmed"))
    return Erased(before, facts, look_alike, plan, file)


def refuse_a_second_approval_of_the_same_person(agent: Agent, case: str) -> None:
    """The page offers no form any more, and the form that still lay open is answered with 409."""
    digest = next(url for _, url in await_plan(agent, case).links if "/agents/approve/" in url)
    assert "You have approved this plan already" in agent.open(digest).html
    token = next(value for form in agent.open("/agents/sign-out").forms for name, value in form.fields)
    form = agent.page.forms[0]
    form.action, form.fields, form.names = digest, [("csrf_token", token)], {"csrf_token", "password"}
    agent.send(form, expect=409, password=PASSWORD)


def test_the_plan_told_the_agent_what_would_go_and_what_would_stay(erased: Erased) -> None:
    goes = sum(len(rows) for kinds in erased.facts.values() for rows in kinds.values())
    stays = len(erased.kept) + len(erased.kept_lines)
    assert 0 < len(erased.kept) < len(erased.facts["shop"]["invoices"])
    approval = re.search(r"Approve erasing (\d+) records", erased.plan)
    assert approval is not None
    assert int(approval.group(1)) == goes - stays
    told = re.findall(r"Keep (\d+) records? of (invoices|invoice_lines) until", erased.plan)
    assert sum(int(count) for count, kind in told if kind == "invoices") == len(erased.kept)
    assert sum(int(count) for count, kind in told if kind == "invoice_lines") == len(erased.kept_lines)


def test_the_systems_hold_exactly_what_was_to_be_kept(house: House, erased: Erased) -> None:
    rows = every_row(house.company)
    (customer,) = erased.facts["shop"]["customers"]
    mine = {row["id"] for row in erased.facts["shop"]["invoices"]}
    assert [row for row in rows["shop", "invoices"] if row["customer_id"] == customer["id"]] == erased.kept
    assert [row for row in rows["shop", "invoice_lines"] if row["invoice_id"] in mine] == erased.kept_lines
    for kind in ("orders", "support_tickets", "logins"):
        assert not [row for row in rows["shop", kind] if row["customer_id"] == customer["id"]], kind
    left = facts_about(house.company, DEMO)
    assert not any(found for kinds in left.values() for found in kinds.values())
    (shell,) = [row for row in rows["shop", "customers"] if row["id"] == customer["id"]]
    assert {shell["email"], shell["phone"], shell["address_id"]} == {None}
    assert not re.search(r"astrid|bergstr|NL-", str(shell), re.IGNORECASE)


def test_the_files_are_gone_from_the_disk(house: House, erased: Erased) -> None:
    assert erased.facts["applications"]["files"]
    assert not [path for path in (house.company / "applications").rglob("*") if DEMO in path.as_posix()]


def test_the_look_alike_and_everybody_else_are_as_they_were(house: House, erased: Erased) -> None:
    assert facts_about(house.company, LOOK_ALIKE) == erased.look_alike
    after = every_row(house.company)
    for (system, table), rows in erased.before.items():
        own = erased.facts[system].get(table, []) if table != "addresses" else []
        assert not [row for row in rows if row not in own and row not in after[system, table]], table


def test_the_confirmation_names_what_was_kept_on_which_ground_and_until_when(erased: Erased) -> None:
    manifest = manifest_of(unpack(erased.file, erased.file.parent / "bag"))
    deeds = [(system["name"], each) for system in manifest["systems"] for each in system["deeds"]]
    (home,) = [each for _, each in deeds if each["record_class"] == "addresses"]
    assert (home["deed"], home["ground"]) == ("kept", "shared"), "other people live there"
    kept = [each for _, each in deeds if each["deed"] == "kept" and each is not home]
    assert {each["record_class"] for each in kept} == {"invoices", "invoice_lines"}
    assert sum(each["count"] for each in kept) == len(erased.kept) + len(erased.kept_lines)
    assert all(each["ground"].startswith(GROUND) for each in kept)
    years = {int(row["invoiced_on"][:4]) + 7 for row in erased.kept}
    assert {each["until"] for each in kept} == {f"{year}-12-31" for year in years}
    assert all(each["verified"] for _, each in deeds)
    gone = {(system, each["record_class"]): each["count"] for system, each in deeds if each["deed"] == "erased"}
    assert gone["shop", "orders"] == len(erased.facts["shop"]["orders"])
    assert gone["newsletter", "opens"] == len(erased.facts["newsletter"]["opens"])
    assert gone["applications", "files"] == len(erased.facts["applications"]["files"])


def test_the_confirmation_holds_no_record_of_the_person(erased: Erased) -> None:
    bag = unpack(erased.file, erased.file.parent / "bag")
    assert not (bag / "data/systems").exists()
    assert bagit.Bag(str(bag)).validate()


def test_the_confirmation_is_proved_and_no_changed_byte_is(
    house: House, erased: Erased, tmp_path: Path, counts: Callable[[int, int], int]
) -> None:
    assert "Everything was proved." in house.run("verify", str(erased.file), of="fulfilment")
    directory = Keyring(Path(house.env("fulfilment")["HABEAS_KEYS"])).directory()
    chosen = random.Random(12).sample(range(erased.file.stat().st_size), counts(40, 2000))
    assert verify_file(erased.file, directory).ok
    assert not [at for at in chosen if verify_file(flip(erased.file, at, tmp_path / "changed.zip"), directory).ok]
