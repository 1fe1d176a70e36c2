"""A request that arrived before somebody opened its case: its time runs from the day it arrived."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from tests.intake.conftest import NOW

from habeas.clock import uuid7
from habeas.errors import Faults
from habeas.grants import Grant, mint
from habeas.service import Context
from habeas.testing.visitor import Visitor
from habeas.web.application import create_app
from habeas.web.cookies import grant_cookie
from habeas_intake.applications import read_application
from habeas_intake.guards import digest_of
from habeas_intake.models import ApiKey, Case

PAGE = "/console/new/nordlunds-lampor"
BROWSER = "b" * 43
WRITTEN = {
    "form": "f" * 64,
    "channel": "letter",
    "received-day": "3",
    "received-month": "11",
    "received-year": "2026",
    "rights": "erasure",
    "identifier-email": "anna@example.com",
    "language": "sv",
    "words": "Please forget me.",
}
GIVEN: dict[str, Any] = {"rights": ["access"], "identifiers": {"email": "anna@example.com"}}


@pytest.fixture
def agent(intake: Context) -> Callable[..., Visitor]:
    def sign_in(*roles: str) -> Visitor:
        visitor = Visitor(create_app(intake))
        visitor.hold("habeas_browser", BROWSER)
        grant = Grant(
            id=uuid7(),
            kind="agent",
            person="person-1",
            roles=roles or ("agent",),
            controllers=(),
            service="intake",
            purpose="console",
            case="",
            browser=hashlib.sha256(BROWSER.encode()).hexdigest(),
            session="s1",
            issued=intake.clock.now(),
            expires=intake.clock.now() + timedelta(minutes=5),
            once=False,
        )
        visitor.hold(grant_cookie("intake", secure=False), mint(intake.keys.signer("identity"), grant), path="/console")
        return visitor

    return sign_in


def only_case(context: Context) -> Case:
    with context.reading() as tx:
        found = tx.session.scalars(select(Case)).one()
        assert found.rights
        return found


def test_a_letter_that_lay_for_weeks_is_due_by_the_day_it_arrived(intake: Context, agent: Any) -> None:
    visitor = agent()
    assert 'href="/console/new"' in visitor.get("/console").text
    assert visitor.get("/console/new").location == PAGE
    assert "On which day did it arrive?" in visitor.get(PAGE).text
    opened = visitor.post(PAGE, WRITTEN)
    assert opened.status_code == 303
    case = only_case(intake)
    assert opened.location == f"/console/case/{case.id}"
    # The day begins at midnight in Stockholm; the month ends on Thursday 3 December.
    assert case.received_at == datetime(2026, 11, 2, 23, tzinfo=UTC)
    assert case.rights[0].respond_by == date(2026, 12, 3)
    assert (case.channel, case.opened_by, case.language) == ("letter", "person-1", "sv")


def test_a_form_of_the_desk_that_is_sent_twice_opens_one_case(intake: Context, agent: Any) -> None:
    first, second = (agent().post(PAGE, WRITTEN) for _ in range(2))
    assert first.location == second.location
    assert only_case(intake).id in first.location


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"received-day": "", "received-month": "", "received-year": ""}, "received"),
        ({"received-day": "31"}, "received"),
        ({"received-year": "2027"}, "received"),
        ({"received-year": "2017"}, "received"),
        ({"received-month": "november"}, "received"),
        ({"channel": "pigeon"}, "channel"),
        ({"rights": ""}, "rights"),
        ({"identifier-email": "anna"}, "identifier-email"),
        ({"language": "tlh"}, "language"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_that_was_written_is_lost(
    agent: Any, intake: Context, change: dict[str, str], field: str
) -> None:
    answer = agent().post(PAGE, {**WRITTEN, **change})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "Please forget me." in answer.text
    with intake.reading() as tx:
        assert not tx.session.scalars(select(Case)).all()


def test_whoever_only_looks_opens_no_case(agent: Any) -> None:
    assert agent("officer").get(PAGE).status_code == 403


def test_a_company_that_is_not_here_has_no_desk(agent: Any) -> None:
    assert agent().get("/console/new/nobody").status_code == 404


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-11-22", datetime(2026, 11, 21, 23, tzinfo=UTC)),
        ("2026-11-22T09:30:00+01:00", datetime(2026, 11, 22, 8, 30, tzinfo=UTC)),
        (NOW, NOW),
        ("2018-05-26", datetime(2018, 5, 25, 22, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_an_arrival_is_a_day_or_an_instant(intake: Context, value: Any, at: datetime | None) -> None:
    profile = next(iter(intake.profiles.values()))
    given = {**GIVEN, "received_at": value}
    assert read_application(profile, given, now=NOW, token="t", channel="email").received_at == at


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23",
        "2026-11-22T12:00:01Z",
        "2018-05-24",
        "2026-11-31",
        "2026-11-20T09:00:00",
        "yesterday",
        7,
        "0001-01-01",
    ],
)
def test_an_arrival_that_cannot_be_is_refused_with_its_field(intake: Context, value: Any) -> None:
    profile = next(iter(intake.profiles.values()))
    with pytest.raises(Faults) as wrong:
        read_application(profile, {**GIVEN, "received_at": value}, now=NOW, token="t", channel="email")
    assert [fault.where for fault in wrong.value.faults] == ["received_at"]


def test_the_portal_takes_no_arrival_from_a_person(intake: Context) -> None:
    """A person could else make a case overdue by what they type: at this door the request arrives as it is sent."""
    profile = next(iter(intake.profiles.values()))
    given = {**GIVEN, "received_at": "2020-01-01"}
    assert read_application(profile, given, token="t", channel="portal").received_at is None


@pytest.fixture
def api(intake: Context) -> FlaskClient:
    with intake.transaction() as tx:
        tx.session.add(ApiKey(name="person-1", digest=digest_of("hk_test"), added_at=tx.now))
    return create_app(intake).test_client()


def post(api: FlaskClient, received_at: Any) -> Any:
    headers = {"Authorization": "Bearer hk_test", "Idempotency-Key": "call-0001"}
    body = {"controller": "nordlunds-lampor", **GIVEN, "rights": ["erasure"], "received_at": received_at}
    return api.post("/api/cases", json=body, headers=headers)


def test_a_program_says_when_a_forwarded_ticket_arrived(api: FlaskClient, intake: Context) -> None:
    answer = post(api, "2026-11-03T08:00:00+01:00")
    assert (answer.status_code, answer.json["respond_by"]) == (201, "2026-12-03")
    assert only_case(intake).received_at == datetime(2026, 11, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize("value", ["2026-11-23T00:00:00Z", "2018-05-24T00:00:00Z", "2026-11-03T08:00:00", "soon", 7])
def test_a_program_that_gives_no_possible_arrival_is_told_the_field(api: FlaskClient, value: Any) -> None:
    answer = post(api, value)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == ["received_at"]


def test_a_program_does_not_see_the_case_of_an_agent_of_its_name(api: FlaskClient, intake: Context, agent: Any) -> None:
    case = agent().post(PAGE, WRITTEN).location.rpartition("/")[2]
    assert api.get(f"/api/cases/{case}", headers={"Authorization": "Bearer hk_test"}).status_code == 404
