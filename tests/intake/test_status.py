"""Where a case stands, for whoever holds its secret: the same for customers and strangers, and what would help."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from tests.intake.conftest import NOW, ask, prove

from habeas.clock import FixedClock, uuid7
from habeas.errors import Faults, Refused
from habeas.events import CaseFrozen, CaseThawed, ClaimExtended, FreezeContested, IdentityUnmatched
from habeas.grants import Grant, mint
from habeas.ledger import Leaf
from habeas.service import Context
from habeas.testing.house import deliver, run, said
from habeas.testing.visitor import Visitor
from habeas.web.application import create_app
from habeas.web.cookies import grant_cookie
from habeas_intake.actions import read_personal
from habeas_intake.models import Case
from habeas_intake.queries import view
from habeas_intake.references import ALPHABET, make_reference
from habeas_intake.status import UNPROVED_FOR, Status, Unidentified, add_identifiers, call_unidentified, find_status

PLACE = "203.0.113.0/24"


def look(context: Context, reference: str, secret: str, place: str = PLACE) -> Status | None:
    with context.transaction() as tx:
        return find_status(tx, reference, secret, place)


def hear(context: Context, event: Any) -> None:
    deliver(context, event, source="identity")
    run(context)


def test_a_case_of_the_portal_has_a_secret_that_no_table_holds(intake: Context) -> None:
    opened = ask(intake)
    letters = opened.secret.replace("-", "")
    assert (len(letters), set(letters) <= set(ALPHABET)) == (8, True)
    assert ask(intake).secret == "", "the same form again opens nothing and tells nothing"
    assert opened.secret not in repr(opened)
    with intake.database.reading() as session:
        kept = session.connection().exec_driver_sql("SELECT secret FROM case_status").scalars().all()
    assert [len(each) for each in kept] == [64]


def test_reference_and_secret_show_where_a_case_stands(intake: Context) -> None:
    opened = ask(intake)
    for typed in (opened.secret, opened.secret.lower(), f" {opened.secret.replace('-', ' ')} "):
        status = look(intake, opened.reference.lower(), typed)
        assert status is not None
        assert (status.reference, status.received_at, status.confirmed) == (opened.reference, NOW, False)
        assert [line.respond_by for line in status.rights] == [opened.respond_by]
    prove(intake, opened.case)
    status = look(intake, opened.reference, opened.secret)
    assert status is not None
    assert (status.confirmed, status.unidentified) == (True, False)


@pytest.mark.parametrize("secret", ["", "ABCD-EFGH", "x" * 500, "é" * 8])
def test_what_does_not_fit_shows_nothing(intake: Context, secret: str) -> None:
    """Case 9."""
    opened, other = ask(intake, "form-1"), ask(intake, "form-2")
    assert look(intake, opened.reference, secret) is None
    assert look(intake, opened.reference, other.secret) is None
    assert look(intake, make_reference(), opened.secret) is None
    assert look(intake, opened.case, opened.secret) is None


def test_a_case_without_a_secret_shows_nothing_to_anybody(intake: Context) -> None:
    opened = ask(intake)
    with intake.database.session() as session:
        session.connection().exec_driver_sql("UPDATE case_status SET secret = ''")
    for secret in ("", "AAAA-AAAA", opened.secret):
        assert look(intake, opened.reference, secret) is None


def test_guessing_is_counted_by_place_and_by_reference(intake: Context) -> None:
    """Case 6 and 9: what is tried too often is answered as what is wrong."""
    opened, other = ask(intake, "form-1"), ask(intake, "form-2")
    for _ in range(20):
        assert look(intake, opened.reference, "AAAA-AAAA") is None
    assert look(intake, opened.reference, opened.secret) is None
    assert look(intake, other.reference, other.secret) is not None
    assert look(intake, opened.reference, opened.secret, "198.51.100.0/24") is not None
    for _ in range(20):
        look(intake, make_reference(), "AAAA-AAAA")
    assert look(intake, other.reference, other.secret) is None


def test_after_a_week_without_a_proof_the_page_says_what_would_help(intake: Context, clock: FixedClock) -> None:
    """Law: GDPR Art. 11(2) and 12(2); the same for a customer who typed no code and for a stranger."""
    customer, stranger = ask(intake, "form-1"), ask(intake, "form-2")
    hear(intake, IdentityUnmatched(case=stranger.case, reason="no stored address"))
    clock.advance(UNPROVED_FOR - timedelta(seconds=1))
    seen = [look(intake, each.reference, each.secret) for each in (customer, stranger)]
    assert [each and each.unidentified for each in seen] == [False, False]
    clock.advance(timedelta(seconds=1))
    seen = [look(intake, each.reference, each.secret) for each in (customer, stranger)]
    assert [each and each.unidentified for each in seen] == [True, True]


def test_what_is_told_later_goes_to_identity_alone_and_is_kept_closed(intake: Context) -> None:
    opened = ask(intake)
    with intake.transaction() as tx:
        add_identifiers(tx, opened.case, {"email": "canary.second@example.com", "order_number": ""})
    [letter] = said(intake, ClaimExtended)
    assert (letter.recipient, letter.sealed) == ("identity", {"identifiers": {"email": ["canary.second@example.com"]}})
    with intake.reading() as tx:
        told = read_personal(tx, tx.session.get_one(Case, opened.case))
        leaves = [leaf.body for leaf in tx.session.query(Leaf).all()]
    assert told["identifiers"]["email"].endswith("; canary.second@example.com")
    assert "canary" not in repr(leaves)


@pytest.mark.parametrize("given", [{}, {"email": ""}, {"email": "nobody"}, {"email": "*@example.com"}, {"shoe": "41"}])
def test_what_cannot_be_searched_by_is_refused(intake: Context, given: dict[str, str]) -> None:
    opened = ask(intake)
    with pytest.raises(Faults), intake.transaction() as tx:
        add_identifiers(tx, opened.case, given)
    assert said(intake, ClaimExtended) == []


def test_more_is_told_three_times_a_day_at_the_most(intake: Context) -> None:
    opened = ask(intake)
    for place in range(3):
        with intake.transaction() as tx:
            add_identifiers(tx, opened.case, {"email": f"a{place}@example.com"})
    with pytest.raises(Refused), intake.transaction() as tx:
        add_identifiers(tx, opened.case, {"email": "a3@example.com"})


def test_of_an_identifier_that_many_cases_are_about_no_system_is_asked_again(intake: Context) -> None:
    """Case 10 and 11; the page says the same."""
    for place in range(5):
        ask(intake, f"form-{place}", identifiers={"email": "victim@example.com"})
    opened = ask(intake, "form-x")
    with intake.transaction() as tx:
        add_identifiers(tx, opened.case, {"email": "victim@example.com"})
    assert said(intake, ClaimExtended) == []


def test_an_agent_may_say_so_earlier_and_the_reason_stays_here(intake: Context) -> None:
    """Law: GDPR Art. 11(2); a reason that were told would show who is a customer."""
    opened = ask(intake)
    with pytest.raises(Faults), intake.transaction() as tx:
        call_unidentified(tx, opened.case, "because", "person-1")
    with intake.transaction() as tx:
        call_unidentified(tx, opened.case, Unidentified.NOTHING_FITS, "person-1")
    status = look(intake, opened.reference, opened.secret)
    assert status is not None
    assert status.unidentified
    assert "nothing" not in repr(status)
    with intake.reading() as tx:
        kinds = [leaf.kind for leaf in tx.session.query(Leaf).all()]
        found = view(tx, opened.case)
    assert "case.unidentified" in kinds
    assert found is not None
    assert not found.may_be_unidentified


def test_nobody_says_so_of_whoever_was_proved(intake: Context) -> None:
    opened = ask(intake)
    prove(intake, opened.case)
    with pytest.raises(Refused), intake.transaction() as tx:
        call_unidentified(tx, opened.case, Unidentified.DOUBTS, "person-1")


def test_that_a_case_stands_still_is_for_the_agents_alone(intake: Context) -> None:
    """Case 8 and 17: whoever opened it in a customer's name must not learn that there is one."""
    opened = ask(intake)
    before = look(intake, opened.reference, opened.secret)
    hear(intake, CaseFrozen(case=opened.case))
    hear(intake, FreezeContested(case=opened.case))
    assert look(intake, opened.reference, opened.secret) == before
    with intake.reading() as tx:
        found = view(tx, opened.case)
    assert found is not None
    assert (found.frozen, found.contested) == (True, True)
    hear(intake, CaseThawed(case=opened.case, reason="another_way"))
    with intake.reading() as tx:
        found = view(tx, opened.case)
    assert found is not None
    assert (found.frozen, found.contested) == (False, False)
    assert [line.kind for line in found.timeline][1:] == ["case.frozen", "freeze.contested", "case.thawed"]


