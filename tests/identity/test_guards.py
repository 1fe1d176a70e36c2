"""Each guard is needed: with it the attack fails, and with only that guard taken out the same attack succeeds."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.identity.conftest import BROWSER, PASSWORD, STORED, Desk
from tests.identity.guards import Guard, succeeds, take_out

from habeas.clock import random_id
from habeas.envelope import Letter
from habeas.events import ApprovalGiven, ChannelsAnswered, CodeAsked
from habeas.testing.house import deliver, run
from habeas_identity import (
    actions,
    agent_pages,
    agents,
    approvals,
    challenges,
    handlers,
    matching,
    proving,
    sessions,
    stored_addresses,
    tickets,
)
from habeas_identity.agents import disable_agent
from habeas_identity.challenges import Purpose, try_code
from habeas_identity.codes import read_code
from habeas_identity.lives import VISIT
from habeas_identity.sessions import begin_session, end_session, find_session
from habeas_identity.timers import pass_silent_systems

OTHER, EVE = "c" * 64, "eve@evil.example"
DIGEST = "ab" * 32


def fits(desk: Desk, case: str, code: str, *, purpose: Purpose = Purpose.PROVE, browser: str = BROWSER) -> bool:
    read = read_code(code)
    assert read is not None
    with desk.context.transaction() as tx:
        return try_code(tx, case, purpose, browser, read) is not None


def ask(desk: Desk, case: str, purpose: str = "prove", browser: str = BROWSER) -> None:
    deliver(desk.context, CodeAsked(case=case, purpose=purpose, method="", browser=browser), source="identity")
    run(desk.context)


def in_another_browser(desk: Desk) -> bool:
    case = desk.found()
    return fits(desk, case, desk.codes(case)[-1], browser=OTHER)


def in_another_case(desk: Desk) -> bool:
    case, other = desk.found(), desk.open(email="other@example.com", browser=OTHER)
    return fits(desk, other, desk.codes(case)[-1])


def for_another_purpose(desk: Desk) -> bool:
    case = desk.found()
    return fits(desk, case, desk.codes(case)[-1], purpose=Purpose.RELEASE)


def twice(desk: Desk) -> bool:
    case = desk.found()
    code = desk.codes(case)[-1]
    return fits(desk, case, code) and fits(desk, case, code)


def after_five_tries(desk: Desk) -> bool:
    case = desk.found()
    for _ in range(5):
        assert not fits(desk, case, "AAAA-AAAA")
    return fits(desk, case, desk.codes(case)[-1])


def after_ten_minutes(desk: Desk) -> bool:
    case = desk.found()
    desk.clock.advance(timedelta(minutes=10))
    return fits(desk, case, desk.codes(case)[-1])


def with_any_code(desk: Desk) -> bool:
    return fits(desk, desk.found(), "AAAA-AAAA")


def with_an_older_code(desk: Desk) -> bool:
    case = desk.found()
    first = desk.codes(case)[-1]
    desk.clock.advance(timedelta(seconds=1))
    ask(desk, case)
    return fits(desk, case, first)


def release_unproved(desk: Desk) -> bool:
    case = desk.found()
    ask(desk, case, "release")
    return len(desk.codes(case)) == 2


def a_fourth_code_in_an_hour(desk: Desk) -> bool:
    case = desk.found()
    desk.change("DELETE FROM quota_use WHERE name LIKE 'codes to %'")
    for _ in range(3):
        ask(desk, case)
        desk.change("DELETE FROM quota_use WHERE name LIKE 'codes to %'")
    return len(desk.codes(case)) == 4


def a_fourth_mail_in_a_day(desk: Desk) -> bool:
    return len([code for _ in range(4) for code in desk.codes(desk.found())]) == 4


def a_case_in_the_pen(desk: Desk) -> bool:
    return desk.asked(desk.open(held=True)) != []


def everybody(desk: Desk) -> bool:
    return desk.asked(desk.open(email="%@example.com")) != []


def from_another_system(desk: Desk) -> bool:
    """Hand the handler a letter that the envelope would already have refused."""
    case = desk.open()
    event = ChannelsAnswered(case=case, system="shop", outcome="found", reason="")
    channels = [{"kind": "email", "value": EVE, "identifiers": {"email": STORED}}]
    with desk.context.transaction() as tx:
        forged = _Forged(random_id(), "connect-newsletter", "identity", case, 1, tx.now, event, None)
        handlers.on_channels_answered(tx, replace(forged, told={"channels": channels}))
    return bool(desk.codes(case))


@dataclass(frozen=True)
class _Forged(Letter):
    told: Any = None

    def open(self, _keys: Any) -> Any:
        return self.told


def a_second_answer(desk: Desk) -> bool:
    case = desk.open()
    desk.answer(case)
    desk.answer(case, {"email": STORED})
    return bool(desk.codes(case))


def an_answer_after_it_was_held(desk: Desk) -> bool:
    case = desk.open()
    desk.change("UPDATE claim SET state = 'held'")
    desk.answer(case, {"email": STORED})
    return bool(desk.codes(case))


def a_question_passed_on_too_early(desk: Desk) -> bool:
    case = desk.open()
    desk.change("UPDATE asked SET expires_at = '2026-11-22 12:00:00.000000'")
    with desk.context.reading():
        pass_silent_systems(desk.context)
    desk.change("UPDATE asked SET expires_at = '2026-11-23 12:00:00.000000'")
    with desk.context.transaction() as tx:
        actions.stop_waiting(tx, case, "newsletter")
    return bool(desk.rows("SELECT 1 FROM asked WHERE system = 'newsletter' AND outcome = 'failed'"))


def a_record_that_contradicts_the_claim(desk: Desk) -> bool:
    case = desk.open(email=EVE, customer_number="17")
    desk.answer(case, {"email": STORED, "customer_number": "17"})
    return bool(desk.codes(case))


def a_shared_mailbox(desk: Desk) -> bool:
    case = desk.open()
    desk.answer(case, {"email": STORED, "customer_number": "1"}, {"email": STORED, "customer_number": "2"})
    return bool(desk.codes(case))


def a_record_without_the_claim(desk: Desk) -> bool:
    case = desk.open(customer_number="17")
    desk.answer(case, {"email": EVE})
    return bool(desk.codes(case))


def a_visit_that_is_over(desk: Desk) -> bool:
    case = desk.found()
    with desk.context.transaction() as tx:
        assert proving.take_code(tx, case, Purpose.PROVE, BROWSER, str(read_code(desk.codes(case)[-1])))
    desk.clock.advance(VISIT)
    with desk.context.reading() as tx:
        return proving.is_visiting(tx, case, BROWSER)


def session(desk: Desk, *, browser: str = BROWSER, minutes: int = 0, end: bool = False, close: bool = False) -> bool:
    agent = desk.hire("a@example.com", "approver")
    with desk.context.transaction() as tx:
        secret = begin_session(tx, agent, BROWSER, method="password")
    with desk.context.transaction() as tx:
        found = find_session(tx, secret, BROWSER)
        assert found is not None
        if end:
            end_session(tx, found.session)
    if close:
        desk.change("UPDATE agent SET disabled_at = added_at")
    desk.clock.advance(timedelta(minutes=minutes))
    with desk.context.reading() as tx:
        return find_session(tx, secret, browser) is not None


def a_closed_account_begins_a_session(desk: Desk) -> bool:
    agent = desk.hire("a@example.com", "approver")
    with desk.context.transaction() as tx:
        disable_agent(tx, "a@example.com")
    with desk.context.transaction() as tx:
        return begin_session(tx, agent, BROWSER, method="password") != ""


def a_closed_account_is_tried(desk: Desk) -> bool:
    desk.hire("a@example.com", "approver")
    with desk.context.transaction() as tx:
        disable_agent(tx, "a@example.com")
        attempt = agents.admit_sign_in(tx, "a@example.com", "127.0.0.1")
    return attempt is not None and attempt.agent is not None


def a_sixth_sign_in(desk: Desk) -> bool:
    with desk.context.transaction() as tx:
        return all(agents.admit_sign_in(tx, "a@example.com", f"10.0.0.{number}") for number in range(6))


def a_sixth_step_up(desk: Desk) -> bool:
    agent = desk.hire("a@example.com", "approver")
    with desk.context.transaction() as tx:
        return all(agents.admit_step_up(tx, agent) for _ in range(6))


def an_agent_approves(desk: Desk) -> bool:
    agent = desk.hire("a@example.com", "agent")
    with desk.context.transaction() as tx:
        return approvals.approve_plan(tx, agent, random_id(), DIGEST, method="password")


def a_closed_account_approves(desk: Desk) -> bool:
    agent = desk.hire("a@example.com", "approver")
    with desk.context.transaction() as tx:
        disable_agent(tx, "a@example.com")
    with desk.context.transaction() as tx:
        return approvals.approve_plan(tx, agent, random_id(), DIGEST, method="password")


def approving_without_the_password(desk: Desk) -> bool:
    desk.hire("a@example.com", "approver")
    visitor = desk.visitor()
    desk.sign_in(visitor, "a@example.com")
    visitor.post(f"/agents/approve/{random_id()}/{DIGEST}", {"password": "wrong"})
    return bool(desk.said(ApprovalGiven))


def a_grant_after_the_session(desk: Desk) -> bool:
    desk.hire("a@example.com", "auditor")
    visitor = desk.visitor()
    desk.sign_in(visitor, "a@example.com")
    desk.change("UPDATE agent_session SET ended_at = began_at")
    return visitor.get("/agents/vouched").status_code == 200


def signing_in_without_the_password(desk: Desk) -> bool:
    desk.hire("a@example.com", "approver")
    return bool(desk.sign_in(desk.visitor(), "a@example.com", password=PASSWORD[::-1]).status_code == 303)


TRY, ISSUE, NOTE = challenges.try_code, challenges.issue_challenge, stored_addresses.note_channels
SIGNED_IN, MATCH = sessions._signed_in, matching.match
BY_PASSWORD = 'not is_password(attempt.password, request.form.get("password", "")) or '
BY_CASE = "not spend(tx.session, codes_of_case(policy.codes_per_hour), counted, tx.now)"
BY_ACCOUNT = "not spend(tx.session, SIGN_INS_OF_ACCOUNT, account, tx.now)"
BY_STEP_UP = "not spend(tx.session, SIGN_INS_OF_ACCOUNT, found.email_key, tx.now)"
BY_SOURCE = "letter.source != participant_of(answered.system)"
BY_PERSON = "not all(record.may_be(other) for record in agreeing for other in agreeing)"
GUARDS = [
    Guard(TRY, ", Challenge.browser == browser", "", in_another_browser),
    Guard(TRY, "Challenge.case == case, ", "", in_another_case),
    Guard(TRY, ", Challenge.purpose == purpose.value", "", for_another_purpose),
    Guard(TRY, "Challenge.consumed_at.is_(None),", "", twice),
    Guard(TRY, "Challenge.tries < Challenge.most_tries,", "", after_five_tries),
    Guard(TRY, "Challenge.expires_at > tx.now,", "", after_ten_minutes),
    Guard(TRY, "Challenge.mark == _mark(tx, newest, code)", "Challenge.mark != b''", with_any_code),
    Guard(
        TRY,
        "Challenge.issued_at.desc(), Challenge.id.desc()",
        "Challenge.channel.is_(None), Challenge.id",
        with_an_older_code,
    ),
    Guard(challenges._channel_for, 'claim.state != "proved"', "False", release_unproved),
    Guard(
        ISSUE,
        BY_CASE,
        "False",
        a_fourth_code_in_an_hour,
    ),
    Guard(ISSUE, " or not spend(tx.session, _MAILS[purpose], channel.recipient, tx.now)", "", a_fourth_mail_in_a_day),
    Guard(actions.open_claim_of, "if opened.held", "if False", a_case_in_the_pen),
    Guard(
        actions._is_someone, "Subject({name: tuple(values) for name, values in identifiers.items()})", "pass", everybody
    ),
    Guard(handlers.on_channels_answered, BY_SOURCE, "False", from_another_system),
    Guard(NOTE, "asked.outcome not in (None, Outcome.FAILED)", "False", a_second_answer),
    Guard(NOTE, 'claim.state in ("asking", "unmatched")', "True", an_answer_after_it_was_held),
    Guard(actions.stop_waiting, " or asked.expires_at > tx.now", "", a_question_passed_on_too_early),
    Guard(MATCH, "if not record.contradicts(claimed)", "", a_record_that_contradicts_the_claim),
    Guard(MATCH, BY_PERSON, "False", a_shared_mailbox),
    Guard(MATCH, "if record.agreements(claimed)]", "]", a_record_without_the_claim),
    Guard(proving.is_visiting, " and visit.until > tx.now", "", a_visit_that_is_over),
    Guard(sessions.find_session, " or session.browser != browser", "", lambda desk: session(desk, browser=OTHER)),
    Guard(SIGNED_IN, "session.ended_at is not None or ", "", lambda desk: session(desk, end=True)),
    Guard(SIGNED_IN, " or until <= tx.now", "", lambda desk: session(desk, minutes=30)),
    Guard(SIGNED_IN, " or agent.disabled_at is not None", "", lambda desk: session(desk, close=True)),
    Guard(sessions.begin_session, "found.disabled_at is not None", "False", a_closed_account_begins_a_session),
    Guard(agents.admit_sign_in, " or agent.disabled_at is not None", "", a_closed_account_is_tried),
    Guard(agents.admit_sign_in, BY_ACCOUNT, "False", a_sixth_sign_in),
    Guard(
        agents.admit_step_up,
        BY_STEP_UP,
        "False",
        a_sixth_step_up,
    ),
    Guard(approvals.approve_plan, " or AgentRole.APPROVER not in approver.roles", "", an_agent_approves),
    Guard(approvals.approve_plan, "approver.disabled_at is not None or ", "", a_closed_account_approves),
    Guard(
        agent_pages.approve,
        BY_PASSWORD,
        "",
        approving_without_the_password,
    ),
    Guard(
        agent_pages.sign_in,
        BY_PASSWORD,
        "",
        signing_in_without_the_password,
    ),
    Guard(tickets.guards, "find_session_of(tx, grant.session) is None", "False", a_grant_after_the_session),
]


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.function.__name__}: {guard.piece.strip()[:50]}")
def test_an_attack_fails_by_its_guard_and_by_nothing_else(
    page_desk: Desk, guard: Guard, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert not succeeds(page_desk, guard.attack)
    page_desk.start_over(tmp_path_factory.mktemp("again"))
    take_out(guard, monkeypatch)
    assert succeeds(page_desk, guard.attack)
