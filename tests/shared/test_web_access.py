"""Who may call a route: declared on each, checked before it runs, denied where nothing is known."""

import json
from datetime import datetime
from typing import Any

import pytest
from flask import Blueprint, render_template_string, request, session
from flask.views import MethodView

from habeas.errors import Faults, Refused
from habeas.testing.visitor import Visitor, make_room
from habeas.web import (
    Access,
    Ask,
    Caller,
    Guards,
    agent,
    browser_of,
    caller,
    create_app,
    everyone,
    machine,
    open_to,
    safe_next,
    subject,
)

CASE = "3f6b1c92-8a51-4c3e-9d0b-5f0c6e1a7b11"
OTHER = "aaaaaaaa-8a51-4c3e-9d0b-5f0c6e1a7b11"


def read_grant(text: str, ask: Ask) -> Caller:
    """Take a grant that is plain JSON: what it says is compared with what is asked."""
    said = json.loads(text)
    assert isinstance(ask.now, datetime)
    for name in ("service", "purpose", "browser", "fresh"):
        if said[name] != getattr(ask, name):
            raise Refused(f"the grant is for another {name}")
    return Caller(said["kind"], said["id"], frozenset(said["roles"]), said["case"], said["grant"])


def read_bearer(text: str, ask: Ask) -> Caller:
    if text != f"good for {ask.purpose}":
        raise Refused("unknown token")
    return Caller("machine", "robot")


GUARDS = Guards(read_grant, read_bearer)


def make_pages() -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    @open_to(everyone)
    def start() -> str:
        return browser_of(request)

    @pages.get("/case/<case:case>")
    @open_to(subject)
    def show(case: str) -> str:
        return f"{caller().id} sees {case}"

    @pages.post("/case/<case:case>/withdraw")
    @open_to(subject.once("withdraw"))
    def withdraw(case: str) -> str:
        return caller().grant

    @pages.post("/case/<case:case>/approve/<digest>")
    @open_to(agent("clerk").once("approve", of="digest"))
    def approve(case: str, digest: str) -> str:
        return f"{digest} of {case} by {caller().grant}"

    @pages.get("/console")
    @open_to(agent("clerk", "officer"))
    def queue() -> str:
        return caller().id

    @pages.get("/console/keys")
    @open_to(agent("administrator"))
    def keys() -> str:
        return "keys"

    @pages.post("/uploads")
    @open_to(machine.holding("upload"))
    def upload() -> dict[str, Any]:
        found = {"cookies": dict(request.cookies), "session": dict(session), "caller": caller().id}
        session["left"] = "behind"
        return found

    @pages.get("/form")
    @open_to(everyone)
    def form() -> str:
        return render_template_string('<input name="csrf_token" value="{{ csrf_token() }}">')

    @pages.get("/api/cases")
    @open_to(agent("clerk"))
    def list_cases() -> list[str]:
        return []

    return pages


@pytest.fixture
def visitor() -> Visitor:
    return Visitor(create_app(make_room(make_pages(), guards=GUARDS)))


def give(visitor: Visitor, *, cookie: str = "habeas_grant_intake", **changed: Any) -> None:
    """Put a good grant for the case into the browser, or one that differs in one thing."""
    good = {
        "service": "intake", "purpose": "case", "fresh": False, "browser": visitor.get("/").text, "kind": "subject",
        "id": "person", "roles": [], "case": CASE, "grant": "g1",
    }  # fmt: skip
    visitor.hold(cookie, json.dumps(good | changed))


def make_one(rule: str, access: Access | None, **options: Any) -> Blueprint:
    pages = Blueprint("one", __name__)

    def view(**_parts: str) -> str:
        return ""

    pages.add_url_rule(rule, view_func=view if access is None else open_to(access)(view), **options)
    return pages


