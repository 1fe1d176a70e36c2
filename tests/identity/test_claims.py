"""From what is claimed to the address a code goes to: whom identity asks, whom it believes, and when it stops."""

from datetime import timedelta
from typing import Any

import pytest
from tests.identity.conftest import ANNA, LOOK_ALIKES, NOW, STORED, Desk

from habeas.crypto.signing import Signed
from habeas.events import (
    CaseLetThrough,
    ChallengeIssued,
    ChannelsAnswered,
    ChannelsAsked,
    IdentityProved,
    IdentityUnmatched,
)
from habeas.testing.house import deliver, parked, run
from habeas.warrants import check_question, strip_salt
from habeas_identity.timers import forget, pass_silent_systems


def reasons(desk: Desk, case: str) -> list[str]:
    return [each.event.reason for each in desk.said(IdentityUnmatched, case)]  # type: ignore[attr-defined]


def state(desk: Desk, case: str) -> str:
    return str(desk.rows('SELECT state FROM claim WHERE "case" = :case', case=case)[0][0])


def test_the_first_contact_of_record_is_asked_with_a_signed_question(desk: Desk) -> None:
    case = desk.open(email=STORED, customer_number="1017")
    [asked] = desk.said(ChannelsAsked, case)
    event = asked.event
    assert isinstance(event, ChannelsAsked)
    assert (asked.recipient, event.system) == ("connect-shop", "shop")
    claimed = asked.sealed["identifiers"]
    assert strip_salt(claimed) == {"email": [STORED], "customer_number": ["1017"]}
    directory = desk.context.keys.directory()
    signed = Signed.from_object(event.question)
    check_question(signed, directory, system="shop", case=case, identifiers=claimed, now=NOW)


def test_what_is_claimed_stands_nowhere_in_the_open(desk: Desk) -> None:
    case = desk.found()
    known = {name for (name,) in desk.rows(_TABLES[desk.context.database.is_sqlite])}
    for table in known:
        for row in desk.rows(f'SELECT * FROM "{table}"'):
            text = repr(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row))
            assert STORED not in text, table
            assert "canary" not in text, table
            assert desk.codes(case)[0] not in text, table
            assert desk.codes(case)[0].replace("-", "") not in text, table
    assert {"claim", "channel", "challenge", "inbox", "outbox"} <= known


_TABLES = {
    True: "SELECT name FROM sqlite_master WHERE type = 'table'",
    False: "SELECT table_name FROM information_schema.tables WHERE table_schema = 'identity'",
}


def test_an_address_that_one_system_holds_gets_a_code_there(desk: Desk) -> None:
    case = desk.found()
    [issued] = desk.said(ChallengeIssued, case)
    assert issued.recipient == "notifier"
    assert issued.sealed["address"] == STORED
    facts = {"case": case, "purpose": "prove", "method": "mailbox", "language": "en", "minutes": 10}
    assert issued.event.facts() == facts
    assert desk.asked(case) == ["shop"]
    assert state(desk, case) == "found"


def test_a_system_that_holds_nothing_passes_the_question_on(desk: Desk) -> None:
    case = desk.open()
    desk.answer(case)
    assert desk.asked(case) == ["shop", "newsletter"]
    desk.answer(case, {"email": STORED}, system="newsletter")
    assert len(desk.codes(case)) == 1


def test_after_the_last_system_an_agent_is_told(desk: Desk) -> None:
    case = desk.open()
    desk.answer(case)
    desk.answer(case, system="newsletter")
    assert reasons(desk, case) == ["no stored address"]
    assert desk.codes(case) == []


def test_a_system_that_failed_is_passed_over_and_named_as_missing(desk: Desk) -> None:
    case = desk.open()
    desk.answer(case, outcome="failed")
    assert desk.asked(case) == ["shop", "newsletter"]
    desk.answer(case, system="newsletter")
    assert reasons(desk, case) == ["not every system could be asked"]


