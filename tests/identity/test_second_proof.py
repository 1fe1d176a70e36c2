"""What a second proof is for: one stored channel neither destroys nor gives out more than it receives anyway."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.identity.conftest import BROWSER, PHONE, STORED, Desk

from habeas.crypto.signing import Signed
from habeas.events import ChallengeIssued, CodeAsked, IdentityProved, IdentityUnmatched
from habeas.settings import Secret
from habeas.testing.house import deliver, run
from habeas.vocabulary import Assurance
from habeas.warrants import check_proof, strip_salt
from habeas_identity.challenges import Purpose
from habeas_identity.codes import read_code
from habeas_identity.given import NO_WAY, Standing
from habeas_identity.lives import FRESH
from habeas_identity.proving import find_standing, release, take_code

OTHER = "c" * 64
ROW = {"email": STORED, "customer_number": "1017", "phone": PHONE}


def give(desk: Desk, case: str, purpose: Purpose = Purpose.PROVE, browser: str = BROWSER) -> Standing | None:
    """Type the newest code in."""
    with desk.context.transaction() as tx:
        return take_code(tx, case, purpose, browser, str(read_code(desk.codes(case)[-1])))


def ask(desk: Desk, case: str, purpose: str = "prove", method: str = "", browser: str = BROWSER) -> None:
    deliver(desk.context, CodeAsked(case=case, purpose=purpose, method=method, browser=browser), source="identity")
    run(desk.context)


def sent_by(desk: Desk, case: str) -> list[tuple[str, str]]:
    """By which proof, and where each code went."""
    return [(each.event.method, each.sealed["address"]) for each in desk.said(ChallengeIssued, case)]  # type: ignore[attr-defined]


def released(desk: Desk, case: str, browser: str = BROWSER) -> bool:
    with desk.context.transaction() as tx:
        return release(tx, case, browser)


@pytest.mark.parametrize("right", ["access", "portability", "erasure", "rectification"])
def test_a_mailbox_alone_proves_nothing_that_releases_or_destroys(desk: Desk, right: str) -> None:
    """Cases 7 and 17."""
    case = desk.two_channels(right)
    now = give(desk, case)
    assert now is not None
    assert (now.reached, now.needed, now.given, now.left) == (Assurance.A1, Assurance.A2, ("mailbox",), ("phone",))
    assert not now.enough
    assert desk.said(IdentityProved, case) == []


@pytest.mark.parametrize("right", ["restriction", "objection", "consent_withdrawal", "complaint"])
def test_a_mailbox_is_enough_for_what_harms_nobody(desk: Desk, right: str) -> None:
    case = desk.two_channels(right)
    now = give(desk, case)
    assert now is None or now.enough
    assert desk.said(IdentityProved, case)


def test_the_second_code_goes_by_text_to_the_stored_phone_and_proves(desk: Desk) -> None:
    case = desk.two_channels(email=STORED, customer_number="1017")
    assert sent_by(desk, case) == [("mailbox", STORED)]
    give(desk, case)
    assert sent_by(desk, case) == [("mailbox", STORED), ("phone", PHONE)]
    now = give(desk, case)
    assert now is not None
    assert now.enough
    proved = {each.recipient: each for each in desk.said(IdentityProved, case)}
    event = proved["fulfilment"].event
    assert isinstance(event, IdentityProved)
    assert (event.assurance, event.method) == ("A2", "mailbox+phone")
    identifiers = proved["fulfilment"].sealed["identifiers"]
    assert strip_salt(identifiers) == {"email": [STORED], "customer_number": ["1017"]}
    proof = check_proof(
        Signed.from_object(event.proof),
        desk.context.keys.directory(),
        case=case,
        identifiers=identifiers,
        now=desk.clock.now(),
    )
    assert proof.assurance is Assurance.A2
    assert proved["notifier"].sealed["address"] == STORED


def test_nobody_can_have_a_phone_ring_before_the_mailbox_was_shown(desk: Desk) -> None:
    """Case 11."""
    case = desk.two_channels()
    ask(desk, case, method="phone")
    give(desk, case, browser=OTHER)
    ask(desk, case, method="phone", browser=OTHER)
    assert sent_by(desk, case) == [("mailbox", STORED)]


def test_the_first_proof_waits_fifteen_minutes_for_the_second(desk: Desk) -> None:
    """Case 22: what lies about in a browser is good for nothing."""
    case = desk.two_channels()
    give(desk, case)
    desk.clock.advance(FRESH - timedelta(minutes=6))
    ask(desk, case, method="phone")
    desk.clock.advance(timedelta(minutes=6))
    now = give(desk, case)
    assert now is not None
    assert (now.given, now.enough) == (("phone",), False)
    assert desk.said(IdentityProved, case) == []


def test_two_proofs_of_two_browsers_do_not_add_up(desk: Desk) -> None:
    """Case 7: a code that was talked out of somebody is of no use elsewhere."""
    case = desk.two_channels()
    give(desk, case)
    ask(desk, case, browser=OTHER)
    now = give(desk, case, browser=OTHER)
    assert now is not None
    assert now.given == ("mailbox",)
    assert desk.said(IdentityProved, case) == []


def test_the_same_channel_twice_is_one_channel(desk: Desk) -> None:
    case = desk.two_channels()
    give(desk, case)
    ask(desk, case, method="mailbox")
    now = give(desk, case)
    assert now is not None
    assert (now.given, now.reached) == (("mailbox", "mailbox"), Assurance.A1)


def test_handing_out_asks_for_both_again_and_uses_them_up(desk: Desk) -> None:
    """Case 22: release needs proofs of its own, of the last fifteen minutes, and each is good for one release."""
    case = desk.two_channels()
    give(desk, case)
    give(desk, case)
    assert not released(desk, case)
    ask(desk, case, "release")
    give(desk, case, Purpose.RELEASE)
    assert not released(desk, case)
    give(desk, case, Purpose.RELEASE)
    assert not released(desk, case, OTHER)
    assert released(desk, case)
    assert not released(desk, case)
    assert [method for method, _ in sent_by(desk, case)] == ["mailbox", "phone", "mailbox", "phone"]


def test_a_release_that_waited_too_long_is_none(desk: Desk) -> None:
    """Case 22."""
    case = desk.two_channels()
    give(desk, case)
    give(desk, case)
    ask(desk, case, "release")
    give(desk, case, Purpose.RELEASE)
    give(desk, case, Purpose.RELEASE)
    desk.clock.advance(FRESH)
    assert not released(desk, case)


@pytest.mark.parametrize("number", ["08-123 456 78", "0939-123 45 67", "call the neighbour"])
def test_a_number_that_takes_no_text_is_no_second_channel(desk: Desk, number: str) -> None:
    case = desk.open(rights=("erasure",))
    desk.answer(case, {"email": STORED, "customer_number": "1017", "phone": number})
    desk.answer(case, {"email": STORED}, system="newsletter")
    now = give(desk, case)
    assert now is not None
    assert (now.left, now.enough) == ((), False)
    assert [each.event.reason for each in desk.said(IdentityUnmatched, case)] == [NO_WAY]  # type: ignore[attr-defined]


def test_where_no_text_can_be_sent_no_phone_is_a_second_channel(desk: Desk) -> None:
    desk.context = replace(desk.context, settings=replace(desk.context.settings, sms=Secret("")))
    case = desk.two_channels("erasure")
    now = give(desk, case)
    assert now is not None
    assert (now.left, now.enough) == ((), False)


def test_whoever_has_no_second_channel_is_for_an_agent(desk: Desk) -> None:
    case = desk.open(rights=("erasure",))
    desk.answer(case, {"email": STORED, "customer_number": "1017"})
    desk.answer(case, {"email": STORED}, system="newsletter")
    now = give(desk, case)
    assert now is not None
    assert (now.left, now.enough) == ((), False)
    assert [each.event.reason for each in desk.said(IdentityUnmatched, case)] == [NO_WAY]  # type: ignore[attr-defined]
    ask(desk, case)
    give(desk, case)
    assert len(desk.said(IdentityUnmatched, case)) == 1


def test_a_second_channel_that_another_system_holds_is_found(desk: Desk) -> None:
    case = desk.open(rights=("access",))
    desk.answer(case, {"email": STORED})
    assert desk.asked(case) == ["shop", "newsletter"]
    desk.answer(case, ROW, system="newsletter")
    give(desk, case)
    assert sent_by(desk, case) == [("mailbox", STORED), ("phone", PHONE)]
    assert desk.said(IdentityUnmatched, case) == []


def test_where_a_mailbox_is_enough_no_further_system_is_asked(desk: Desk) -> None:
    case = desk.found()
    assert desk.asked(case) == ["shop"]


def test_the_page_says_what_is_left_only_to_the_browser_that_came_so_far(page_desk: Desk) -> None:
    """Case 8."""
    visitor = page_desk.visitor()
    case = page_desk.open(rights=("access",), browser="")
    page_desk.answer(case, ROW)
    visitor.post(f"/prove/{case}/code", {}, page=f"/prove/{case}")
    page_desk.relay()
    first = visitor.get(f"/prove/{case}").get_data(as_text=True)
    assert "One more step" not in first
    answer = visitor.post(f"/prove/{case}", {"code": page_desk.codes(case)[-1]})
    assert (answer.status_code, answer.location) == (303, f"/prove/{case}")
    page = visitor.get(f"/prove/{case}").get_data(as_text=True)
    assert "One more step" in page
    assert "text message" in page
    assert PHONE not in page
    assert "One more step" not in page_desk.visitor().get(f"/prove/{case}").get_data(as_text=True)
    assert visitor.post(f"/prove/{case}", {"code": "AAAA-AAAA"}).status_code == 422
    done = visitor.post(f"/prove/{case}", {"code": page_desk.codes(case)[-1]})
    assert (done.status_code, done.location) == (303, f"/case/{case}")
    with page_desk.context.reading() as tx:
        assert find_standing(tx, case, Purpose.PROVE, BROWSER) is None
