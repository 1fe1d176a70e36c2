"""This was not me: the stop code of a letter freezes all that is asked about its reader, and two people thaw it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from tests.identity.conftest import BROWSER, PHONE, STORED, Desk, token_free
from tests.identity.test_pages import BROWSER as HELD
from tests.identity.test_pages import COOKIE, ELSEWHERE

from habeas.clock import random_id
from habeas.errors import Faults, Refused
from habeas.events import (
    CaseFrozen,
    CaseThawed,
    ChallengeIssued,
    FreezeContested,
    IdentityProved,
    PersonInvited,
    PersonWarned,
)
from habeas.testing.house import run
from habeas_identity.challenges import Purpose
from habeas_identity.codes import LETTERS, read_code
from habeas_identity.freezing import LIFE, is_frozen, stop
from habeas_identity.given import Standing
from habeas_identity.proving import ask_for_code, is_visiting, release, take_code
from habeas_identity.thawing import ThawReason, confirm_thaw, contest, look_at_freeze, propose_thaw

PLACE = "203.0.113.0/24"


def stop_code(desk: Desk, case: str) -> str:
    """The stop code of the first letter of a case."""
    return str(desk.said(ChallengeIssued, case)[0].sealed["stop"])


def freeze(desk: Desk, case: str, code: str = "", place: str = PLACE) -> bool:
    with desk.context.transaction() as tx:
        return stop(tx, case, place, code or stop_code(desk, case))


def frozen(desk: Desk, *cases: str) -> list[bool]:
    with desk.context.reading() as tx:
        return [is_frozen(tx, case) for case in cases]


def ask(desk: Desk, case: str, purpose: Purpose, browser: str = BROWSER) -> None:
    with desk.context.transaction() as tx:
        ask_for_code(tx, case, purpose, browser)
    desk.relay()


def take(desk: Desk, case: str, purpose: Purpose, browser: str = BROWSER) -> Standing | None:
    """Type the newest code in."""
    code = read_code(desk.codes(case)[-1])
    assert code is not None
    with desk.context.transaction() as tx:
        return take_code(tx, case, purpose, browser, code)


def show(desk: Desk, case: str, purpose: Purpose, browser: str = BROWSER, channels: int = 2) -> Standing:
    """Show that one reads the stored channels, one after the other."""
    if purpose is not Purpose.PROVE:
        ask(desk, case, purpose, browser)
    for _ in range(channels):
        now = take(desk, case, purpose, browser)
        assert now is not None
    return now


def propose(desk: Desk, case: str, person: str, reason: str = ThawReason.SHOWN_AGAIN) -> None:
    with desk.context.transaction() as tx:
        propose_thaw(tx, case, person, reason)


def confirm(desk: Desk, case: str, person: str) -> None:
    with desk.context.transaction() as tx:
        confirm_thaw(tx, case, person)


def test_every_letter_to_a_stored_address_carries_a_stop_code_of_its_own(desk: Desk) -> None:
    """Case 17."""
    case = desk.two_channels()
    show(desk, case, Purpose.PROVE)
    invited = desk.found(browser="")
    sealed = [each.sealed for each in desk.said(ChallengeIssued, case)]
    told = desk.said(IdentityProved, case) + desk.said(PersonInvited, invited)
    sealed += [each.sealed for each in told if each.recipient == "notifier"]
    stops = [each["stop"] for each in sealed]
    assert len(stops) == len(set(stops)) == 4
    assert all(set(each) <= {*LETTERS, "-"} and len(read_code(each) or "") == 8 for each in stops)
    assert frozen(desk, case, invited) == [False, False]
    kept = [bytes(mark) for (mark,) in desk.rows("SELECT mark FROM stop_code")]
    assert {len(mark) for mark in kept} == {32}


def test_the_stop_code_freezes_every_case_of_the_person_and_no_other(desk: Desk) -> None:
    """Case 17."""
    asked_by_another, own = desk.found(), desk.two_channels()
    stranger = desk.open(email="bo@example.com")
    desk.answer(stranger, {"email": "bo@example.com", "customer_number": "7"})
    assert freeze(desk, asked_by_another)
    assert frozen(desk, asked_by_another, own, stranger) == [True, True, False]
    assert {each.event.thread for each in desk.said(CaseFrozen)} == {asked_by_another, own}
    warned = [(each.event.thread, each.event.of, each.sealed["address"]) for each in desk.said(PersonWarned)]  # type: ignore[attr-defined]
    assert sorted(warned) == sorted(
        [(asked_by_another, "frozen", STORED), (own, "frozen", STORED), (own, "frozen", PHONE)]
    )
    kinds = [row[0] for row in desk.rows("SELECT kind FROM ledger_leaf WHERE kind = 'case.frozen'")]
    assert len(kinds) == 2


def test_a_case_that_is_opened_later_for_the_same_person_is_frozen_likewise(desk: Desk) -> None:
    """Case 17."""
    freeze(desk, desk.found())
    later = desk.found()
    assert frozen(desk, later) == [True]
    assert desk.codes(later) == []
    assert desk.said(CaseFrozen, later)
    warned_before = len(desk.said(PersonWarned))
    for _ in range(3):
        desk.found()
    assert len(desk.said(PersonWarned)) - warned_before <= 2, "new cases do not fill the mailbox of who said no"


def test_a_person_who_is_found_while_their_cases_are_being_frozen_waits_for_it(desk: Desk) -> None:
    """Case 55: neither overlooks the other, and they never wait in a circle."""
    if desk.context.database.is_sqlite:
        return  # there the one writer is lock enough
    case, later = desk.found(), desk.open()
    with desk.context.transaction() as tx:
        assert stop(tx, case, PLACE, stop_code(desk, case))
        desk.answer(later, {"email": STORED, "customer_number": "1017"})
        assert frozen(desk, later) == [False]
    desk.clock.advance(timedelta(seconds=2))
    run(desk.context)
    assert frozen(desk, case, later) == [True, True]


def test_what_was_shown_in_a_frozen_case_counts_no_more(desk: Desk) -> None:
    """Case 17 and 22: visits, proofs and codes are dropped; the answer is not handed out by any of them."""
    case = desk.two_channels()
    show(desk, case, Purpose.PROVE)
    ask(desk, case, Purpose.RELEASE)
    take(desk, case, Purpose.RELEASE)
    assert freeze(desk, case)
    with desk.context.transaction() as tx:
        assert not is_visiting(tx, case, BROWSER)
        assert not release(tx, case, BROWSER)
    assert take(desk, case, Purpose.RELEASE) is None, "the second code, which was on its way"
    assert desk.rows("SELECT * FROM given_proof") == []
    sent = len(desk.codes(case))
    for purpose in (Purpose.PROVE, Purpose.RELEASE, Purpose.CONTACT):
        ask(desk, case, purpose)
    assert len(desk.codes(case)) == sent, "and no other goes out"


def test_nobody_proves_a_case_that_is_frozen(desk: Desk) -> None:
    """Case 17: whoever opened it with the mailbox at hand gets no further by a code that had come before."""
    case = desk.found()
    freeze(desk, case)
    assert take(desk, case, Purpose.PROVE) is None
    assert desk.said(IdentityProved, case) == []


@pytest.mark.parametrize("wrong", ["", "K7-MP-4X-WR", "O0", "x" * 500, "é" * 8])
def test_a_wrong_stop_code_stops_nothing(desk: Desk, wrong: str) -> None:
    case, other = desk.found(), desk.found()
    assert not freeze(desk, case, wrong or "AAAA-AAAA")
    assert not freeze(desk, case, stop_code(desk, other)), "a code is bound to its case"
    assert not freeze(desk, case, desk.codes(case)[0]), "what opens does not stop"
    assert not freeze(desk, random_id(), stop_code(desk, case))
    assert frozen(desk, case, other) == [False, False]


def test_a_stop_code_counts_for_sixty_days(desk: Desk) -> None:
    case, other = desk.found(), desk.open(email="bo@example.com")
    desk.answer(other, {"email": "bo@example.com", "customer_number": "7"})
    in_time, late = stop_code(desk, case), stop_code(desk, other)
    desk.clock.advance(LIFE - timedelta(seconds=1))
    assert freeze(desk, case, in_time)
    desk.clock.advance(timedelta(seconds=1))
    assert not freeze(desk, other, late)


def test_five_tries_an_hour_are_had_from_one_place_and_a_guesser_locks_nobody_out(desk: Desk) -> None:
    """Case 17: whoever opened the case knows its id, and must not be able to use its person's tries up."""
    case = desk.found()
    for _ in range(7):
        assert not freeze(desk, case, "AAAA-AAAA")
    assert not freeze(desk, case), "the right code comes too late from there"
    assert freeze(desk, case, place="198.51.100.0/24")