def test_a_system_that_failed_may_still_answer(desk: Desk) -> None:
    case = desk.open()
    desk.answer(case, outcome="failed")
    desk.answer(case, system="newsletter")
    desk.answer(case, {"email": STORED})
    assert len(desk.codes(case)) == 1
    assert state(desk, case) == "found"


def test_a_late_answer_does_not_ask_anybody_twice(desk: Desk) -> None:
    case = desk.open()
    desk.answer(case, outcome="failed")
    desk.answer(case)
    assert desk.asked(case) == ["shop", "newsletter"]
    desk.answer(case, system="newsletter")
    assert reasons(desk, case) == ["no stored address"]


def test_what_comes_after_an_address_was_found_changes_nothing(desk: Desk) -> None:
    case = desk.open()
    desk.answer(case, outcome="failed")
    desk.answer(case, {"email": STORED}, system="newsletter")
    desk.answer(case, {"email": "eve@evil.example"})
    assert [each.sealed["address"] for each in desk.said(ChallengeIssued, case)] == [STORED]


def test_a_system_that_held_nothing_holds_nothing_a_moment_later(desk: Desk) -> None:
    """Case 1: who was told what is claimed does not make an address up for it afterwards."""
    case = desk.open()
    desk.answer(case)
    desk.answer(case, {"email": STORED})
    assert parked(desk.context) == ["this system has answered before"]
    assert desk.codes(case) == []


def test_doubt_goes_to_a_person(desk: Desk) -> None:
    case = desk.open()
    desk.answer(case, {"email": STORED, "customer_number": "1"}, {"email": STORED, "customer_number": "2"})
    assert reasons(desk, case) == ["more than one record fits the claim"]
    assert (desk.codes(case), desk.asked(case)) == ([], ["shop"])


def test_a_silent_system_is_passed_over_after_a_day(desk: Desk) -> None:
    case = desk.open()
    desk.clock.advance(timedelta(hours=23, minutes=59))
    pass_silent_systems(desk.context)
    assert desk.asked(case) == ["shop"]
    desk.clock.advance(timedelta(minutes=1))
    pass_silent_systems(desk.context)
    assert desk.asked(case) == ["shop", "newsletter"]
    desk.clock.advance(timedelta(days=1))
    pass_silent_systems(desk.context)
    pass_silent_systems(desk.context)
    assert reasons(desk, case) == ["not every system could be asked"]


