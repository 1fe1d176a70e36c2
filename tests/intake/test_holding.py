"""Too many cases: they are opened like all others, wait unseen in the holding pen, and two people refuse a flood."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event, text
from tests.identity.conftest import token_free
from tests.intake.conftest import MARKED, ask, prove, state
from tests.intake.test_extensions import dates, kinds

from habeas.clock import FixedClock
from habeas.errors import Faults, Refused
from habeas.events import CaseLetThrough, CaseOpened
from habeas.service import Context
from habeas.testing.house import parked, said
from habeas.testing.visitor import Visitor
from habeas.vocabulary import CaseState
from habeas.web import Listener
from habeas.web.application import create_app
from habeas.work.quotas import Quota
from habeas_intake import holding, limits
from habeas_intake.actions import Opened, open_case
from habeas_intake.applications import read_application
from habeas_intake.holding import (
    Group,
    count_held,
    let_case_through,
    let_through,
    list_groups,
    propose_refusal,
    refuse_some,
    withdraw_refusal,
)
from habeas_intake.limits import QUOTAS, Limit
from habeas_intake.queries import count_open, queue
from habeas_intake.service import SERVICE
from habeas_intake.timers import forget_counts

FORM = "/case/new/nordlunds-lampor"
SECRET = re.compile(r"\b[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}\b")
"""What a case's secret looks like on a page."""
_numbers = count()


def send(context: Context, address: str = "203.0.113.9", *, channel: str = "portal", **changes: Any) -> Opened:
    """Open a case from an address; of another person each time, if nothing else is said."""
    number = next(_numbers)
    given = {"rights": ["access"], "identifiers": {"email": f"person{number}@example.com"}, "contact": "", **changes}
    profile = next(iter(context.profiles.values()))
    application = read_application(
        profile, given, token=f"token-{number}", channel=channel, browser="b" * 64, address=address
    )
    with context.transaction() as tx:
        return open_case(tx, application)


def held(context: Context, case: str) -> str:
    with context.database.reading() as session:
        return str(session.execute(text("SELECT held FROM case_file WHERE id = :id"), {"id": case}).scalar_one())


def groups(context: Context) -> list[Group]:
    with context.reading() as tx:
        return list_groups(tx)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two from a network, and as many in all as a test likes."""
    monkeypatch.setitem(limits.QUOTAS, Limit.NETWORK, Quota(QUOTAS[Limit.NETWORK].name, 2, timedelta(hours=1)))


def flood(context: Context, cases: int, **changes: Any) -> list[str]:
    """Open as many cases that are held, after the two that are not."""
    opened = [send(context, **changes).case for _ in range(cases + 2)]
    return [case for case in opened if held(context, case)]


ALIKE: dict[Limit, dict[str, Any]] = {
    Limit.NETWORK: {},
    Limit.RECIPIENT: {"contact": "somebody@example.org"},
    Limit.PERSON: {"identifiers": {"email": MARKED}},
    Limit.CONTROLLER: {},
    Limit.ALL: {},
}


@pytest.mark.parametrize("limit", list(Limit))
def test_what_goes_over_a_limit_is_held_and_what_does_not_is_not(
    intake: Context, limit: Limit, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 10: each of the levels by itself."""
    quota = QUOTAS[limit]
    if quota.most > 5:
        monkeypatch.setitem(limits.QUOTAS, limit, Quota(quota.name, 4, quota.window))
    most = limits.QUOTAS[limit].most
    one_place = limit is Limit.NETWORK

    def once(number: int) -> str:
        return held(intake, send(intake, "203.0.113.9" if one_place else f"10.{number}.0.1", **ALIKE[limit]).case)

    assert [once(number) for number in range(most + 2)] == [""] * most + [limit.value] * 2
    clock.advance(quota.window)
    assert once(0) == ""
    assert held(intake, send(intake, "198.51.100.7").case) == ""


