"""The sample company through its connectors, against what plain SQL finds: all of the person, nothing of a stranger."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from company_facts import (
    APPLICANT,
    DEMO,
    LAST_FREE_DAY,
    LOOK_ALIKE,
    READER,
    TODAY,
    every_row,
    facts_about,
    make_company,
)

from habeas.connectors.files import FilesConnector
from habeas.connectors.sql import SqlConnector
from habeas.decisions import Verdict, decide_record
from habeas.marked import load_marked
from habeas.profile import Profile, load_profile
from habeas.sdk import Attachment, Connector, Decided, Deed, Done, Record, Subject
from habeas.testing.servers.postgres import Postgres

CONNECTORS: Mapping[str, type[Connector]] = {"sql": SqlConnector, "files": FilesConnector}
SYSTEMS = ("shop", "newsletter", "applications")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company that tests only read."""
    folder = tmp_path_factory.mktemp("company")
    make_company(folder)
    return folder


@pytest.fixture
def own_company(tmp_path: Path) -> Path:
    """A company that a test may change."""
    make_company(tmp_path / "company")
    return tmp_path / "company"


def profile_of(folder: Path) -> Profile:
    return load_profile(folder / "profile.yaml")


def connector_of(folder: Path, system: str) -> Connector:
    settings = dict(load_marked(folder / "systems" / f"{system}.yaml").data)
    assert settings.pop("system") == system
    assert settings["connector"] == profile_of(folder).system(system).connector
    assert settings.pop("approvals") == 2
    return CONNECTORS[settings.pop("connector")].from_settings(settings, folder / "systems")


def person(email: str) -> Subject:
    return Subject({"email": (email,)})


def exported(folder: Path, system: str, email: str) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for record in connector_of(folder, system).export(person(email)):
        found[record.kind].append(record)
    return found


def in_order(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)


def content_of(attachment: Attachment) -> bytes:
    with attachment.open() as file:
        return file.read()


def assert_equal_to_facts(folder: Path, email: str) -> None:
    facts = facts_about(folder, email)
    for system in ("shop", "newsletter"):
        found = exported(folder, system, email)
        assert set(found) <= set(facts[system])
        for kind, rows in facts[system].items():
            assert in_order([dict(record.data) for record in found[kind]]) == in_order(rows), kind
    files = [file for records in exported(folder, "applications", email).values() for file in records]
    contents = sorted(content_of(attachment) for record in files for attachment in record.attachments)
    paths = [folder / "applications" / file["path"] for file in facts["applications"]["files"]]
    assert contents == sorted(path.read_bytes() for path in paths)


@pytest.mark.parametrize("email", [DEMO, LOOK_ALIKE, READER, APPLICANT])
def test_an_export_holds_exactly_what_plain_sql_finds(company: Path, email: str) -> None:
    assert_equal_to_facts(company, email)


def test_the_demo_person_has_rows_everywhere(company: Path) -> None:
    facts = facts_about(company, DEMO)
    assert all(rows for kinds in facts.values() for rows in kinds.values())
    assert len(facts["shop"]["orders"]) == 12
    days = [row["invoiced_on"] for row in facts["shop"]["invoices"]]
    assert min(days) <= LAST_FREE_DAY.isoformat() < max(days)


def test_an_export_holds_nothing_of_the_look_alike(company: Path) -> None:
    """Same home, same surname, and an address that differs in one character, which a careless LIKE takes for it."""
    records = [record for system in SYSTEMS for kinds in exported(company, system, DEMO).values() for record in kinds]
    told = json.dumps([dict(record.data) for record in records], ensure_ascii=False)
    stranger = facts_about(company, LOOK_ALIKE)
    marks = [stranger["shop"]["customers"][0][name] for name in ("email", "name", "number", "phone")]
    marks += [row["number"] for kind in ("orders", "invoices") for row in stranger["shop"][kind]]
    assert len(marks) == 12
    assert not [mark for mark in marks if mark in told]
    assert facts_about(company, DEMO)["shop"]["addresses"] == stranger["shop"]["addresses"]


@pytest.mark.parametrize(("email", "systems"), [(READER, {"newsletter"}), (APPLICANT, {"applications"})])
def test_who_is_known_to_one_system_is_found_there_alone(company: Path, email: str, systems: set[str]) -> None:
    assert {system for system in SYSTEMS if exported(company, system, email)} == systems


def test_every_connector_says_that_it_could_work(company: Path) -> None:
    for system in SYSTEMS:
        assert connector_of(company, system).check().problems == ()


def test_every_record_belongs_to_an_activity_of_its_system(company: Path) -> None:
    for system in SYSTEMS:
        told = {record.activity for kind in exported(company, system, DEMO).values() for record in kind}
        assert told == set(profile_of(company).system(system).activities)


def test_the_contacts_of_record_know_the_address_as_it_is_stored(company: Path) -> None:
    for system in profile_of(company).contact_of_record:
        claimed = person(DEMO.replace("astrid", "Astrid"))
        found = {channel.kind: channel.value for channel in connector_of(company, system).channels(claimed)}
        assert found.pop("email") == DEMO
        assert list(found) == (["sms"] if system == "shop" else []), "the shop knows her telephone, too"


def plan(folder: Path, system: str, email: str) -> Iterator[Decided]:
    profile = profile_of(folder)
    for found in connector_of(folder, system).locate(person(email)):
        decision = decide_record(profile, profile.activity(found.activity), found.kind, found.dated, TODAY)
        assert decision.verdict in (Verdict.APPLIES, Verdict.REFUSED)
        [law] = decision.kept or [None]
        ground, until = (law.ground.in_("en"), law.until) if law else (None, None)
        yield Decided(found.kind, found.key, found.digest, law is not None, ground, until)