FORGERIES: dict[str, dict[str, Any]] = {
    "a channel without identifiers": {"channels": [{"kind": "email", "value": STORED}]},
    "a channel with more than it may have": {
        "channels": [{"kind": "email", "value": STORED, "identifiers": {"email": STORED}, "verified": True}]
    },
    "channels that are no list": {"channels": {"email": STORED}},
    "a channel that is no object": {"channels": [STORED]},
    "an address that is no text": {"channels": [{"kind": "email", "value": 7, "identifiers": {}}]},
    "an empty address": {"channels": [{"kind": "email", "value": "", "identifiers": {"email": STORED}}]},
    "identifiers that are no text": {"channels": [{"kind": "email", "value": STORED, "identifiers": {"email": 7}}]},
    "identifiers that are a list": {"channels": [{"kind": "email", "value": STORED, "identifiers": [STORED]}]},
    "an outcome of its own": {"channels": [], "outcome": "proved"},
    "a system that was not asked": {"channels": [], "system": "newsletter"},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_answer_is_parked_and_nothing_comes_of_it(page_desk: Desk, forgery: str) -> None:
    case = page_desk.open()
    page_desk.answer(case, **FORGERIES[forgery])
    assert len(parked(page_desk.context)) == 1
    assert (page_desk.codes(case), state(page_desk, case)) == ([], "asking")


def test_an_answer_about_a_case_that_nobody_opened_is_parked(desk: Desk) -> None:
    desk.answer("0b5fd0ab-11a3-4a70-8d4e-9d5a0a1d2f3e", {"email": STORED})
    assert parked(desk.context) == ["nobody asked this system about this case"]


def test_a_letter_in_the_name_of_another_system_is_not_even_stored(desk: Desk) -> None:
    case = desk.open()
    event = ChannelsAnswered(case=case, system="shop", outcome="found", reason="")
    with pytest.raises(AssertionError, match="was not believed"):
        deliver(desk.context, event, source="connect-newsletter", sealed={"channels": []})
    assert [reason for (reason,) in desk.rows("SELECT reason FROM dead_letter")] == [
        "wrong route: this system is another's"
    ]


def test_a_case_is_opened_once(desk: Desk) -> None:
    case = desk.open()
    desk.open(case=case, email="eve@evil.example")
    assert parked(desk.context) == ["a case of this id was opened before"]
    assert desk.asked(case) == ["shop"]


def test_a_case_of_an_unknown_controller_waits_for_a_person(desk: Desk) -> None:
    desk.context.profiles  # noqa: B018 - read before it is looked at
    object.__setattr__(desk.context, "profiles", {})
    desk.open()
    assert "profile is not here" in parked(desk.context)[0]


@pytest.mark.parametrize("value", ["%", "*@example.com", "null", " ", "@", "000"])
def test_what_could_mean_everybody_is_never_searched_by(page_desk: Desk, value: str) -> None:
    case = page_desk.open(email=value)
    assert reasons(page_desk, case) == ["an identifier is empty, a wildcard or too broad to search by"]
    assert (page_desk.asked(case), parked(page_desk.context)) == ([], [])


def test_of_a_held_case_nobody_is_asked_before_it_is_let_through(desk: Desk) -> None:
    """Case 10."""
    case = desk.open(held=True)
    assert (desk.asked(case), desk.codes(case), state(desk, case), reasons(desk, case)) == ([], [], "held", [])
    for _ in range(2):
        deliver(desk.context, CaseLetThrough(case=case, rights=["restriction"]), source="intake", sealed={})
        run(desk.context)
    assert (desk.asked(case), state(desk, case)) == (["shop"], "asking")
    desk.answer(case, {"email": STORED})
    assert len(desk.codes(case)) == 1


def test_what_needs_no_proof_waits_too_while_it_is_held(desk: Desk) -> None:
    case = desk.open(held=True, rights=["objection"])
    assert (desk.said(IdentityProved, case), state(desk, case)) == ([], "held")


def test_an_answer_to_a_claim_of_everybody_sends_no_code(desk: Desk) -> None:
    case = desk.open(email="%")
    desk.answer(case, {"email": STORED})
    assert desk.codes(case) == []


def test_unproved_claims_are_forgotten_after_90_days_with_their_keys(desk: Desk) -> None:
    case = desk.found()
    desk.clock.advance(timedelta(days=90) - timedelta(seconds=1))
    forget(desk.context)
    assert desk.rows("SELECT 1 FROM claim") != []
    desk.clock.advance(timedelta(seconds=1))
    forget(desk.context)
    for table in ("claim", "asked", "channel", "challenge", "visit", "data_key"):
        assert desk.rows(f"SELECT * FROM {table}") == [], table
    desk.context.keys.rotate(desk.clock.now())
    desk.answer(case, {"email": STORED})
    assert parked(desk.context) == ["nobody asked this system about this case"]


def test_no_look_alike_of_an_address_ever_gets_a_mail_or_causes_one(page_desk: Desk) -> None:
    """Cases 2 and 3."""
    for look_alike in LOOK_ALIKES:
        case = page_desk.open(email=look_alike)
        if page_desk.asked(case):  # a connector that matches too much answers with the real one's record
            page_desk.answer(case, {"email": ANNA, "customer_number": "1"})
    assert page_desk.said(ChallengeIssued) == []
    assert len(page_desk.rows("SELECT * FROM claim")) == len(LOOK_ALIKES)