COMPANY = "nordlunds-lampor"
COOKIE = "b" * 43


def at_the_console(context: Context) -> Visitor:
    """An agent, by the grant that identity would give them."""
    visitor = Visitor(create_app(context))
    visitor.hold("habeas_browser", COOKIE)
    now = context.clock.now()
    grant = Grant(
        id=uuid7(),
        kind="agent",
        person="person-1",
        roles=("agent",),
        controllers=(),
        service="intake",
        purpose="console",
        case="",
        browser=hashlib.sha256(COOKIE.encode()).hexdigest(),
        session="s1",
        issued=now,
        expires=now + timedelta(minutes=5),
        once=False,
    )
    text = mint(context.keys.signer("identity"), grant)
    visitor.hold(grant_cookie("intake", secure=False), text, path="/console")
    return visitor


def opened_at_the_portal(context: Context, email: str = "canary@example.com") -> tuple[Visitor, str, str]:
    """Somebody who has just sent the form, and what the page after it tells them."""
    visitor = Visitor(create_app(context), context.settings.portal_url)
    page = visitor.get(f"/case/new/{COMPANY}").get_data(as_text=True)
    token = re.search(r'name="form" value="([^"]+)"', page)
    assert token
    fields = {"form": token[1], "rights": "access", "identifier-email": email}
    assert visitor.post(f"/case/new/{COMPANY}", fields).status_code == 303
    shown = visitor.get("/received").get_data(as_text=True)
    reference, secret = re.search(r"H-\w{4}-\w{4}", shown), re.search(r"<strong>(\w{4}-\w{4})</strong>", shown)
    assert reference
    assert secret
    return visitor, reference[0], secret[1]