def test_a_held_case_has_its_number_and_its_dates_and_moves_nothing(intake: Context, narrow: None) -> None:
    free = send(intake, contact="reply@example.com").case
    [case] = flood(intake, 1, contact="reply@example.com")[-1:]
    assert dates(intake, case) == dates(intake, free)
    letters = {each.recipient: each for each in said(intake, CaseOpened) if each.event.thread == case}
    assert letters.keys() == {"identity", "fulfilment", "notifier"}
    assert all(each.event.held for each in letters.values())  # type: ignore[attr-defined]
    assert letters["notifier"].sealed == {"contact": ""}
    with intake.reading() as tx:
        assert case not in [line.case for line in queue(tx)]
        assert (count_open(tx), count_held(tx)[0]) == (2, 2)
        assert count_held(tx)[1] == min(dates(intake, case).values())


def test_a_flood_from_one_network_uses_up_nobody_else_s_allowance(
    intake: Context, narrow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.QUOTAS, Limit.ALL, Quota(QUOTAS[Limit.ALL].name, 4, timedelta(hours=1)))
    assert len(flood(intake, 20)) == 20
    assert held(intake, send(intake, "198.51.100.7").case) == ""


def test_what_an_agent_took_in_is_counted_by_nothing(intake: Context, narrow: None) -> None:
    cases = [send(intake, channel="letter", identifiers={"email": MARKED}).case for _ in range(8)]
    assert [held(intake, case) for case in cases] == [""] * 8


def test_of_a_form_that_is_sent_again_the_second_is_not_counted(intake: Context, narrow: None) -> None:
    for _ in range(9):
        ask(intake, "the same form")
    with intake.database.reading() as session:
        uses = session.execute(text("SELECT uses FROM quota_use WHERE key = 'all'")).scalar_one()
    assert uses.count("[") == 2


def test_where_a_request_came_from_is_kept_nowhere(intake: Context, narrow: None) -> None:
    flood(intake, 2, address="203.0.113.9")
    with intake.database.engine.connect() as connection:
        for table in ("case_file", "case_right", "timeline", "outbox", "ledger_leaf", "quota_use", "flood_refusal"):
            assert "203.0.113" not in repr(connection.execute(text(f"SELECT * FROM {table}")).all()), table


# What a browser sees


def post(app: Any, address: str, number: int, **headers: str) -> tuple[Any, Visitor]:
    visitor = Visitor(app)
    visitor.client.get(FORM, base_url=visitor.portal_url)
    fields = {"form": f"{number:064x}", "rights": "access", "identifier-email": f"visitor{number}@example.com"}
    visitor_send = visitor.client.open

    def from_there(*args: Any, **kept: Any) -> Any:
        return visitor_send(*args, **kept, environ_overrides={"REMOTE_ADDR": address})

    visitor.client.open = from_there  # type: ignore[method-assign]
    return visitor.post(FORM, {**fields, "contact": "", "words": ""}, **headers), visitor


def test_whoever_is_held_gets_the_same_answer_for_the_same_work(intake: Context, narrow: None) -> None:
    """Case 10: a flood does not learn when it has filled a limit, and a person in it is told what everybody is."""
    app, seen = create_app(intake), []
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(intake.database.engine, "before_cursor_execute", note)
    for number in range(5):
        statements.clear()
        answer, visitor = post(app, "203.0.113.9", number)
        done = tuple(statements)
        received = visitor.get("/received")
        case = received.text.split("/prove/")[1][:36]
        with intake.database.reading() as session:
            row = session.execute(text("SELECT reference, held FROM case_file WHERE id = :id"), {"id": case}).one()
        page = SECRET.sub("SECRET", token_free(received.text).replace(case, "CASE").replace(row.reference, "REFERENCE"))
        cookies = sorted(each.partition("=")[0] for each in answer.headers.getlist("Set-Cookie"))
        seen.append((row.held, answer.status, answer.headers["Location"], cookies, page, done))
    event.remove(intake.database.engine, "before_cursor_execute", note)
    assert [each[0] for each in seen] == ["", "", "network", "network", "network"]
    assert len({each[1:4] for each in [(s[0], s[1], s[2], tuple(s[3])) for s in seen]}) == 1
    assert len({each[4] for each in seen}) == 1
    assert seen[1][5] == seen[2][5] == seen[3][5]