def test_an_hour_later_the_place_may_try_again(desk: Desk) -> None:
    case = desk.found()
    for _ in range(5):
        freeze(desk, case, "AAAA-AAAA")
    desk.clock.advance(timedelta(hours=1, seconds=1))
    assert freeze(desk, case)


def test_only_what_two_stored_channels_show_contests_a_freeze(desk: Desk) -> None:
    """Case 17: an ex-partner with the mailbox cannot say that it was the person after all."""
    case = desk.two_channels()
    freeze(desk, case)
    ask(desk, case, Purpose.CONTEST)
    take(desk, case, Purpose.CONTEST)
    with desk.context.transaction() as tx:
        assert not contest(tx, case, BROWSER)
    take(desk, case, Purpose.CONTEST)
    with desk.context.transaction() as tx:
        assert contest(tx, case, BROWSER)
    assert len(desk.said(FreezeContested, case)) == 1
    assert frozen(desk, case) == [True], "that is for people to decide"
    with desk.context.transaction() as tx:
        assert not contest(tx, case, BROWSER), "one act is all that the proofs are good for"


def test_what_is_needed_in_doubt_decides_on_which_ground_a_case_may_go_on(desk: Desk) -> None:
    """Case 17: the profile wants a proofed identity in doubt, which two stored channels are not."""
    case = desk.two_channels("access")
    freeze(desk, case)
    show(desk, case, Purpose.CONTEST)
    with desk.context.transaction() as tx:
        assert contest(tx, case, BROWSER)
        standing = look_at_freeze(tx, case)
    assert standing is not None
    assert (standing.reached, standing.needed, standing.shown) == ("A2", "A3", False)
    with pytest.raises(Refused):
        propose(desk, case, "person-1")
    propose(desk, case, "person-1", ThawReason.ANOTHER_WAY)


