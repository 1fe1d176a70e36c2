"""A legal hold keeps records out of an erasure, and when it is lifted the erasure goes on and is confirmed again."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from answers import manifest_of, unpack
from company_facts import customer, facts_about
from document_code import run_code_of
from journeys.steps import AT, COMPANY, approve, await_on_plan, fetch, prove, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent

PERSON = 137
run = run_code_of("enforcing-limits.md")
subject_key, may_process, who_may = run["subject_key"], run["may_process"], run["who_may"]
HELD = {"controller": COMPANY, "activity": "security", "reason": "En tvist om inloggningar", "law": "Artikel 17.3 e"}
GROUND = "Rättsligt bevarande: En tvist om inloggningar"


def add_program(house: House, name: str, *more: str) -> tuple[str, str]:
    """Give a program its keys; return its own and that of the company's people."""
    told = house.run("sender", "add", name, "--controller", COMPANY, *more, of="fulfilment").split("\n")
    return told[0], told[1].removeprefix(f"{COMPANY} ")


def call(house: House, key: str, path: str, body: dict[str, Any]) -> httpx.Response:
    """Call the door for holds as a program does."""
    return httpx.post(f"{house.portal}/legal-holds{path}", json=body, headers={"Authorization": f"Bearer {key}"})


def test_what_is_held_stays_and_goes_when_it_is_held_no_more(
    house: House, ada: Agent, bo: Agent, tmp_path: Path
) -> None:
    email = customer(house.company, PERSON)
    (legal, given), (board, _) = add_program(house, "legal", "--holds"), add_program(house, "board", "--holds")
    facts = facts_about(house.company, email)
    assert facts["shop"]["logins"]
    hold = call(house, legal, "", HELD).json()["id"]
    try:
        with house.person("sv") as person:
            case = prove(house, person, ["erasure"], email)
            assert GROUND in text_of(await_on_plan(ada, case, "Approve "))
            for agent, name in ((ada, "ada"), (bo, "bo")):
                approve(agent, f"{name}@{AT}", case)
            first = fetch(house, person, email, tmp_path / "first")
            assert facts_about(house.company, email)["shop"] == facts["shop"], "the whole of what is held can be found"
            assert call(house, legal, f"/{hold}/lift", {"why": "settled"}).status_code == 409
            assert call(house, board, f"/{hold}/lift", {"why": "settled"}).status_code == 204
            wait_until(lambda: GROUND not in await_plan_text(ada, case), 60, "the erasure is planned again")
            for agent, name in ((ada, "ada"), (bo, "bo")):
                approve(agent, f"{name}@{AT}", case)
            wait_until(lambda: not facts_about(house.company, email)["shop"]["logins"], 60, "the sign-ins are gone")
            second = fetch(house, person, email, tmp_path / "second")
    finally:
        call(house, board, f"/{hold}/lift", {"why": "settled"})
    kept = [each for system in manifest_of(unpack(first, tmp_path / "one"))["systems"] for each in system["deeds"]]
    assert GROUND in {each["ground"] for each in kept if each["deed"] == "kept" and each["record_class"] == "logins"}
    gone = [each for system in manifest_of(unpack(second, tmp_path / "two"))["systems"] for each in system["deeds"]]
    assert sum(each["count"] for each in gone if each["deed"] == "erased" and each["record_class"] == "logins") == len(
        facts["shop"]["logins"]
    )
    assert may_process(house.portal, legal, COMPANY, "orders", [subject_key(given, "email", email.upper())])
    assert who_may(house.portal, legal, COMPANY, "newsletter", [[subject_key(given, "email", email)]])


def await_plan_text(agent: Agent, case: str) -> str:
    """Read the plan's page; one that is being made anew names the ground as long as nothing else is known."""
    shown = agent.open(f"/plan/{case}")
    return text_of(shown) if any("/agents/approve/" in url for _, url in shown.links) else GROUND


def test_without_a_key_nobody_is_told_anything(house: House) -> None:
    with pytest.raises(OSError, match="401"):
        may_process(house.portal, "hs_nobody", COMPANY, "newsletter", ["00000000." + "a" * 64])
