"""Access, from the form to the file: all that the systems hold of the person, nothing of anybody else, and provable."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from answers import files_in, flip, in_order, manifest_of, records_in, unpack, words_in
from company_facts import DEMO, every_row, facts_about
from journeys.steps import fetch, prove

from habeas.crypto.keyring import Keyring
from habeas.testing.running import House
from habeas.verify import verify_file


@pytest.fixture(scope="module")
def package(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo's person was handed."""
    with house.person("sv") as person:
        prove(house, person, ["access"], DEMO)
        return fetch(house, person, DEMO, tmp_path_factory.mktemp("fetched"))


@pytest.fixture(scope="module")
def bag(package: Path) -> Path:
    """The same, unpacked."""
    return unpack(package, package.parent / "bag")


def test_the_package_holds_every_value_that_the_systems_hold(house: House, bag: Path) -> None:
    facts, found = facts_about(house.company, DEMO), records_in(bag)
    assert all(rows for kinds in facts.values() for rows in kinds.values()), (
        "the person of the demo has rows everywhere"
    )
    for system in ("shop", "newsletter"):
        assert set(found[system]) == set(facts[system])
        for kind, rows in facts[system].items():
            assert in_order(found[system][kind]) == in_order(rows), kind


def test_the_package_holds_every_file_byte_by_byte(house: House, bag: Path) -> None:
    folder = house.company / "applications"
    files = facts_about(house.company, DEMO)["applications"]["files"]
    assert files_in(bag, "applications") == sorted((folder / file["path"]).read_bytes() for file in files)


def test_nobody_else_s_mark_is_anywhere_in_the_package(house: House, bag: Path) -> None:
    words = words_in(bag)
    mine, others = marks_of(house, DEMO)
    assert len(others) > 1000
    assert sum(mark in words for mark in mine) == len(mine), "the search finds what is there"
    near = {mark for mark in others if mark in words}
    assert not {mark for mark in near if re.search(rb"(?<![\w.-])%b(?![\w-])" % re.escape(mark), words)}


def marks_of(house: House, email: str) -> tuple[set[bytes], set[bytes]]:
    """What only one person has: addresses, numbers, telephones; of the one with that address, and of all others."""
    rows, facts = every_row(house.company), facts_about(house.company, email)
    columns = [("customers", name) for name in ("email", "number", "phone")]
    columns += [("orders", "number"), ("invoices", "number")]
    mine = {str(row[name]) for kind, name in columns for row in facts["shop"][kind]}
    everybody = {str(row[name]) for kind, name in columns for row in rows["shop", kind]}
    everybody |= {row["email"] for row in rows["newsletter", "subscribers"]}
    return {mark.encode() for mark in mine}, {mark.encode() for mark in everybody - mine if mark != "None"}


def test_every_system_is_accounted_for_with_what_it_gave(house: House, bag: Path) -> None:
    manifest, facts = manifest_of(bag), facts_about(house.company, DEMO)
    told = {system["name"]: system for system in manifest["systems"]}
    assert set(told) == set(house.systems)
    assert {system["outcome"] for system in told.values()} == {"found"}
    assert told["shop"]["records"] == {kind: len(rows) for kind, rows in facts["shop"].items()}
    assert told["newsletter"]["records"] == {kind: len(rows) for kind, rows in facts["newsletter"].items()}
    assert told["applications"]["attachments"] == len(facts["applications"]["files"])
    assert manifest["language"] == "sv"


def test_the_bag_is_valid_to_a_reader_of_bags(bag: Path) -> None:
    assert bagit.Bag(str(bag)).validate()


def test_the_command_proves_the_package(house: House, package: Path) -> None:
    assert "Everything was proved." in house.run("verify", str(package), of="fulfilment")


def test_one_changed_byte_anywhere_is_refused(
    house: House, package: Path, tmp_path: Path, counts: Callable[[int, int], int]
) -> None:
    directory = Keyring(Path(house.env("fulfilment")["HABEAS_KEYS"])).directory()
    assert verify_file(package, directory).ok
    chosen = random.Random(11).sample(range(package.stat().st_size), counts(40, 2000))
    proved = [place for place in chosen if verify_file(flip(package, place, tmp_path / "changed.zip"), directory).ok]
    assert not proved


def test_the_command_says_that_a_changed_package_is_not_proved(house: House, package: Path, tmp_path: Path) -> None:
    changed = flip(package, package.stat().st_size // 2, tmp_path / "changed.zip")
    with pytest.raises(AssertionError, match="ended with 1"):
        house.run("verify", str(changed), of="fulfilment")