@pytest.mark.parametrize(
    ("rule", "access", "guards"),
    [
        ("/silent", None, GUARDS),
        ("/mine", subject, GUARDS),
        ("/case/<case:case>", subject, Guards(None, read_bearer)),
        ("/console", agent("clerk"), Guards(None, read_bearer)),
        ("/uploads", machine, Guards(read_grant, None)),
        ("/approve", agent("clerk").once("approve", of="digest"), GUARDS),
    ],
    ids=[
        "undeclared",
        "subject without a case",
        "subject unguarded",
        "agent unguarded",
        "machine unguarded",
        "bound to nothing",
    ],
)
def test_an_app_does_not_start_with_a_route_that_cannot_be_guarded(rule: str, access: Access, guards: Guards) -> None:
    with pytest.raises(Faults, match="route " + rule.split("<")[0]):
        create_app(make_room(make_one(rule, access), guards=guards))


def test_every_silent_route_is_named_at_once() -> None:
    pages = Blueprint("two", __name__)
    pages.add_url_rule("/one", "one", lambda: "")
    pages.add_url_rule("/two", "two", lambda: "")
    with pytest.raises(Faults) as found:
        create_app(make_room(pages))
    assert [fault.where for fault in found.value.faults] == ["route /one", "route /two"]


def test_a_view_class_is_declared_as_a_whole() -> None:
    @open_to(everyone)
    class Shelf(MethodView):
        def get(self) -> str:
            return "books"

    pages = Blueprint("shelf", __name__)
    pages.add_url_rule("/shelf", view_func=Shelf.as_view("shelf"))
    assert Visitor(create_app(make_room(pages))).get("/shelf").text == "books"


def test_an_agent_route_names_its_roles() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        agent()


def test_a_good_grant_opens_the_page(visitor: Visitor) -> None:
    give(visitor)
    assert visitor.get(f"/case/{CASE}").text == f"person sees {CASE}"


