"""An address that looks like a stored one is another: nothing ever goes to it, and it opens nothing of its likeness.

Cases 2 and 3. Each is claimed at the portal's form, and what the form takes goes through identity's tables, where every
system answers as the worst one would: with the record of the address that is looked like.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.identity.conftest import SAMPLE, Desk
from tests.identity.look_alikes import MOST, VICTIMS, cases, single_characters, variants

from habeas.clock import FixedClock
from habeas.events import (
    CaseOpened,
    ChallengeIssued,
    ChannelsAnswered,
    ChannelsAsked,
    CodeAsked,
    IdentityProved,
)
from habeas.service import Context
from habeas.testing.house import deliver, make_context, run, said
from habeas.testing.visitor import Visitor
from habeas.vocabulary import participant_of
from habeas.web.application import create_app
from habeas_identity.matching import Match, Stored, match
from habeas_identity.service import SERVICE
from habeas_intake.actions import open_case
from habeas_intake.applications import read_application
from habeas_intake.queries import view
from habeas_intake.service import SERVICE as INTAKE

FORM = "/case/new/nordlunds-lampor"
PHONE = "070-174 06 05"
TO_NO_SYSTEM = ("notifier", "intake", "fulfilment", "identity")


@dataclass
class Count:
    """What became of those that were tried."""

    tried: int = 0
    at_the_form: int = 0
    accepted: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        refused = self.tried - len(self.accepted)
        return f"tried {self.tried}, refused {refused} ({self.at_the_form} by the form), accepted {len(self.accepted)}"


@dataclass
class House:
    """Intake and identity, each with its own tables; their letters are carried by hand."""

    intake: Context
    identity: Desk
    clock: FixedClock
    token: str = ""
    carried: int = 0
    answered: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.visitor = Visitor(create_app(self.intake), self.intake.settings.portal_url)
        form = self.visitor.get(FORM).get_data(as_text=True)
        [self.token] = re.findall(r'name="csrf_token" value="([^"]+)"', form)[:1]

    def claim(self, address: str, number: int) -> bool:
        """Send the form; say whether it was taken."""
        self.clock.advance(timedelta(seconds=10))
        sender = f"10.{number >> 8}.{number & 255}.1"  # a network of its own: what is over a limit would be held
        told = {
            "csrf_token": self.token,
            "form": f"{number:064x}",
            "rights": "access",
            "identifier-email": address,
        }
        answer = self.visitor.send(
            "POST",
            FORM,
            data=told,
            headers={"Sec-Fetch-Site": "same-origin"},
            environ_overrides={"REMOTE_ADDR": sender},
        )
        assert answer.status_code in (303, 422), answer.status_code
        return answer.status_code == 303

    def carry(self, record: dict[str, str]) -> list[str]:
        """Bring identity the new cases; each system answers with this record, and each browser asks for a code."""
        opened = [each for each in said(self.intake, CaseOpened) if each.recipient == "identity"][self.carried :]
        self.carried += len(opened)
        for each in opened:
            deliver(self.identity.context, each.event, source="intake", sealed=each.sealed)
        run(self.identity.context)
        for each in self.identity.said(ChannelsAsked):
            if each.event.thread not in self.answered:
                self.answered.add(each.event.thread)
                self._answer(each.event.thread, record)
        for each in opened:
            assert isinstance(each.event, CaseOpened)
            wanted = CodeAsked(case=each.event.case, purpose="prove", method="", browser=each.event.browser)
            deliver(self.identity.context, wanted, source="identity")
        run(self.identity.context)
        return [each.event.thread for each in opened]

    def _answer(self, case: str, record: dict[str, str]) -> None:
        known = {name: value for name, value in record.items() if name != "phone"}
        channels: list[dict[str, Any]] = [
            {"kind": "email", "value": record["email"], "identifiers": known},
            {"kind": "sms", "value": record["phone"], "identifiers": known},
        ]
        answer = ChannelsAnswered(case=case, system="shop", outcome="found", reason="")
        deliver(self.identity.context, answer, source=participant_of("shop"), sealed={"channels": channels})


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[House]:
    intake = make_context(INTAKE, tmp_path / "intake", clock=clock, profiles=str(SAMPLE))
    identity = make_context(SERVICE, tmp_path / "identity", clock=clock, profiles=str(SAMPLE))
    yield House(intake, Desk(identity, clock), clock)
    intake.database.close()
    identity.database.close()


def record_of(address: str) -> dict[str, str]:
    return {"email": address, "customer_number": "1017", "phone": PHONE}


def test_every_look_alike_and_variant_is_another_address() -> None:
    """By the rule alone, all of them."""
    tried = 0
    for victim in VICTIMS:
        stored = [Stored("email", victim, {"customer_number": "1017"})]
        alike = single_characters(victim)
        assert len(set(alike)) == MOST
        assert len(variants(victim)) >= 40
        for address in (*alike, *variants(victim)):
            assert match({"email": [address]}, stored, under="email") is None, ascii(address)
            tried += 1
        for address in cases(victim):
            found = match({"email": [address]}, stored, under="email")
            assert isinstance(found, Match)
            assert found.addresses == {"email": victim}
    assert tried >= 5 * (MOST + 40)


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_rule_that_folds_unicode_would_take_hundreds_of_them_for_the_victim(victim: str) -> None:
    """The attack is real: this is what a usual comparison without regard to case and width would let through."""
    folded = [each for each in single_characters(victim) if unicodedata.normalize("NFKC", each).casefold() == victim]
    assert len(folded) > 200


def test_a_look_alike_gets_no_code_no_link_and_no_data(
    house: House, counts: Callable[[int, int], int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Cases 2 and 3: through the form, the tables and the letters."""
    count, number = Count(), 0
    for victim in VICTIMS:
        alike, varied = single_characters(victim), variants(victim)
        for address in (*alike[: counts(12, MOST)], *varied[: counts(8, len(varied))]):
            number += 1
            count.tried += 1
            count.at_the_form += not house.claim(address, number)
        house.carry(record_of(victim))
    desk = house.identity
    count.accepted += [row[0] for row in desk.rows('SELECT "case" FROM channel')]
    assert desk.said(ChallengeIssued) == desk.said(IdentityProved) == []
    told = [each for each in said(desk.context) if each.recipient in TO_NO_SYSTEM]
    # Nothing that identity says holds an address at all, but what the systems are asked.
    assert not [each for each in told if each.sealed]
    taken = count.tried - count.at_the_form
    assert len(house.answered) == len(desk.rows("SELECT 1 FROM claim WHERE state IN ('asking', 'unmatched')")) == taken
    with capsys.disabled():
        print(f"\nlook-alikes: {count}, skipped 0")
    assert not count.accepted
    assert count.tried >= len(VICTIMS) * counts(20, MOST + 40)
    assert count.at_the_form < count.tried / 2  # it is not the form that keeps them out