def erase_everywhere(folder: Path, email: str) -> list[Done]:
    scopes = {system: list(plan(folder, system, email)) for system in SYSTEMS}
    return [done for system in SYSTEMS for done in connector_of(folder, system).erase(person(email), scopes[system])]


def test_an_erasure_takes_all_but_the_invoices_that_the_law_keeps(own_company: Path) -> None:
    before = facts_about(own_company, DEMO)
    done = erase_everywhere(own_company, DEMO)
    rows = every_row(own_company)
    customer = before["shop"]["customers"][0]["id"]
    law_keeps = [row for row in before["shop"]["invoices"] if row["invoiced_on"] > LAST_FREE_DAY.isoformat()]
    assert 0 < len(law_keeps) < len(before["shop"]["invoices"])
    assert [row for row in rows["shop", "invoices"] if row["customer_id"] == customer] == law_keeps
    kept = {row["id"] for row in law_keeps}
    old = {row["id"] for row in before["shop"]["invoices"]} - kept
    lines = [row for row in rows["shop", "invoice_lines"] if row["invoice_id"] in kept | old]
    assert lines == [row for row in before["shop"]["invoice_lines"] if row["invoice_id"] in kept]
    assert not any(kinds for system in facts_about(own_company, DEMO).values() for kinds in system.values())
    assert all(each.verified and each.deed is not Deed.NEEDS_PERSON for each in done)
    assert {each.until.year for each in done if each.until} == {int(row["invoiced_on"][:4]) + 7 for row in law_keeps}


def test_an_erasure_leaves_an_empty_shell_where_kept_invoices_point(own_company: Path) -> None:
    number = facts_about(own_company, DEMO)["shop"]["customers"][0]["id"]
    erase_everywhere(own_company, DEMO)
    (shell,) = [row for row in every_row(own_company)["shop", "customers"] if row["id"] == number]
    assert [shell[name] for name in ("email", "phone", "address_id")] == [None, None, None]
    assert not re.search("astrid|bergstr|NL-", json.dumps(shell), re.IGNORECASE)


def test_an_erasure_changes_no_row_of_anybody_else(own_company: Path) -> None:
    before, mine = every_row(own_company), facts_about(own_company, DEMO)
    stranger = facts_about(own_company, LOOK_ALIKE)
    erase_everywhere(own_company, DEMO)
    after = every_row(own_company)
    for (system, table), rows in before.items():
        own = mine[system].get(table, []) if table != "addresses" else []
        others = [row for row in rows if row not in own]
        assert [row for row in others if row not in after[system, table]] == [], table
    assert facts_about(own_company, LOOK_ALIKE) == stranger


def test_the_newsletter_is_stopped_for_one_reader_and_goes_on_when_that_is_lifted(own_company: Path) -> None:
    newsletter, before = connector_of(own_company, "newsletter"), every_row(own_company)["newsletter", "subscribers"]
    for lift, muted in ((False, {READER}), (True, set())):
        (changed,) = newsletter.suppress(person(READER), lift=lift)
        assert (changed.kind, changed.count, changed.verified) == ("subscribers", 1, True)
        rows = every_row(own_company)["newsletter", "subscribers"]
        assert {row["email"] for row in rows if row["muted"]} == muted
    assert every_row(own_company)["newsletter", "subscribers"] == before


def test_erasing_again_finds_the_work_done(own_company: Path) -> None:
    scopes = {system: list(plan(own_company, system, DEMO)) for system in SYSTEMS}
    for system in SYSTEMS:
        first = list(connector_of(own_company, system).erase(person(DEMO), scopes[system]))
        state = every_row(own_company)
        again = list(connector_of(own_company, system).erase(person(DEMO), scopes[system]))
        assert sorted(map(repr, again)) == sorted(map(repr, first))
        assert every_row(own_company) == state


def test_the_same_seed_makes_the_same_company_again(company: Path, own_company: Path) -> None:
    erase_everywhere(own_company, DEMO)
    told = make_company(own_company)
    assert "sample company: shop.db" in told
    assert every_row(own_company) == every_row(company)
    assert facts_about(own_company, DEMO) == facts_about(company, DEMO)


def test_another_seed_makes_another_company(company: Path, tmp_path: Path) -> None:
    make_company(tmp_path / "other", "--seed", "8")
    assert every_row(tmp_path / "other") != every_row(company)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(Exception, match="exit status 2"):
        make_company(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_every_address_of_the_company_is_one_for_examples(company: Path) -> None:
    emails = {row["email"] for row in every_row(company)["shop", "customers"]}
    assert all(re.fullmatch(r"[a-z0-9._]+@(example\.(com|org|net)|post\.example)", email) for email in emails)
    assert len(emails) == len(every_row(company)["shop", "customers"])


def test_the_shop_on_postgresql_gives_the_same_records(company: Path, tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.fresh_database().replace("postgresql+psycopg:", "postgresql:")
    make_company(tmp_path / "company", "--postgres", url)
    assert (tmp_path / "company/systems/shop.url").stat().st_mode & 0o777 == 0o600
    here, there = exported(company, "shop", DEMO), exported(tmp_path / "company", "shop", DEMO)
    assert set(here) == set(there)
    for kind, records in here.items():
        assert {record.key: _plain(record) for record in records} == {
            record.key: _plain(record) for record in there[kind]
        }


def _plain(record: Record) -> dict[str, str]:
    return {name: str(value).replace("T", " ") for name, value in record.data.items()}
