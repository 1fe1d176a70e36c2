"""A person who could not be identified tells more: the systems are asked again; whoever was found is not disturbed."""

from datetime import timedelta

from tests.identity.conftest import BROWSER, STORED, Desk
from tests.identity.test_freezing import show

from habeas.events import ChallengeIssued, ChannelsAsked, ClaimExtended, IdentityProved, IdentityUnmatched
from habeas.testing.house import deliver, parked, run
from habeas_identity.challenges import Purpose
from habeas_identity.timers import forget

FORMER = "an.address.of.long.ago@example.com"


def tell(desk: Desk, case: str, **more: str) -> None:
    told = {name: [value] for name, value in more.items()}
    deliver(desk.context, ClaimExtended(case=case), source="intake", sealed={"identifiers": told})
    run(desk.context)


def unmatched(desk: Desk) -> str:
    """A case of somebody whom no system knows by what they told."""
    case = desk.open(email=FORMER)
    for system in dict.fromkeys(["shop", "newsletter"]):
        if system in desk.asked(case):
            desk.answer(case, system=system)
    assert desk.said(IdentityUnmatched, case)
    return case


def test_what_is_told_later_finds_the_person_and_a_code_goes_to_the_browser_that_asked(desk: Desk) -> None:
    case = unmatched(desk)
    before = desk.asked(case)
    tell(desk, case, email=STORED)
    asked = desk.said(ChannelsAsked, case)[len(before) :]
    assert asked[0].event.system == before[0]  # type: ignore[attr-defined]
    assert {FORMER, STORED} == set(asked[0].sealed["identifiers"]["email"])
    desk.answer(case, {"email": STORED, "customer_number": "1017"})
    [code] = desk.said(ChallengeIssued, case)
    assert code.sealed["address"] == STORED
    assert show(desk, case, Purpose.PROVE, BROWSER, channels=1).enough
    assert desk.said(IdentityProved, case)


def test_whoever_is_found_or_proved_is_not_looked_for_again(desk: Desk) -> None:
    """Case 7: nobody who opened a case can lead its codes elsewhere by what they add."""
    case = desk.found()
    asked, codes = desk.asked(case), len(desk.codes(case))
    tell(desk, case, email="somebody.else@example.com")
    assert (desk.asked(case), len(desk.codes(case))) == (asked, codes)
    show(desk, case, Purpose.PROVE, channels=1)
    tell(desk, case, email="somebody.else@example.com")
    assert (desk.asked(case), len(desk.codes(case))) == (asked, codes)


def test_a_claim_that_is_forgotten_takes_no_more(desk: Desk) -> None:
    case = unmatched(desk)
    desk.clock.advance(timedelta(days=30))
    desk.change(f"UPDATE claim SET forget_at = opened_at WHERE \"case\" = '{case}'")
    forget(desk.context)
    tell(desk, case, email=STORED)
    assert parked(desk.context) == []