def networks(context: Context) -> set[str]:
    with context.database.reading() as session:
        name = {"name": QUOTAS[Limit.NETWORK].name}
        return set(session.scalars(text("SELECT key FROM quota_use WHERE name = :name"), name))


SPOOFED = ["198.51.100.1", "198.51.100.1, 192.0.2.77", "10.0.0.1", "::1", "unknown", "127.0.0.1"]


def test_a_header_of_the_sender_s_own_changes_no_count(intake: Context) -> None:
    """Case 35."""
    app = create_app(intake)
    for number, told in enumerate(SPOOFED * 2):
        headers = {"X_Forwarded_For": told, "X_Real_IP": told, "Forwarded": f"for={told}", "Client_IP": told}
        assert post(app, "203.0.113.9", number, **headers)[0].status_code == 303
    assert len(networks(intake)) == 1


@pytest.fixture
def proxied(intake: Context) -> Iterator[int]:
    """Intake behind a proxy on this machine that it trusts."""
    stop = threading.Event()
    listener = Listener(create_app(intake), "127.0.0.1", 0, threads=2, trusted_proxy="127.0.0.1")
    server = threading.Thread(target=listener.run, args=(stop,), daemon=True)
    server.start()
    yield listener.port
    stop.set()
    server.join(10)


def test_behind_the_trusted_proxy_the_address_counts_that_it_saw(intake: Context, proxied: int) -> None:
    """Case 35: what the sender put before it is a claim, not an address."""
    import httpx

    for told in ("203.0.113.9", *(f"198.51.{number}.1, 203.0.113.{number}" for number in range(5))):
        headers = {"Host": "127.0.0.1:8080", "Sec-Fetch-Site": "same-origin", "X-Forwarded-For": told}
        with httpx.Client(base_url=f"http://127.0.0.1:{proxied}", headers=headers) as client:
            page = client.get(FORM).text
            fields = {
                "csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0],
                "form": page.split('name="form" value="')[1].split('"')[0],
                "rights": "access",
                "identifier-email": f"proxied{told[-1]}@example.com",
            }
            assert client.post(FORM, data=fields).status_code == 303
    assert len(networks(intake)) == 1


# What agents see and do


def test_what_looks_alike_stands_in_one_group_and_the_same_person_once(intake: Context, narrow: None) -> None:
    flood(intake, 3)
    flood(intake, 2, address="198.51.100.7", identifiers={"email": MARKED})
    flood(intake, 1, address="192.0.2.9", rights=["erasure"])
    found = {(len(each.cases), each.people, each.rights): each for each in groups(intake)}
    assert found.keys() == {(3, 3, ("access",)), (2, 1, ("access",)), (1, 1, ("erasure",))}
    [(reference, times)] = found[2, 1, ("access",)].repeated
    assert (times, reference.startswith("H-")) == (2, True)
    assert len({each.network for each in found.values()}) == 3
    assert [each.first_due for each in groups(intake)] == sorted(each.first_due for each in groups(intake))


def test_a_group_that_is_let_through_goes_into_the_queue_and_on(
    intake: Context, narrow: None, clock: FixedClock
) -> None:
    cases = flood(intake, 3, contact="reply@example.com")
    [group] = groups(intake)
    clock.advance(timedelta(minutes=5))
    late = send(intake).case
    with intake.transaction() as tx:
        assert let_through(tx, group.id, clock.now() - timedelta(minutes=1), "agent-1") == 0
    assert {held(intake, case) for case in cases} == {""}
    assert held(intake, late) == "network", "nobody has looked at what came later"
    told = [each for each in said(intake, CaseLetThrough) if each.recipient == "notifier"]
    assert {each.event.thread for each in told} == set(cases)
    assert all(each.sealed == {"contact": "reply@example.com"} for each in told)
    assert kinds(intake, cases[0]) == ["case.opened", "case.let_through"]
    prove(intake, cases[0])
    assert state(intake, cases[0]) is CaseState.PROVED
    with pytest.raises(Refused, match="somebody was quicker"), intake.transaction() as tx:
        let_through(tx, group.id, clock.now() - timedelta(minutes=1), "agent-1")


