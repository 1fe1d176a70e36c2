"""Every door of every service says who may come in; what is open to all is on a list that somebody has to change."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask

from habeas.roles import MAY, AgentRole
from habeas.testing.house import make_context
from habeas.vocabulary import SERVICES
from habeas.web.access import Access, access_of
from habeas.web.application import create_app

#: Where nobody is asked who they are. What is shown there tells nothing of anybody, and what is done is noted only.
OPEN_TO_ALL = {
    "intake": {
        "GET /",
        "GET /api/openapi.json",
        "GET /opendsr/v2/certificate.pem",
        "GET /opendsr/v2/discovery",
        "GET /case/new/<controller>",
        "POST /case/new/<controller>",
        "GET /received",
        "GET /status",
        "POST /status",
        "POST /status/more",
    },
    "identity": {
        "GET /agents/back",
        "GET /agents/sign-in",
        "POST /agents/sign-in",
        "POST /agents/sign-in/<provider>",
        "GET /agents/sign-out",
        "POST /agents/sign-out",
        "GET /agents/passkeys/sign-in",
        "POST /agents/passkeys/sign-in",
        "GET /agents/enroll",
        "POST /agents/enroll",
        "GET /prove/<case:case>",
        "GET /prove/<case:case>/call",
        "POST /prove/<case:case>/call",
        "GET /prove/<case:case>/release/call",
        "POST /prove/<case:case>/release/call",
        "GET /prove/<case:case>/letter",
        "POST /prove/<case:case>/letter",
        "GET /prove/<case:case>/mandate",
        "POST /prove/<case:case>/mandate",
        "GET /prove/<case:case>/sign-in/<provider>",
        "POST /prove/<case:case>/sign-in/<provider>",
        "GET /prove/back",
        "POST /prove/<case:case>",
        "POST /prove/<case:case>/code",
        "GET /prove/<case:case>/address",
        "POST /prove/<case:case>/address",
        "POST /prove/<case:case>/address/cancel",
        "POST /prove/<case:case>/address/code",
        "POST /prove/<case:case>/address/confirm",
        "POST /prove/<case:case>/address/new",
        "GET /prove/<case:case>/contest",
        "POST /prove/<case:case>/contest",
        "POST /prove/<case:case>/contest/code",
        "GET /prove/<case:case>/not-me",
        "POST /prove/<case:case>/not-me",
        "GET /prove/<case:case>/release",
        "POST /prove/<case:case>/release",
        "POST /prove/<case:case>/release/code",
    },
    "fulfilment": set(),
    "notifier": {"GET /inbox"},
}


@pytest.fixture(scope="module")
def apps(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Flask]:
    """The HTTP door of every service."""
    profile = root / "examples/sample-company/profile.yaml"
    made = {}
    for name in SERVICES:
        service = import_module(f"habeas_{name}.service").SERVICE
        made[name] = create_app(make_context(service, tmp_path_factory.mktemp(name), profiles=str(profile)))
    return made


def routes_of(app: Flask) -> dict[str, tuple[str, Access]]:
    """Every route by method and path: its endpoint, and what it demands."""
    found = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            access = access_of(app, rule.endpoint)
            assert access is not None, f"{rule.rule} does not say who may call it"
            found[f"{method} {rule.rule}"] = (rule.endpoint, access)
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_only_what_is_on_the_list_is_open_to_all(apps: dict[str, Flask], name: str) -> None:
    routes = routes_of(apps[name])
    shared = {path for path, (endpoint, _) in routes.items() if endpoint == "assets.send"}
    assert len(shared) == 1
    told = {path for path, (_, access) in routes.items() if access.kind == "everyone"} - shared
    assert told == OPEN_TO_ALL[name]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_answers_on_no_path_but_its_own(apps: dict[str, Flask], name: str) -> None:
    paths = import_module(f"habeas_{name}.service").SERVICE.paths
    for route, (endpoint, _) in routes_of(apps[name]).items():
        first = route.split(" ")[1].split("/")[1]
        assert endpoint == "assets.send" or first in paths, route


def test_no_two_services_answer_on_the_same_path() -> None:
    taken = [path for name in SERVICES for path in import_module(f"habeas_{name}.service").SERVICE.paths]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize("name", SERVICES)
def test_a_case_in_a_path_is_open_to_its_own_person_or_to_agents(apps: dict[str, Flask], name: str) -> None:
    for route, (_, access) in routes_of(apps[name]).items():
        if "<case:case>" in route and route not in OPEN_TO_ALL[name] and access.kind != "machine":
            assert access.kind == "subject" or access.roles, route


def test_only_an_approver_approves(apps: dict[str, Flask]) -> None:
    found = {route: access for route, (_, access) in routes_of(apps["identity"]).items() if "/approve/" in route}
    assert len(found) == 3
    assert {access.roles for access in found.values()} == {frozenset({"approver"})}
    [confirmed] = [access for route, access in found.items() if route.endswith("/confirmed")]
    assert (confirmed.purpose, confirmed.of, confirmed.fresh) == ("approve", "digest", True)


def test_what_agents_may_do_is_said_in_one_table(apps: dict[str, Flask]) -> None:
    """Every page of agents demands one row of the table of roles, or is open to each of them; none has its own list."""
    rows = {frozenset(roles) for roles in MAY.values()} | {frozenset(AgentRole)}
    for name, app in apps.items():
        for route, (_, access) in routes_of(app).items():
            assert access.kind != "agent" or access.roles in rows, (name, route, sorted(access.roles))


def test_an_auditor_changes_nothing_and_an_administrator_sees_no_case(apps: dict[str, Flask]) -> None:
    """By what the routes demand: no form takes an auditor's, and no page of a case is an administrator's."""
    everybody = frozenset(AgentRole)
    for name, app in apps.items():
        for route, (_, access) in routes_of(app).items():
            if access.kind != "agent" or access.roles == everybody:
                continue
            assert "auditor" not in access.roles or route.startswith("GET "), (name, route)
            assert "administrator" not in access.roles or route.split()[1].startswith("/agents/accounts"), (name, route)


def test_whoever_calls_without_showing_anything_gets_nothing(apps: dict[str, Flask]) -> None:
    """Not by what a route says, but by what it does: every closed route is called, and none answers with a page."""
    for name, app in apps.items():
        visitor = app.test_client()
        for route, (endpoint, access) in routes_of(app).items():
            if access.kind == "everyone":
                continue
            method, rule = route.split(" ")
            answer = visitor.open(filled(rule), method=method, base_url="http://127.0.0.1:8080")
            assert answer.status_code in (303, 401, 403, 404, 421), (name, route, endpoint, answer.status_code)
            assert answer.status_code != 303 or answer.location.startswith(("/agents/sign-in", "/prove/")), route


def filled(rule: str) -> str:
    """A path of this rule, of a case that nobody has."""
    values = {"case": "00000000-0000-4000-8000-000000000000", "digest": "0" * 64}
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: values.get(part.group(1), "x"), rule)