def test_a_mailbox_alone_never_contests_even_where_it_was_enough_to_ask(desk: Desk) -> None:
    """Case 17."""
    case = desk.found()
    freeze(desk, case)
    assert not show(desk, case, Purpose.CONTEST, channels=1).enough


def test_two_people_thaw_a_case_and_the_ledger_says_who(desk: Desk) -> None:
    """Case 29: the second one is another person, not another account."""
    case = desk.two_channels("restriction")
    freeze(desk, case)
    with pytest.raises(Refused):
        propose(desk, case, "person-1")
    with pytest.raises(Refused):
        confirm(desk, case, "person-2")
    show(desk, case, Purpose.CONTEST)
    with desk.context.transaction() as tx:
        contest(tx, case, BROWSER)
    with pytest.raises(Faults):
        propose(desk, case, "person-1", "because")
    propose(desk, case, "person-1")
    with pytest.raises(Refused):
        confirm(desk, case, "person-1")
    assert frozen(desk, case) == [True]
    confirm(desk, case, "person-2")
    assert frozen(desk, case) == [False]
    [thawed] = {(each.event.thread, each.event.reason) for each in desk.said(CaseThawed)}  # type: ignore[attr-defined]
    assert thawed == (case, "shown_again")
    told = [row[0] for row in desk.rows("SELECT kind FROM ledger_leaf ORDER BY id")]
    wanted = ["case.frozen", "freeze.contested", "thaw.proposed", "case.thawed"]
    assert [kind for kind in told if kind in wanted] == wanted
    assert [each.event.of for each in desk.said(PersonWarned, case)][-2:] == ["thawed", "thawed"]  # type: ignore[attr-defined]


def test_only_the_case_that_two_people_looked_at_goes_on(desk: Desk) -> None:
    case, other = desk.two_channels(), desk.found()
    freeze(desk, other)
    propose(desk, case, "person-1", ThawReason.ANOTHER_WAY)
    confirm(desk, case, "person-2")
    assert frozen(desk, case, other) == [False, True]
    ask(desk, case, Purpose.PROVE)
    assert show(desk, case, Purpose.PROVE).enough
    assert freeze(desk, case, desk.said(ChallengeIssued, case)[-1].sealed["stop"]), "it can be stopped again"


def test_a_claim_is_forgotten_with_all_that_stopped_it(desk: Desk) -> None:
    from habeas_identity.timers import forget

    case = desk.found()
    freeze(desk, case)
    desk.clock.advance(timedelta(days=91))
    forget(desk.context)
    for table in ("claim", "frozen_case", "stop_code", "address_change"):
        assert desk.rows(f"SELECT * FROM {table}") == []


STEPS: dict[str, Any] = {
    "opens the page": lambda visitor, path: visitor.get(path),
    "gives a wrong code": lambda visitor, path: visitor.post(path, {"code": "AB-CD-EF-GH"}),
    "gives no code": lambda visitor, path: visitor.post(path, {"code": ""}),
    "forgets the field": lambda visitor, path: visitor.post(path, {}),
    "tries too often": lambda visitor, path: [visitor.post(path, {"code": "AB-CD-EF-GH"}) for _ in range(8)][-1],
}


