"""An agent who works for some controllers only: what identity tells of it, and whom such an administrator keeps."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.identity.conftest import NOW, Desk
from tests.two_controllers import ELSEWHERE, HERE, write_profiles

from habeas.clock import FixedClock
from habeas.errors import Faults
from habeas.events import CaseOpened, SessionEnded
from habeas.grants import Grant, read
from habeas.testing.house import deliver, make_context, run
from habeas_identity.agents import add_agent, change_controllers, close_account, list_agents
from habeas_identity.contents import AgentDetails, close_reason
from habeas_identity.looks import mint_look
from habeas_identity.models import Vouch
from habeas_identity.service import SERVICE
from habeas_identity.sessions import SignedIn

ADA, BOSS = "ada@example.com", "boss@example.com"
ACCOUNTS = "/agents/accounts"


@pytest.fixture
def both(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    """Identity for two controllers."""
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=write_profiles(tmp_path / "profiles"))
    yield Desk(context, clock)
    context.database.close()


def hire(desk: Desk, email: str, *roles: str, of: tuple[str, ...] = ()) -> str:
    desk.hire(email, *roles)
    with desk.context.transaction() as tx:
        return change_controllers(tx, email, of)


def grant_of(desk: Desk, answer: object, service: str, page: str) -> Grant:
    """Read the grant that an answer hands to a browser."""
    [row] = desk.rows("SELECT browser FROM agent_session WHERE ended_at IS NULL")
    told = answer.headers.getlist("Set-Cookie")  # type: ignore[attr-defined]
    [text] = [each.split("=", 1)[1].split(";")[0] for each in told if each.startswith(f"habeas_grant_{service}=")][:1]
    return read(
        text, desk.context.keys.directory(), service=service, purpose="console", browser=row[0], now=desk.clock.now()
    )


def test_a_grant_says_for_which_controllers_its_agent_works(both: Desk) -> None:
    """Case 30 and V8.4.1."""
    hire(both, ADA, "agent", of=(ELSEWHERE,))
    answer = both.sign_in(both.visitor(), ADA, service="fulfilment")
    assert grant_of(both, answer, "fulfilment", "/plan").controllers == (ELSEWHERE,)


def test_the_ticket_of_a_look_says_it_too(both: Desk) -> None:
    later = NOW + timedelta(minutes=30)
    signed_in = SignedIn("s", "a", "p", ("agent",), later, "passkey", later, (ELSEWHERE,))
    text = mint_look(both.context, "look", signed_in)
    told = read(
        text,
        both.context.keys.directory(),
        service="identity",
        purpose="evidence",
        browser="",
        now=both.clock.now(),
        once=True,
    )
    assert told.controllers == (ELSEWHERE,)


def test_nobody_works_for_a_controller_that_is_not_there(both: Desk) -> None:
    with pytest.raises(Faults) as wrong, both.context.transaction() as tx:
        add_agent(tx, AgentDetails("Ada", ADA), ("agent",), controllers=(HERE, "nobody"))
    assert [fault.where for fault in wrong.value.faults] == ["controller"]
    hire(both, ADA, "agent", of=(HERE,))
    with pytest.raises(Faults), both.context.transaction() as tx:
        change_controllers(tx, ADA, ("nobody",))


def test_working_for_others_ends_the_sessions_in_which_it_was_otherwise(both: Desk) -> None:
    both.hire(ADA, "agent")
    visitor = both.visitor()
    both.sign_in(visitor, ADA)
    with both.context.transaction() as tx:
        change_controllers(tx, ADA, (HERE,))
    assert both.said(SessionEnded)
    assert visitor.get("/agents/sign-in").status_code == 200


def opened(desk: Desk, controller: str) -> str:
    case = hashlib.sha256(controller.encode()).hexdigest()
    case = f"{case[:8]}-{case[8:12]}-4{case[13:16]}-8{case[17:20]}-{case[20:32]}"
    event = CaseOpened(
        case=case,
        reference="H-7K3M-9QXA",
        controller=controller,
        rights=["access"],
        capacity="self",
        language="en",
        received_at=NOW.isoformat(),
        respond_by={"access": "2026-12-22"},
        browser="b" * 64,
        held=False,
    )
    claimed = {"identifiers": {"email": ["anna@example.com"]}, "assertion": "", "acting": {}}
    deliver(desk.context, event, source="intake", sealed=claimed)
    run(desk.context)
    return case


def test_identitys_own_pages_show_a_case_to_those_who_work_for_its_controller(both: Desk) -> None:
    theirs, others = opened(both, ELSEWHERE), opened(both, HERE)
    hire(both, ADA, "agent", of=(ELSEWHERE,))
    visitor = both.visitor()
    both.sign_in(visitor, ADA)
    assert visitor.get(f"/agents/who/{theirs}").status_code == 200
    assert visitor.get(f"/agents/who/{others}").status_code == 404


def test_an_administrator_of_one_controller_keeps_the_accounts_of_that_one(both: Desk) -> None:
    """Case 30: whoever works for one could else let themselves into all."""
    hire(both, BOSS, "administrator", of=(HERE,))
    inside, outside = hire(both, ADA, "agent", of=(HERE,)), hire(both, "bo@example.com", "agent", of=(ELSEWHERE,))
    over_all = hire(both, "cy@example.com", "agent")
    visitor = both.visitor()
    both.sign_in(visitor, BOSS)
    shown = visitor.get(ACCOUNTS).text
    assert ADA in shown
    assert "bo@example.com" not in shown
    assert "cy@example.com" not in shown
    new = {"name": "Di", "email": "di@example.com", "role": "agent", "person": ""}
    for of in ({}, {"controller": ELSEWHERE}, {"controller": [HERE, ELSEWHERE]}):
        answer = visitor.post(f"{ACCOUNTS}/new", {**new, **of})
        assert answer.status_code == 422
        assert "Choose among the companies that you work for." in answer.text
    for account in (outside, over_all):
        for act in ("code", "close"):
            answer = visitor.post(f"{ACCOUNTS}/{act}", {"account": account}, page=ACCOUNTS)
            assert answer.status_code in (403, 404, 409, 422), act
    assert visitor.post(f"{ACCOUNTS}/new", {**new, "controller": HERE}).status_code == 200
    visitor.post(f"{ACCOUNTS}/close", {"account": inside}, page=ACCOUNTS)
    with both.context.reading() as tx:
        state = {each.email: (each.controllers, each.disabled) for each in list_agents(tx)}
    assert state["di@example.com"] == ((HERE,), False)
    assert state[ADA] == ((HERE,), True)
    assert not state["bo@example.com"][1]
    assert not state["cy@example.com"][1]


def test_the_accounts_page_says_for_whom_somebody_works(both: Desk) -> None:
    both.hire(BOSS, "administrator")
    hire(both, ADA, "agent", of=(ELSEWHERE,))
    visitor = both.visitor()
    both.sign_in(visitor, BOSS)
    assert "only for Nordlunds Lampor AB" in visitor.get(ACCOUNTS).text
    form = visitor.get(f"{ACCOUNTS}/new").text
    assert f'value="{HERE}"' in form
    assert f'value="{ELSEWHERE}"' in form


def test_an_account_that_was_closed_keeps_its_controllers(both: Desk) -> None:
    account = hire(both, ADA, "agent", of=(HERE,))
    with both.context.transaction() as tx:
        close_account(tx, account)
    with both.context.reading() as tx:
        [found] = list_agents(tx)
    assert (found.controllers, found.disabled) == ((HERE,), True)


def test_who_vouched_is_shown_of_ones_own_controllers(both: Desk) -> None:
    """Case 30."""
    theirs, others = opened(both, ELSEWHERE), opened(both, HERE)
    with both.context.transaction() as tx:
        for case in (theirs, others):
            words = close_reason(tx, case, case, "She sat before me and I know her well.")
            tx.session.add(Vouch(id=case, case=case, person="somebody", reason=words, said_at=tx.now))
    hire(both, ADA, "officer", of=(ELSEWHERE,))
    visitor = both.visitor()
    both.sign_in(visitor, ADA)
    shown = visitor.get("/agents/vouched").text
    assert theirs in shown
    assert others not in shown
