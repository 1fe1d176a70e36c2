"""Who works for one controller sees the cases of that one, in every list; a key opens cases for its own only."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from tests.house.authorization import ROLES
from tests.house.callers import COOKIE, OWN
from tests.intake.conftest import MARKED, NOW
from tests.two_controllers import ELSEWHERE, HERE, write_profiles

from habeas.clock import FixedClock, uuid7
from habeas.errors import Faults
from habeas.grants import LIFE, Grant, mint
from habeas.service import Context
from habeas.testing.house import make_context
from habeas.testing.visitor import Visitor
from habeas.web.application import create_app
from habeas.web.cookies import grant_cookie
from habeas_intake.actions import Opened, open_case
from habeas_intake.applications import read_application
from habeas_intake.assignments import read_told
from habeas_intake.commands import api_key
from habeas_intake.guards import digest_of
from habeas_intake.models import ApiKey, Case
from habeas_intake.service import SERVICE

BODY = {"rights": ["access"], "identifiers": {"email": MARKED}}


@pytest.fixture
def both(tmp_path: Path, clock: FixedClock) -> Iterator[Context]:
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=write_profiles(tmp_path / "profiles"))
    yield context
    context.database.close()


@pytest.fixture
def visit(both: Context) -> Callable[..., Visitor]:
    def come(*controllers: str) -> Visitor:
        visitor = Visitor(create_app(both))
        visitor.hold("habeas_browser", COOKIE)
        grant = Grant(
            id=uuid7(),
            kind="agent",
            person="ada",
            roles=ROLES,
            controllers=controllers,
            service="intake",
            purpose="console",
            case="",
            browser=OWN,
            session="s",
            issued=NOW,
            expires=NOW + LIFE,
            once=False,
        )
        visitor.hold(grant_cookie("intake", secure=False), mint(both.keys.signer("identity"), grant))
        return visitor

    return come


def ask(context: Context, controller: str, **changes: Any) -> Opened:
    given = {**BODY, "contact": "", "words": "", **changes}
    application = read_application(context.profiles[controller], given, token=uuid7(), channel="letter")
    with context.transaction() as tx:
        return open_case(tx, application)


def test_the_queue_counts_lists_and_finds_only_what_is_ones_own(both: Context, visit: Callable[..., Visitor]) -> None:
    """Case 30."""
    here, there = ask(both, HERE), ask(both, ELSEWHERE)
    theirs = visit(ELSEWHERE)
    shown = theirs.get("/console").text
    assert there.reference in shown
    assert here.reference not in shown
    assert theirs.get(f"/console?q={there.reference}").location == f"/console/case/{there.case}"
    assert theirs.get(f"/console?q={here.reference}").status_code == 200
    of_all = visit().get("/console").text
    assert here.reference in of_all
    assert there.reference in of_all


def test_a_case_of_another_is_told_as_one_that_is_not_there(both: Context, visit: Callable[..., Visitor]) -> None:
    """Case 30 and V8.2.2."""
    here = ask(both, HERE)
    theirs = visit(ELSEWHERE)
    for page in ("", "/extend", "/unidentified"):
        assert theirs.get(f"/console/case/{here.case}{page}").status_code == 404
    assert visit(HERE).get(f"/console/case/{here.case}").status_code == 200


def test_the_systems_page_shows_what_fails_in_ones_own_cases(both: Context, visit: Callable[..., Visitor]) -> None:
    here = ask(both, HERE)
    with both.transaction() as tx:
        tx.session.get_one(Case, here.case).failing = ["shop"]
    mine, theirs = (visit(each).get("/console/systems").text for each in (HERE, ELSEWHERE))
    assert mine != theirs
    assert len(visit().get("/console/systems").text) > len(theirs)


def test_the_desk_opens_cases_for_ones_own(both: Context, visit: Callable[..., Visitor]) -> None:
    theirs = visit(ELSEWHERE)
    assert theirs.get("/console/new").location == f"/console/new/{ELSEWHERE}"
    assert theirs.get(f"/console/new/{HERE}").status_code == 404
    assert theirs.get("/console/new/nobody").status_code == 404
    assert visit().get("/console/new").status_code == 200


def test_the_holding_pen_shows_ones_own(both: Context, visit: Callable[..., Visitor]) -> None:
    held = ask(both, HERE)
    with both.transaction() as tx:
        found = tx.session.get_one(Case, held.case)
        found.held, found.held_from, found.held_like = "network", "n", "l"
    assert held.reference in visit(HERE).get("/console/holding").text
    assert held.reference not in visit(ELSEWHERE).get("/console/holding").text


def test_who_read_what_is_told_of_ones_own_cases(both: Context, visit: Callable[..., Visitor]) -> None:
    """Case 27."""
    here = ask(both, HERE)
    with both.transaction() as tx:
        read_told(tx, here.case, "zebedee-who-read", "covering")
    assert "zebedee-" in visit(HERE).get("/console/readings").text
    assert "zebedee-" not in visit(ELSEWHERE).get("/console/readings").text


@pytest.fixture
def post(both: Context) -> Callable[..., Any]:
    with both.transaction() as tx:
        for name, of in (("all", []), ("here", [HERE]), ("there", [ELSEWHERE])):
            tx.session.add(ApiKey(name=name, digest=digest_of(name), added_at=tx.now, controllers=of))
    client = create_app(both).test_client()

    def send(key: str, controller: str = "", case: str = "") -> Any:
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid7()}
        if case:
            return client.get(f"/api/cases/{case}", headers=headers)
        return client.post("/api/cases", json={**BODY, "controller": controller}, headers=headers)

    return send


def test_a_key_opens_cases_for_its_own_controllers(both: Context, post: Callable[..., Any]) -> None:
    """Case 30: another's is no more there than one that does not exist."""
    assert post("there", ELSEWHERE).status_code == post("all", HERE).status_code == 201
    refused, unknown = post("there", HERE), post("there", "nobody")
    assert refused.status_code == unknown.status_code == 422
    assert refused.json["errors"] == unknown.json["errors"]
    assert [each["field"] for each in refused.json["errors"]] == ["controller"]
    assert HERE not in refused.text
    with both.reading() as tx:
        assert len(tx.session.scalars(select(Case.id)).all()) == 2


def test_a_key_that_was_narrowed_sees_the_cases_of_others_no_more(both: Context, post: Callable[..., Any]) -> None:
    case = post("all", HERE).json["id"]
    assert post("all", case=case).status_code == 200
    with both.transaction() as tx:
        tx.session.get_one(ApiKey, "all").controllers = [ELSEWHERE]
    foreign, unknown = post("all", case=case), post("all", case=f"{case[:-4]}0000")
    assert (foreign.status_code, foreign.text) == (404, unknown.text)


def test_a_key_is_made_for_controllers_that_are_there(both: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = both.settings
    for name in [name for name in os.environ if name.startswith("HABEAS_")]:
        monkeypatch.delenv(name)
    for name, value in (("DATA", settings.data), ("KEYS", settings.keys), ("PROFILES", settings.profiles)):
        monkeypatch.setenv(f"HABEAS_{name}", str(value))
    wrong = CliRunner().invoke(api_key, ["add", "till", "--controller", "nobody"])
    assert isinstance(wrong.exception, Faults)
    assert [fault.where for fault in wrong.exception.faults] == ["controller"]
    assert CliRunner().invoke(api_key, ["add", "till", "--controller", HERE]).exit_code == 0
    with both.reading() as tx:
        assert tx.session.get_one(ApiKey, "till").controllers == [HERE]