@pytest.mark.parametrize("cookie", [COOKIE, ELSEWHERE, ""], ids=["same browser", "known browser", "new browser"])
@pytest.mark.parametrize("page", ["/prove/{}/not-me", "/prove/{}/contest", "/prove/{}/address"])
@pytest.mark.parametrize("step", STEPS)
def test_customers_strangers_frozen_and_unknown_cases_are_answered_alike(
    page_desk: Desk, step: str, page: str, cookie: str
) -> None:
    """Case 8 and 9."""
    customer, stopped = page_desk.found(browser=HELD), page_desk.open(browser=HELD, email="c@example.com")
    page_desk.answer(stopped, {"email": "c@example.com", "customer_number": "9"})
    stranger = page_desk.open(browser=HELD, email="stranger@example.org")
    page_desk.answer(stranger)
    freeze(page_desk, stopped)
    answers = []
    for case in (customer, stopped, stranger, random_id()):
        answer = STEPS[step](page_desk.visitor(cookie), page.format(case))
        body = token_free(answer.get_data(as_text=True)).replace(case, "CASE")
        answers.append((answer.status, body, sorted(answer.headers.keys())))
    assert all(each == answers[0] for each in answers)


def test_a_wrong_stop_code_costs_the_same_statements_for_everybody(page_desk: Desk) -> None:
    """Case 8: the time tells no customer from a stranger, and neither from a case that there is none of."""
    customer, stranger = page_desk.found(), page_desk.open(email="stranger@example.org")
    done = []
    for case in (customer, stranger, random_id()):
        statements: list[str] = []

        def note(*given: Any, kept: list[str] = statements) -> None:
            kept.append(given[2])

        event.listen(page_desk.context.database.engine, "before_cursor_execute", note)
        assert not freeze(page_desk, case, "AAAA-AAAA")
        event.remove(page_desk.context.database.engine, "before_cursor_execute", note)
        done.append(statements)
    assert done[0] == done[1] == done[2] != []


def test_opening_the_page_of_a_letter_stops_nothing_and_its_form_does(page_desk: Desk) -> None:
    """Case 5 and 17: a scanner that follows links, or presses buttons, has no code."""
    case = page_desk.found(browser=HELD)
    visitor = page_desk.visitor()
    assert visitor.get(f"/prove/{case}/not-me").status_code == 200
    assert visitor.post(f"/prove/{case}/not-me", {}).status_code == 422
    assert frozen(page_desk, case) == [False]
    done = visitor.post(f"/prove/{case}/not-me", {"code": stop_code(page_desk, case).lower()})
    assert (done.status_code, "Everything is stopped" in done.get_data(as_text=True)) == (200, True)
    assert frozen(page_desk, case) == [True]


def test_a_person_contests_on_the_page_and_two_agents_let_the_case_go_on(page_desk: Desk) -> None:
    case = page_desk.two_channels(browser=HELD)
    freeze(page_desk, case)
    visitor, page = page_desk.visitor(COOKIE), f"/prove/{case}/contest"
    visitor.post(f"{page}/code", {}, page=page)
    page_desk.relay()
    assert visitor.post(page, {"code": page_desk.codes(case)[-1]}, page=f"{page}?sent=yes").location.endswith(
        "/contest"
    )
    assert "text message" in visitor.get(page).get_data(as_text=True)
    assert visitor.post(page, {"code": page_desk.codes(case)[-1]}).location.endswith("?done=yes")
    assert "Two people" in visitor.get(f"{page}?done=yes").get_data(as_text=True)
    with page_desk.context.reading() as tx:
        standing = look_at_freeze(tx, case)
    assert standing is not None
    assert standing.contested is not None


def agent(desk: Desk, email: str, *roles: str) -> Any:
    """Somebody who is signed in."""
    desk.hire(email, *roles)
    visitor = desk.visitor()
    desk.sign_in(visitor, email)
    return visitor


def test_two_agents_let_a_case_go_on_by_their_page(page_desk: Desk) -> None:
    """Case 26 and 29: a reason and a second person; who may only work on cases decides nothing here."""
    case = page_desk.found()
    freeze(page_desk, case)
    ada, di, cy = (
        agent(page_desk, f"{name}@example.com", role)
        for name, role in (("ada", "approver"), ("di", "officer"), ("cy", "agent"))
    )
    page = f"/agents/frozen/{case}"
    assert cy.get(page).status_code == 403
    assert "showed again" not in ada.get(page).get_data(as_text=True), "nobody has"
    assert ada.post(page, {"reason": ""}).status_code == 422
    assert ada.post(f"{page}/confirm", {}, page=page).status_code == 422
    assert ada.post(page, {"reason": "another_way"}).status_code == 303
    assert "another person has to confirm" in ada.get(page).get_data(as_text=True)
    assert "Confirm: let the case go on" in di.get(page).get_data(as_text=True)
    assert frozen(page_desk, case) == [True]
    assert di.post(f"{page}/confirm", {}, page=page).status_code == 303
    assert frozen(page_desk, case) == [False]
    assert "goes on again" in di.get(page).get_data(as_text=True)
