"""The whole way of a grant: minted by identity's key, carried by a cookie, read at another service's door."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Blueprint, request

from habeas.clock import SYSTEM_CLOCK, random_id, uuid7
from habeas.crypto.keyring import Keyring
from habeas.grants import Grant, mint
from habeas.testing.visitor import Visitor, make_room
from habeas.web import agent, browser_of, caller, create_app, everyone, open_to, subject
from habeas.web.guards import guards_by_grants

CASE, OTHER = random_id(), random_id()


def make_pages() -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    @open_to(everyone)
    def start() -> str:
        return browser_of(request)

    @pages.get("/case/<case:case>")
    @open_to(subject)
    def show(case: str) -> str:
        return f"{caller().kind} {case}"

    @pages.get("/console/<case:case>")
    @open_to(agent("clerk"))
    def work(case: str) -> str:
        return f"{caller().id} works on {case}"

    @pages.get("/console/<case:case>/approve")
    @open_to(agent("clerk").once("approve"))
    def approve(case: str) -> str:
        return f"{caller().grant} for {case}"

    return pages


class Bench:
    """A visitor, identity's key, and a service that has heard which sessions ended."""

    def __init__(self, folder: Path) -> None:
        self.keys = Keyring(folder)
        self.keys.init(("intake", "identity"), SYSTEM_CLOCK.now())
        self.ended: set[str] = set()
        room = make_room(make_pages())
        holder = type("Holder", (), {"keys": self.keys})
        guards = guards_by_grants(holder, lambda grant: grant.session in self.ended)  # type: ignore[arg-type]
        self.visitor = Visitor(create_app(room, guards))

    def grant(self, kind: str, /, **changed: object) -> Grant:
        now = SYSTEM_CLOCK.now()
        purpose, case = ("case", CASE) if kind == "subject" else ("console", "")
        good = Grant(
            id=uuid7(), kind=kind, person="ann", roles=("clerk",), controllers=(), service="intake", purpose=purpose,
            case=case, browser=self.visitor.get("/").text, session="s1", issued=now,
            expires=now + timedelta(minutes=5), once=False,
        )  # fmt: skip
        return replace(good, **changed)  # type: ignore[arg-type]

    def show(self, grant: Grant, path: str, *, cookie: str = "habeas_grant_intake") -> str:
        self.visitor.hold(cookie, mint(self.keys.signer("identity"), grant))
        answer = self.visitor.get(path)
        return answer.text if answer.status_code == 200 else str(answer.status_code)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "keys")


def test_a_person_sees_their_case_with_the_grant_that_identity_minted(bench: Bench) -> None:
    assert bench.show(bench.grant("subject"), f"/case/{CASE}") == f"subject {CASE}"
    assert bench.show(bench.grant("subject"), f"/case/{OTHER}") == "303"


def test_an_agent_works_on_every_case_or_on_the_one_the_grant_names(bench: Bench) -> None:
    assert bench.show(bench.grant("agent"), f"/console/{OTHER}") == f"ann works on {OTHER}"
    assert bench.show(bench.grant("agent", case=CASE), f"/console/{CASE}") == f"ann works on {CASE}"
    assert bench.show(bench.grant("agent", case=CASE), f"/console/{OTHER}") == "303"


def test_an_act_is_done_with_a_grant_of_its_own_for_its_own_case(bench: Bench) -> None:
    act = bench.grant("agent", purpose="approve", once=True, case=CASE)
    path = f"/console/{CASE}/approve"
    assert bench.show(act, path, cookie="habeas_act_intake") == f"{act.id} for {CASE}"
    assert bench.show(act, f"/console/{OTHER}/approve", cookie="habeas_act_intake") == "303"
    assert bench.show(replace(act, once=False), path, cookie="habeas_act_intake") == "303"
    assert bench.show(replace(act, purpose="console"), path, cookie="habeas_act_intake") == "303"


@pytest.mark.parametrize(
    "changed",
    [{"service": "fulfilment"}, {"purpose": "approve"}, {"browser": "0" * 64}, {"kind": "subject", "case": CASE}],
    ids=["service", "purpose", "browser", "kind"],
)
def test_a_grant_for_anything_else_opens_nothing(bench: Bench, changed: dict[str, object]) -> None:
    assert bench.show(bench.grant("agent", **changed), f"/console/{CASE}") == "303"


def test_a_grant_that_is_too_old_opens_nothing(bench: Bench) -> None:
    now = SYSTEM_CLOCK.now()
    old = bench.grant("agent", issued=now - timedelta(minutes=6), expires=now - timedelta(minutes=1))
    assert bench.show(old, f"/console/{CASE}") == "303"


def test_a_grant_with_one_letter_changed_opens_nothing(bench: Bench) -> None:
    text = mint(bench.keys.signer("identity"), bench.grant("agent"))
    for place in range(0, len(text), 7):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        bench.visitor.hold("habeas_grant_intake", changed)
        assert bench.visitor.get(f"/console/{CASE}").status_code == 303, place


def test_a_session_that_has_ended_is_refused_at_once(bench: Bench) -> None:
    grant = bench.grant("agent")
    assert bench.show(grant, f"/console/{CASE}") == f"ann works on {CASE}"
    bench.ended.add("s1")
    assert bench.show(grant, f"/console/{CASE}") == "303"