def test_the_secret_is_shown_for_a_quarter_of_an_hour_to_the_browser_that_asked(
    intake: Context, clock: FixedClock
) -> None:
    visitor, _, secret = opened_at_the_portal(intake)
    assert secret in visitor.get("/received").get_data(as_text=True)
    assert Visitor(create_app(intake), intake.settings.portal_url).get("/received").status_code == 404
    clock.advance(timedelta(minutes=15))
    assert secret not in visitor.get("/received").get_data(as_text=True)


def test_a_person_sees_on_the_page_what_would_help_and_tells_more(intake: Context, clock: FixedClock) -> None:
    _, reference, secret = opened_at_the_portal(intake)
    anybody = Visitor(create_app(intake), intake.settings.portal_url)
    pair = {"reference": reference, "secret": secret}
    shown = anybody.post("/status", pair)
    assert (shown.status_code, "could not make sure" in shown.get_data(as_text=True)) == (200, False)
    clock.advance(UNPROVED_FOR)
    page = anybody.post("/status", pair).get_data(as_text=True)
    for words in ("could not make sure", "called back", "Integritetsskyddsmyndigheten", "Art. 11(2)"):
        assert words in page
    assert "canary" not in page
    wrong = anybody.post("/status/more", {**pair, "identifier-email": "nobody"}, page="/status")
    assert wrong.status_code == 422
    done = anybody.post("/status/more", {**pair, "identifier-email": "second@example.com"}, page="/status")
    assert (done.status_code, "search again" in done.get_data(as_text=True)) == (200, True)
    assert len(said(intake, ClaimExtended)) == 1
    assert anybody.post("/status/more", {**pair, "secret": "AAAA-AAAA"}, page="/status").status_code == 422


def test_known_and_unknown_numbers_are_answered_alike(intake: Context) -> None:
    """Case 8 and 9."""
    _, reference, _ = opened_at_the_portal(intake)
    answers = []
    for each in (reference, make_reference(), "nonsense"):
        answer = Visitor(create_app(intake), intake.settings.portal_url).post(
            "/status", {"reference": each, "secret": "ABCD-EFGH"}
        )
        body = re.sub(r'(csrf_token" value|nonce)="[^"]+"', "", answer.get_data(as_text=True)).replace(each, "NUMBER")
        answers.append((answer.status_code, body))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 422


def test_an_agent_calls_a_person_unidentified_on_the_page_and_prints_the_letter(
    intake: Context,
) -> None:
    """Law: GDPR Art. 11(2) and 12(6)."""
    opened = ask(intake)
    page = f"/console/case/{opened.case}/unidentified"
    at_desk = at_the_console(intake)
    assert "Cannot be identified" in at_desk.get(f"/console/case/{opened.case}").get_data(as_text=True)
    assert at_desk.post(page, {"reason": ""}).status_code == 422
    assert at_desk.post(page, {"reason": "several_fit"}).status_code == 303
    assert "More than one person fits it" in at_desk.get(f"/console/case/{opened.case}").get_data(as_text=True)
    letter = at_desk.get(f"{page}/letter").get_data(as_text=True)
    for words in (opened.reference, "Integritetsskyddsmyndigheten", "artikel 11.2"):
        assert words in letter
    assert "canary" not in letter
    assert "More than one" not in letter
    prove(intake, opened.case)
    assert at_desk.post(page, {"reason": "doubts"}).status_code == 422


def test_a_frozen_case_says_so_at_the_console(intake: Context) -> None:
    opened = ask(intake)
    hear(intake, CaseFrozen(case=opened.case))
    page = at_the_console(intake).get(f"/console/case/{opened.case}").get_data(as_text=True)
    assert "This case is stopped" in page
    assert f"/agents/frozen/{opened.case}" in page
