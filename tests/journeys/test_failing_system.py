"""A system fails: the case stays open and shows it, others' answers are kept, nothing half-done is told as done."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from answers import in_order, manifest_of, records_in, unpack
from company_facts import facts_about
from journeys.steps import AT, approve, await_on_plan, await_plan, fetch, press, prove, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, Person

READER = "vera.lindholm@example.org"
ASKER = "eleanor.wikstrom@post.example"
LEAVER = "charlotte.akerlund@post.example"


@contextmanager
def broken(house: House, system: str) -> Iterator[None]:
    """The system's database is not readable as one for a while."""
    database = house.company / f"{system}.db"
    aside = database.with_suffix(".aside")
    database.rename(aside)
    database.write_bytes(b"this is no database, but a note that somebody saved over it" * 100)
    try:
        yield
    finally:
        aside.replace(database)


def may_fetch(person: Person) -> bool:
    """Whether the person is told that an answer is there."""
    page = person.open(f"/case/{person.case}")
    return any("/release" in url for _, url in page.links)


def test_a_copy_waits_for_the_system_that_failed(house: House, ada: Agent, tmp_path: Path) -> None:
    with house.person("en") as person:
        with broken(house, "newsletter"):
            case = prove(house, person, ["access"], ASKER)
            await_on_plan(ada, case, "Failed")
            wait_until(lambda: shop_has_given(ada, case), 60, "what the other systems gave is kept and shown")
            await_words_in_console(ada, case, "newsletter has not done what it was ordered")
            assert "newsletter" in next(each for each in ada.open("/console").html.split("<tr>") if case in each)
            assert not may_fetch(person)
            assert not [letter for letter in house.letters_to(ASKER) if "put together" in letter]
        ada.open(f"/plan/{case}")
        press(ada, "Try again")
        bag = unpack(fetch(house, person, ASKER, tmp_path), tmp_path / "bag")
    assert "newsletter has not done" not in text_of(ada.open(f"/console/case/{case}"))
    facts, found = facts_about(house.company, ASKER), records_in(bag)
    for system in ("shop", "newsletter"):
        for kind, rows in facts[system].items():
            assert in_order(found[system][kind]) == in_order(rows), kind


def shop_has_given(agent: Agent, case: str) -> bool:
    """Whether the plan's page says that the shop answered with records."""
    return (
        re.search(r"The shop Hand over what it holds Answered [1-9]", text_of(agent.open(f"/plan/{case}"))) is not None
    )


def test_an_erasure_that_one_system_fails_is_not_confirmed(house: House, ada: Agent, bo: Agent, tmp_path: Path) -> None:
    with house.person("en") as person:
        case = prove(house, person, ["erasure"], LEAVER)
        await_plan(ada, case)
        with broken(house, "newsletter"):
            approve(ada, f"ada@{AT}", case)
            approve(bo, f"bo@{AT}", case)
            await_on_plan(ada, case, "Failed")
            assert not facts_about(house.company, LEAVER, "shop")["shop"]["orders"], "the shop has done its part"
            assert not may_fetch(person)
            await_words_in_console(ada, case, "newsletter has not done what it was ordered")
            await_words_in_console(ada, case, "being erased")
        assert not [letter for letter in house.letters_to(LEAVER) if "confirmation is ready" in letter]
        ada.open(f"/plan/{case}")
        press(ada, "Try again")
        manifest = manifest_of(unpack(fetch(house, person, LEAVER, tmp_path), tmp_path / "bag"))
    outcomes = {system["name"]: system["outcome"] for system in manifest["systems"]}
    assert "failed" not in outcomes.values()
    assert not any(rows for kinds in facts_about(house.company, LEAVER).values() for rows in kinds.values())


def test_who_is_nowhere_but_in_the_failing_system_is_not_told_that_there_is_nothing(house: House, ada: Agent) -> None:
    with house.person("en") as person, broken(house, "newsletter"):
        case = person.ask(["access"], READER)
        await_words_in_console(ada, case, "not every system could be asked")
        assert not house.codes_to(READER)


def await_words_in_console(agent: Agent, case: str, words: str) -> None:
    """Wait until the case's page of the console says something."""
    wait_until(lambda: words in text_of(agent.open(f"/console/case/{case}")), 60, f"the console says {words!r}")
