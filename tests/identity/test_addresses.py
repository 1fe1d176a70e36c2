"""A changed address: shown on the old channels, answered from the new one, held for three days, stopped at any time."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from tests.identity.conftest import BROWSER, PHONE, STORED, Desk
from tests.identity.test_freezing import ask, freeze, show, stop_code
from tests.identity.test_pages import BROWSER as HELD
from tests.identity.test_pages import COOKIE, ELSEWHERE

from habeas.errors import Faults, Refused
from habeas.events import ChallengeIssued, ContactChanged, PersonWarned
from habeas_identity.addresses import HOLD, ask_change, cancel_change, find_change, hold_change
from habeas_identity.challenges import Purpose
from habeas_identity.codes import read_code
from habeas_identity.freezing import is_frozen
from habeas_identity.lives import FRESH
from habeas_identity.proving import is_visiting
from habeas_identity.timers import change_addresses

NEW = "anna.new@example.org"


def name_new(desk: Desk, case: str, address: str = NEW, browser: str = BROWSER) -> None:
    with desk.context.transaction() as tx:
        ask_change(tx, case, browser, address)


def answer_from_new(desk: Desk, case: str, browser: str = BROWSER, code: str = "") -> bool:
    """Type in the newest code, which went to the new address."""
    typed = read_code(code or desk.codes(case)[-1])
    assert typed is not None
    with desk.context.transaction() as tx:
        return hold_change(tx, case, browser, typed)


def proved(desk: Desk) -> str:
    """A proved case of somebody with a stored mailbox and a stored phone."""
    case = desk.two_channels()
    show(desk, case, Purpose.PROVE)
    return case


def held(desk: Desk) -> str:
    """Such a case with a change whose hold has just begun."""
    case = proved(desk)
    show(desk, case, Purpose.CONTACT)
    name_new(desk, case)
    assert answer_from_new(desk, case)
    return case


def pass_time(desk: Desk, time: timedelta) -> None:
    desk.clock.advance(time)
    change_addresses(desk.context)


def to_new(desk: Desk, case: str) -> list[tuple[str, str]]:
    """What went to the new address: of the code and the two notices, the kinds, and whatever else there is."""
    codes = [("code", each.event.purpose) for each in desk.said(ChallengeIssued, case) if each.sealed["address"] == NEW]  # type: ignore[attr-defined]
    warned = [("notice", each.event.of) for each in desk.said(PersonWarned, case) if each.sealed["address"] == NEW]  # type: ignore[attr-defined]
    changed = [("letters", "")] * sum(each.recipient == "notifier" for each in desk.said(ContactChanged, case))
    return codes + warned + changed


def test_after_the_hold_letters_go_to_the_new_address(desk: Desk) -> None:
    """Case 4."""
    case = held(desk)
    ask(desk, case, Purpose.RELEASE)
    assert desk.said(ChallengeIssued, case)[-1].sealed["address"] == STORED, "before, everything goes to the old one"
    with desk.context.reading() as tx:
        assert is_visiting(tx, case, BROWSER)
    pass_time(desk, HOLD - timedelta(seconds=1))
    assert desk.said(ContactChanged) == []
    pass_time(desk, timedelta(seconds=1))
    changed = next(each for each in desk.said(ContactChanged, case) if each.recipient == "notifier")
    assert changed.sealed["address"] == NEW
    with desk.context.reading() as tx:
        assert not is_visiting(tx, case, BROWSER), "what was shown on the old channels counts no more"
    ask(desk, case, Purpose.RELEASE)
    assert desk.said(ChallengeIssued, case)[-1].sealed["address"] == NEW
    pass_time(desk, HOLD)
    assert len([each for each in desk.said(ContactChanged) if each.recipient == "notifier"]) == 1


def test_old_and_new_address_are_told_at_once_and_only_the_old_one_can_stop_it(desk: Desk) -> None:
    """Case 4."""
    case = held(desk)
    told = {(each.event.of, each.sealed["address"]): each.sealed["stop"] for each in desk.said(PersonWarned, case)}  # type: ignore[attr-defined]
    assert told.keys() == {("contact_change_old", STORED), ("contact_change_old", PHONE), ("contact_change_new", NEW)}
    assert told["contact_change_new", NEW] == ""
    assert [each.sealed["stop"] for each in desk.said(ChallengeIssued, case) if each.sealed["address"] == NEW] == [""]
    assert freeze(desk, case, told["contact_change_old", STORED])
    pass_time(desk, HOLD)
    assert desk.said(ContactChanged) == []


def only_mailbox(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT, channels=1)
    name_new(desk, case)


def stale_proofs(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT)
    desk.clock.advance(FRESH)
    name_new(desk, case)


def other_browser(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT)
    name_new(desk, case, browser="c" * 64)


def other_purpose(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.RELEASE)
    name_new(desk, case)


def a_visit_alone(desk: Desk, case: str) -> None:
    name_new(desk, case)


def frozen_before(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT)
    freeze(desk, case)
    name_new(desk, case)


def wrong_code(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT)
    name_new(desk, case)
    assert not answer_from_new(desk, case, code="AAAA-AAAA")


def late_code(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT)
    name_new(desk, case)
    desk.clock.advance(timedelta(minutes=10))
    assert not answer_from_new(desk, case)


def code_in_another_browser(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT)
    name_new(desk, case)
    assert not answer_from_new(desk, case, browser="c" * 64)


def code_of_the_old_channel(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT)
    name_new(desk, case)
    assert not answer_from_new(desk, case, code=desk.codes(case)[-2])


def stopped_on_the_page(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT)
    name_new(desk, case)
    assert answer_from_new(desk, case)
    show(desk, case, Purpose.CONTACT, browser="d" * 64, channels=1)
    with desk.context.transaction() as tx:
        assert cancel_change(tx, case, "d" * 64)


def frozen_in_the_hold(desk: Desk, case: str) -> None:
    show(desk, case, Purpose.CONTACT)
    name_new(desk, case)
    assert answer_from_new(desk, case)
    desk.clock.advance(HOLD - timedelta(seconds=1))
    assert freeze(desk, case)


SEQUENCES: dict[str, Any] = {
    each.__name__: each
    for each in (
        only_mailbox, stale_proofs, other_browser, other_purpose, a_visit_alone, frozen_before, wrong_code, late_code,
        code_in_another_browser, code_of_the_old_channel, stopped_on_the_page, frozen_in_the_hold,
    )
}  # fmt: skip


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_nothing_of_a_case_ever_goes_to_an_address_that_was_not_shown_and_held(desk: Desk, sequence: str) -> None:
    """Case 4 and R3: twelve sequences, no delivery to the new address."""
    assert len(SEQUENCES) == 12
    case = proved(desk)
    with suppress(Refused):
        SEQUENCES[sequence](desk, case)
    pass_time(desk, HOLD)
    pass_time(desk, HOLD)
    assert desk.said(ContactChanged) == []
    assert set(to_new(desk, case)) <= {("code", "address"), ("notice", "contact_change_new")}
    with desk.context.reading() as tx:
        assert find_change(tx, case, BROWSER) is None


def test_a_new_address_is_sent_three_codes_a_day_and_may_be_tried_five_times(desk: Desk) -> None:
    """Case 6 and 11."""
    case = proved(desk)
    show(desk, case, Purpose.CONTACT)
    for _ in range(3):
        name_new(desk, case)
    with pytest.raises(Refused):
        name_new(desk, case)
    right = desk.codes(case)[-1]
    for _ in range(5):
        assert not answer_from_new(desk, case, code="AAAA-AAAA")
    assert not answer_from_new(desk, case, code=right)


@pytest.mark.parametrize("address", ["", "anna", "a@b", "a b@example.com", "a@example.com\nBcc: b@example.com", STORED])
def test_what_is_no_address_or_the_same_one_is_refused(desk: Desk, address: str) -> None:
    case = proved(desk)
    show(desk, case, Purpose.CONTACT)
    with pytest.raises(Faults):
        name_new(desk, case, address)


def test_a_freeze_from_the_old_mailbox_still_finds_the_case_after_the_change(desk: Desk) -> None:
    """Case 17: a later case at the old address freezes the one whose letters were led away."""
    case = held(desk)
    stop = stop_code(desk, case)
    pass_time(desk, HOLD)
    assert freeze(desk, case, stop)
    later = desk.two_channels()
    with desk.context.reading() as tx:
        assert is_frozen(tx, later)


def test_the_new_address_stands_in_no_table_in_the_open(desk: Desk) -> None:
    held(desk)
    [row] = desk.rows("SELECT * FROM address_change")
    assert "anna" not in repr(row)


def test_a_person_changes_the_address_on_the_page_and_stops_it_from_the_old_channel(page_desk: Desk) -> None:
    """Case 4; and who reads the old mailbox does not learn the new address."""
    case = page_desk.two_channels(browser=HELD)
    show(page_desk, case, Purpose.PROVE, HELD)
    visitor, page = page_desk.visitor(COOKIE), f"/prove/{case}/address"
    visitor.post(f"{page}/code", {}, page=page)
    page_desk.relay()
    for _ in range(2):
        visitor.post(page, {"code": page_desk.codes(case)[-1]}, page=f"{page}?sent=yes")
    assert "Where are letters" in visitor.get(page).get_data(as_text=True)
    wrong = visitor.post(f"{page}/new", {"address": "nobody"}, page=page)
    assert (wrong.status_code, "name@example.com" in wrong.get_data(as_text=True)) == (422, True)
    assert visitor.post(f"{page}/new", {"address": NEW}, page=page).status_code == 303
    assert NEW in visitor.get(page).get_data(as_text=True)
    assert visitor.post(f"{page}/confirm", {"code": "AAAA-AAAA"}, page=page).status_code == 422
    done = visitor.post(f"{page}/confirm", {"code": page_desk.codes(case)[-1]}, page=page)
    assert "three days" in visitor.get(done.location).get_data(as_text=True)
    another = page_desk.visitor(ELSEWHERE)
    another.post(f"{page}/code", {}, page=page)
    page_desk.relay()
    another.post(page, {"code": page_desk.codes(case)[-1]}, page=f"{page}?sent=yes")
    shown = another.get(page).get_data(as_text=True)
    assert "A change is under way" in shown
    assert NEW not in shown
    assert "stopped" in another.post(f"{page}/cancel", {}, page=page).location
    page_desk.clock.advance(HOLD)
    change_addresses(page_desk.context)
    assert page_desk.said(ContactChanged) == []


@pytest.mark.parametrize("path", ["new", "confirm", "cancel"])
def test_who_has_shown_nothing_changes_nothing_and_learns_nothing(page_desk: Desk, path: str) -> None:
    """Case 8 and 22: a stolen visit is no proof."""
    case = page_desk.two_channels(browser=HELD)
    show(page_desk, case, Purpose.PROVE, HELD)
    unknown = "00000000-0000-4000-8000-000000000000"
    answers = []
    for each in (case, unknown):
        page = f"/prove/{each}/address"
        answer = page_desk.visitor(COOKIE).post(f"{page}/{path}", {"address": NEW, "code": "ABCD-EFGH"}, page=page)
        answers.append((answer.status_code, answer.get_data(as_text=True).count("<p")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422
    assert to_new(page_desk, case) == []