def test_the_stored_address_in_other_letter_case_gets_its_code_at_the_stored_spelling(house: House) -> None:
    """The same way is open to the real person, so that what was refused above was refused for what it was."""
    [victim, other, *_] = VICTIMS
    for number, address in enumerate((victim, cases(victim)[0], cases(victim)[2])):
        assert house.claim(address, number)
    assert len(house.carry(record_of(victim))) == 3
    assert house.claim(other, 9)
    house.carry(record_of(victim))
    issued = house.identity.said(ChallengeIssued)
    assert {each.sealed["address"] for each in issued} == {victim}
    assert len({each.event.thread for each in issued}) == 3


def test_a_code_for_one_address_never_goes_to_the_one_that_was_written_from(house: House) -> None:
    """Case 1: a stored customer number with somebody's own address is for a person to look at, not a way in."""
    with_number = {"email": "eve@evil.example.com", "customer_number": "1017"}
    case = house.identity.open(rights=("access",), **with_number)
    house.identity.answer(case, record_of(VICTIMS[0]))
    assert house.identity.codes(case) == []


@pytest.mark.parametrize("channel", ["portal", "api", "letter", "email", "phone", "on_site"])
def test_whatever_channel_a_case_came_by_it_stays_unproved(house: House, channel: str) -> None:
    """Case 1: neither a letterhead nor a sender nor a program's word shows who asks."""
    [profile] = house.intake.profiles.values()
    given = {"rights": ["access", "erasure"], "identifiers": {"email": VICTIMS[0]}, "contact": VICTIMS[0]}
    application = read_application(profile, given, token=channel, channel=channel, opened_by="somebody")
    with house.intake.transaction() as tx:
        opened = open_case(tx, application)
    assert house.carry(record_of(VICTIMS[0])) == [opened.case]
    run(house.intake)
    with house.intake.reading() as tx:
        seen = view(tx, opened.case)
    assert seen is not None
    assert {right.state.value for right in seen.rights} == {"received"}
    assert house.identity.rows("SELECT state, proved_at FROM claim") == [("found", None)]
    assert house.identity.said(IdentityProved) == []
    assert {each.sealed["address"] for each in house.identity.said(ChallengeIssued)} <= {VICTIMS[0]}