def test_one_case_of_a_flood_can_be_let_through_by_itself(intake: Context, narrow: None) -> None:
    cases = flood(intake, 3)
    with intake.transaction() as tx:
        let_case_through(tx, cases[1], "agent-1")
    assert [held(intake, case) for case in cases] == ["network", "", "network"]
    with pytest.raises(Refused, match="does not wait"), intake.transaction() as tx:
        let_case_through(tx, cases[1], "agent-1")


def propose(context: Context, person: str = "person-1", why: str = "automated") -> str:
    [group] = groups(context)
    with context.transaction() as tx:
        return propose_refusal(tx, group.id, tx.now, why, person)


def refuse(context: Context, refusal: str, person: str) -> int:
    with context.transaction() as tx:
        return refuse_some(tx, refusal, person)


def test_a_flood_is_refused_by_two_people_and_not_by_one(intake: Context, narrow: None) -> None:
    """Cases 10 and 29."""
    cases = flood(intake, 3)
    refusal = propose(intake)
    assert {state(intake, case) for case in cases} == {CaseState.RECEIVED}
    with pytest.raises(Refused, match="another person"):
        refuse(intake, refusal, "person-1")
    assert refuse(intake, refusal, "person-2") == 0
    assert {state(intake, case) for case in cases} == {CaseState.REFUSED}
    assert groups(intake) == []
    with intake.reading() as tx:
        assert count_open(tx) == 2
    assert kinds(intake, cases[0]) == ["case.opened", "flood.refused"]
    with intake.database.reading() as session:
        leaves = session.scalars(text("SELECT kind FROM ledger_leaf ORDER BY id")).all()
    assert (leaves.count("flood.proposed"), leaves.count("case.refused")) == (1, 3)
    prove(intake, cases[0])
    assert (state(intake, cases[0]), parked(intake)) == (CaseState.REFUSED, [])


def test_only_what_stood_on_the_page_is_refused(intake: Context, narrow: None) -> None:
    flood(intake, 3)
    refusal = propose(intake)
    later = send(intake).case
    assert {len(each.cases) for each in groups(intake)} == {3, 1}
    refuse(intake, refusal, "person-2")
    assert (held(intake, later), state(intake, later)) == ("network", CaseState.RECEIVED)


def test_a_proposal_is_made_once_with_a_reason_and_can_be_taken_back(intake: Context, narrow: None) -> None:
    cases = flood(intake, 2)
    with pytest.raises(Faults):
        propose(intake, why="tired")
    refusal = propose(intake)
    with pytest.raises(Refused, match="proposed before"):
        propose(intake, "person-2")
    with intake.transaction() as tx:
        withdraw_refusal(tx, refusal, "person-2")
    with pytest.raises(Refused, match="no such proposal"):
        refuse(intake, refusal, "person-2")
    assert propose(intake, "person-2") != refusal
    assert {state(intake, case) for case in cases} == {CaseState.RECEIVED}


def test_of_many_who_refuse_at_once_each_case_is_refused_once(
    intake: Context, narrow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "MOST_AT_ONCE", 4)
    cases = flood(intake, 10)
    refusal = propose(intake)
    with ThreadPoolExecutor(8) as pool:
        left = list(pool.map(lambda _: refuse(intake, refusal, "person-2"), range(8)))
    assert sorted(left, reverse=True)[:3] == [6, 2, 0]
    with intake.database.reading() as session:
        leaves = session.execute(text("SELECT count(*) FROM ledger_leaf WHERE kind = 'case.refused'")).scalar_one()
    assert leaves == len(cases) == 10


def test_counts_that_no_longer_matter_are_forgotten(intake: Context, clock: FixedClock) -> None:
    send(intake, contact="somebody@example.org")
    clock.advance(timedelta(days=1, hours=1))
    forget_counts(intake)
    with intake.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM quota_use")).scalar_one() == 0
    assert SERVICE.timers