@pytest.mark.parametrize(
    "changed",
    [
        {"service": "identity"},
        {"purpose": "console"},
        {"browser": "another"},
        {"case": OTHER},
        {"case": None},
        {"kind": "agent", "roles": ["clerk"]},
        {"fresh": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_grant_for_anything_else_leads_to_the_proof(visitor: Visitor, changed: dict[str, Any]) -> None:
    give(visitor, **changed)
    answer = visitor.get(f"/case/{CASE}")
    assert (answer.status_code, answer.location) == (303, f"/prove/{CASE}?for=intake&next=/case/{CASE}")


def test_without_a_grant_a_case_leads_to_the_proof_whether_it_exists_or_not(visitor: Visitor) -> None:
    mine, unknown = visitor.get(f"/case/{CASE}"), visitor.get(f"/case/{OTHER}")
    assert mine.status_code == unknown.status_code == 303
    assert mine.location == unknown.location.replace(OTHER, CASE)
    assert mine.text == unknown.text.replace(OTHER, CASE)


@pytest.mark.parametrize("path", ["/case/1", f"/case/{CASE.upper()}", f"/case/{CASE}x", "/case/..%2f..", "/case/"])
def test_what_is_no_case_is_no_page(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_an_act_needs_a_fresh_grant_of_its_own(visitor: Visitor) -> None:
    """The everyday grant opens the page and not the act; the act's answer leads back to the page above it."""
    act = f"/case/{CASE}/withdraw"
    give(visitor)
    answer = visitor.post(act, {}, page="/form")
    assert answer.status_code == 303
    assert answer.location == f"/prove/{CASE}?for=intake&next=/case/{CASE}&act=withdraw"
    give(visitor, cookie="habeas_act_intake", purpose="withdraw", fresh=True, grant="once-7")
    assert visitor.post(act, {}, page="/form").text == "once-7"


def test_an_act_on_one_thing_needs_a_grant_for_that_thing(visitor: Visitor) -> None:
    """The purpose names what is in the path, so that a grant for one plan approves no other."""
    act = {"kind": "agent", "roles": ["clerk"], "id": "ann", "cookie": "habeas_act_intake", "fresh": True}
    led = visitor.post(f"/case/{CASE}/approve/abc", {}, page="/form")
    assert (led.status_code, led.location.endswith("&act=approve:abc")) == (303, True)
    for purpose, status in (("approve", 303), ("approve:abd", 303), ("approve:abc", 200)):
        give(visitor, purpose=purpose, **act)
        assert visitor.post(f"/case/{CASE}/approve/abc", {}, page="/form").status_code == status, purpose


def test_an_agent_without_a_grant_is_sent_to_sign_in(visitor: Visitor) -> None:
    answer = visitor.get("/console?q=somebody@example.com")
    assert (answer.status_code, answer.location) == (303, "/agents/sign-in?for=intake&next=/console")


def test_an_agent_comes_in_with_one_of_the_roles_and_not_without(visitor: Visitor) -> None:
    give(visitor, kind="agent", purpose="console", roles=["officer"], case=None, id="ann")
    assert visitor.get("/console").text == "ann"
    refused = visitor.get("/console/keys")
    assert refused.status_code == 403
    assert "keys" not in refused.text


def test_a_program_without_a_grant_is_told_so_and_not_led_about(visitor: Visitor) -> None:
    answer = visitor.get("/api/cases")
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_a_machine_shows_what_it_holds_and_no_cookie_reaches_it(visitor: Visitor) -> None:
    visitor.get("/form")
    visitor.hold("habeas_grant_intake", "y")
    assert visitor.client.get_cookie("habeas_intake", domain="127.0.0.1")
    answer = visitor.send("POST", "/uploads", headers={"Authorization": "Bearer good for upload"})
    assert answer.json == {"cookies": {}, "session": {}, "caller": "robot"}
    assert "Set-Cookie" not in answer.headers


def test_a_ticket_in_a_form_counts_as_shown(visitor: Visitor) -> None:
    assert visitor.send("POST", "/uploads", data={"ticket": "good for upload"}).status_code == 200


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"headers": {"Authorization": "Bearer good for api"}},
        {"headers": {"Authorization": "Token good for upload"}},
        {"query_string": {"ticket": "good for upload"}},
    ],
    ids=["nothing", "another purpose", "another scheme", "in the address"],
)
def test_a_machine_that_shows_nothing_good_is_refused(visitor: Visitor, kept: dict[str, Any]) -> None:
    answer = visitor.send("POST", "/uploads", **kept)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.content_type == "application/problem+json"


def test_whoever_shows_a_bad_ticket_by_a_form_sees_a_page(visitor: Visitor) -> None:
    """Behind a form stands a person."""
    answer = visitor.send("POST", "/uploads", data={"ticket": "guess"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.content_type == "text/html; charset=utf-8"


def test_the_first_page_gives_the_browser_its_name_and_keeps_it(visitor: Visitor) -> None:
    first = visitor.get("/")
    cookie = next(value for value in first.headers.getlist("Set-Cookie") if value.startswith("habeas_browser="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert visitor.get("/").text == first.text
    assert len(first.text) == 64
    assert first.text not in cookie


@pytest.mark.parametrize("chosen", ["", "victim", "a" * 42, "a" * 44, "ä" * 43, "a" * 42 + ";"])
def test_nobody_chooses_the_name_of_their_browser(visitor: Visitor, chosen: str) -> None:
    visitor.hold("habeas_browser", chosen)
    assert any("habeas_browser=" in value for value in visitor.get("/").headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("/console/cases", "/console/cases"),
        ("/console?q=name", "/console"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nSet-Cookie: x", "/"),
        ("/a b", "/"),
        ("console", "/"),
        ("", "/"),
        ("/\t/evil.example", "/"),
        ("/å", "/"),
    ],
)
def test_only_a_path_of_ours_is_gone_on_to(wanted: str, found: str) -> None:
    assert safe_next(wanted) == found
