"""Who works on a case, and who reads what its person told: written down, with a reason where it is not theirs."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.intake.conftest import MARKED, ask

from habeas.cli.program import main
from habeas.clock import random_id, uuid7
from habeas.errors import Refused
from habeas.events import AgentChanged
from habeas.grants import Grant, mint
from habeas.ledger.models import Leaf
from habeas.service import Context
from habeas.testing.house import deliver, run
from habeas.testing.visitor import Visitor
from habeas.web.application import create_app
from habeas.web.cookies import grant_cookie
from habeas_intake.assignments import hand_on, list_colleagues, take_case
from habeas_intake.queries import view
from habeas_intake.readings import Readings, count_readings, mark

ADA, BO, CY = "person-ada", "person-bo", "person-cy"
BROWSER = "a" * 43
WHY = {"reason": "covering"}


@pytest.fixture
def case(intake: Context) -> str:
    return ask(intake).case


@pytest.fixture
def visit(intake: Context) -> Callable[..., Visitor]:
    """Somebody at the console, by the grant that identity would give them."""
    for person, name, roles in ((ADA, "Ada Canary", ["agent"]), (BO, "Bo", ["officer"]), (CY, "Cy", ["auditor"])):
        tell(intake, person, name, roles)

    def sign_in(person: str = ADA, *roles: str) -> Visitor:
        visitor = Visitor(create_app(intake))
        visitor.hold("habeas_browser", BROWSER)
        now = intake.clock.now()
        grant = Grant(
            id=uuid7(),
            kind="agent",
            person=person,
            roles=roles or ("agent",),
            controllers=(),
            service="intake",
            purpose="console",
            case="",
            browser=hashlib.sha256(BROWSER.encode()).hexdigest(),
            session="s1",
            issued=now,
            expires=now + timedelta(minutes=5),
            once=False,
        )
        visitor.hold(grant_cookie("intake", secure=False), mint(intake.keys.signer("identity"), grant), path="/console")
        return visitor

    return sign_in


def tell(context: Context, person: str, name: str, roles: list[str], controllers: Sequence[str] = ()) -> None:
    """Let identity say who works here."""
    event = AgentChanged(person=person, roles=roles, controllers=list(controllers))
    deliver(context, event, source="identity", sealed={"name": name})
    run(context)


def assigned_to(context: Context, case: str) -> str:
    with context.reading() as tx:
        found = view(tx, case)
    assert found is not None
    return found.assigned_to


def revealed(context: Context) -> list[dict[str, Any]]:
    """What the ledger has of readings."""
    with context.reading() as tx:
        leaves = tx.session.scalars(select(Leaf).where(Leaf.kind == "case.revealed").order_by(Leaf.id))
        return [{"case": leaf.case_id, **leaf.body} for leaf in leaves]


def test_who_has_a_case_reads_what_its_person_told_and_the_ledger_has_it(
    intake: Context, case: str, visit: Any
) -> None:
    page, ada = f"/console/case/{case}", visit()
    assert MARKED not in ada.get(page).text
    assert ada.post(f"{page}/take", {}, page=page).status_code == 303
    assert assigned_to(intake, case) == ADA
    shown = ada.post(page, {})
    assert (shown.status_code, MARKED in shown.text) == (200, True)
    assert shown.headers["Cache-Control"] == "no-store"
    assert revealed(intake) == [{"case": case, "agent": ADA, "assigned": True, "reason": "assigned"}]


def test_who_does_not_have_it_sees_where_it_stands_and_reads_only_for_a_reason(
    intake: Context, case: str, visit: Any
) -> None:
    """Case 27."""
    page, bo = f"/console/case/{case}", visit(BO, "officer")
    visit().post(f"{page}/take", {}, page=page)
    queue = bo.get("/console").text
    assert "Ada Canary" in queue
    assert MARKED not in queue
    for reason in ("", "because", "assigned"):
        refused = bo.post(page, {"reason": reason})
        assert (refused.status_code, MARKED in refused.text) == (422, False)
    assert revealed(intake) == []
    shown = bo.post(page, WHY)
    assert (shown.status_code, MARKED in shown.text) == (200, True)
    assert revealed(intake) == [{"case": case, "agent": BO, "assigned": False, "reason": "covering"}]
    assert "I stand in for whoever has it" in visit().get(page).text, "whoever has it sees who read it"


@pytest.mark.parametrize(
    ("role", "queue", "read", "work", "readings"),
    [
        ("agent", 200, 200, 303, 403),
        ("approver", 200, 200, 303, 403),
        ("officer", 200, 200, 303, 200),
        ("auditor", 200, 403, 403, 200),
        ("administrator", 403, 403, 403, 403),
    ],
)
def test_each_role_may_do_what_the_table_says(
    intake: Context, case: str, visit: Any, role: str, queue: int, read: int, work: int, readings: int
) -> None:
    """Case 27: an auditor looks and reads nothing that was told; whoever keeps accounts sees no case."""
    page, holder = f"/console/case/{case}", visit(random_id(), "agent")
    them = visit(CY, role)
    assert them.get("/console").status_code == queue
    assert them.get(page).status_code == queue
    token = _token(them, holder, page)
    assert them.send("POST", page, **token(WHY)).status_code == read
    assert them.send("POST", f"{page}/take", **token({})).status_code == work
    assert them.send("POST", f"{page}/hand-on", **token({"to": ""})).status_code == work
    assert them.get("/console/readings").status_code == readings
    assert them.get("/console/new/nordlunds-lampor").status_code == (200 if role in ("agent", "approver") else 403)


def _token(them: Visitor, holder: Visitor, page: str) -> Any:
    """What a browser sends with a form, for somebody whom no page of ours shows one."""
    text_of_page = holder.get(page).get_data(as_text=True)
    token = text_of_page.partition('name="csrf_token" value="')[2].partition('"')[0]
    session = holder.client.get_cookie("habeas_intake", domain="127.0.0.1")
    assert session is not None
    them.hold("habeas_intake", session.value)
    headers = {"Sec-Fetch-Site": "same-origin"}
    return lambda fields: {"headers": headers, "data": {"csrf_token": token, **fields}}


def test_a_case_is_taken_once(intake: Context, case: str, visit: Any) -> None:
    page = f"/console/case/{case}"
    assert visit(ADA).post(f"{page}/take", {}, page=page).status_code == 303
    bo = visit(BO)
    assert "/take" not in bo.get(page).text
    with pytest.raises(Refused, match="somebody has this case"), intake.transaction() as tx:
        take_case(tx, case, BO)
    assert assigned_to(intake, case) == ADA


def test_a_case_is_handed_on_by_whoever_has_it_or_by_an_officer(intake: Context, case: str, visit: Any) -> None:
    page, ada = f"/console/case/{case}", visit()
    ada.post(f"{page}/take", {}, page=page)
    with pytest.raises(Refused, match="only whoever has"), intake.transaction() as tx:
        hand_on(tx, case, "person-eve", by="person-eve", may_assign=False)
    assert ada.post(f"{page}/hand-on", {"to": "person-eve"}, page=page).status_code == 422
    assert ada.post(f"{page}/hand-on", {"to": CY}, page=page).status_code == 422, "an auditor has no cases"
    assert ada.post(f"{page}/hand-on", {"to": BO}, page=page).status_code == 303
    assert assigned_to(intake, case) == BO
    assert ada.post(page, {}).status_code == 422, "and now it is not hers any more"
    bo = visit(BO, "officer")
    assert bo.post(f"{page}/hand-on", {"to": ""}, page=page).status_code == 303
    assert assigned_to(intake, case) == ""
    assert bo.post(f"{page}/hand-on", {"to": ADA}, page=page).status_code == 303
    timeline = bo.get(page).text
    assert "to Ada Canary, by Bo" in timeline
    assert "Ada Canary took it" in timeline


def test_whoever_works_on_cases_no_more_has_none_any_more(intake: Context, case: str, visit: Any) -> None:
    page = f"/console/case/{case}"
    visit().post(f"{page}/take", {}, page=page)
    tell(intake, ADA, "Ada Canary", [])
    assert assigned_to(intake, case) == ""
    with intake.reading() as tx:
        assert not list_colleagues(tx)[ADA].can_have_cases_of("nordlunds-lampor")


def test_a_case_is_handed_only_to_who_works_for_its_controller(intake: Context, case: str, visit: Any) -> None:
    """Case 30."""
    page, ada = f"/console/case/{case}", visit()
    ada.post(f"{page}/take", {}, page=page)
    tell(intake, BO, "Bo", ["officer"], ["another-company"])
    assert "Bo" not in ada.get(page).text
    assert ada.post(f"{page}/hand-on", {"to": BO}, page=page).status_code == 422
    tell(intake, ADA, "Ada Canary", ["agent"], ["another-company"])
    assert assigned_to(intake, case) == ""


def test_names_of_colleagues_lie_here_only_encrypted(intake: Context, visit: Any) -> None:
    visit()
    with intake.database.reading() as session:
        for table in ("colleague", "inbox", "ledger_leaf", "timeline"):
            assert "Canary" not in repr(list(session.execute(text(f"SELECT * FROM {table}"))))
    tell(intake, ADA, "Ada Otherwise", ["agent"])
    with intake.reading() as tx:
        assert list_colleagues(tx)[ADA].name == "Ada Otherwise"


def test_a_case_that_nobody_has_is_no_such_page(visit: Any) -> None:
    nowhere, ada = f"/console/case/{random_id()}", visit()
    assert ada.get(nowhere).status_code == 404
    for path in (nowhere, f"{nowhere}/take", f"{nowhere}/hand-on"):
        assert ada.post(path, WHY, page="/console/new/nordlunds-lampor").status_code == 404


def test_the_report_counts_what_was_theirs_and_what_was_not(intake: Context, case: str, visit: Any) -> None:
    """Case 27: who reads far more of what is not theirs than the others do is marked."""
    page, ada, bo = f"/console/case/{case}", visit(), visit(BO, "officer")
    ada.post(f"{page}/take", {}, page=page)
    for _ in range(2):
        ada.post(page, {})
    for number in range(7):
        bo.post(page, {"reason": "checking" if number else "asked"})
    with intake.reading() as tx:
        counted = count_readings(tx, 7)
    assert counted == [
        Readings(BO, 0, 7, 1, (("asked", 1), ("checking", 6)), remarkable=True),
        Readings(ADA, 2, 0, 1, (), remarkable=False),
    ]
    shown = bo.get("/console/readings").text
    assert "far more than the others" in shown
    assert MARKED not in shown
    assert not any(MARKED in json.dumps(each) for each in revealed(intake))


def test_old_readings_are_not_in_the_report(intake: Context, clock: Any, case: str, visit: Any) -> None:
    visit().post(f"/console/case/{case}", WHY)
    clock.advance(timedelta(days=8))
    with intake.reading() as tx:
        assert count_readings(tx, 7) == []
        assert len(count_readings(tx, 9)) == 1


def test_the_command_prints_the_report_in_ids_and_numbers(
    intake: Context, clock: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.at = datetime.now(UTC)  # a command reads the machine's own clock
    with intake.transaction() as tx:
        for case in ("c1", "c2"):
            tx.record("case.revealed", case, agent=ADA, assigned=False, reason="covering")
        tx.record("case.revealed", "c1", agent=ADA, assigned=True, reason="assigned")
    for name in [name for name in os.environ if name.startswith("HABEAS_")]:
        monkeypatch.delenv(name)  # whoever runs the tests has settings of their own
    for name in ("data", "keys", "database", "profiles"):
        monkeypatch.setenv(f"HABEAS_{name.upper()}", str(getattr(intake.settings, name)))
    printed = []
    for more in ((), ("--json",)):
        monkeypatch.setattr("sys.argv", ["habeas", "agent", "readings", "--days", "7", *more])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        printed.append(capsys.readouterr().out)
    assert printed[0] == f"{ADA}  own 1  others 2 (covering 2)  cases 2\n"
    told = {"agent": ADA, "own": 1, "others": 2, "cases": 2, "reasons": {"covering": 2}, "remarkable": False}
    assert json.loads(printed[1]) == told


@pytest.mark.parametrize(
    ("others", "marked"),
    [((5, 0, 0), []), ((6, 0, 0), ["0"]), ((9, 3, 3), []), ((10, 3, 3), ["0"]), ((20, 20, 20), []), ((6,), ["0"])],
)
def test_who_is_marked_is_measured_by_the_others(others: tuple[int, ...], marked: list[str]) -> None:
    readings = [Readings(str(number), 9, count, 1, ()) for number, count in enumerate(others)]
    assert [each.agent for each in mark(readings) if each.remarkable] == marked
