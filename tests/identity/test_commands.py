"""`habeas agent`: the first administrator is made by it, and every exit code means something."""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.identity.conftest import PASSWORD, Desk

from habeas.cli.program import main
from habeas.clock import FixedClock
from habeas.events import SessionEnded
from habeas_identity.enrollments import try_enrollment


@pytest.fixture
def clock() -> FixedClock:
    """Stand at today: a command reads the machine's own clock, and its day is the desk's."""
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def habeas(page_desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `habeas` on the desk's own data; gives exit code, output and errors."""
    settings = page_desk.context.settings
    for name in [name for name in os.environ if name.startswith("HABEAS_")]:
        monkeypatch.delenv(name)  # whoever runs the tests has settings of their own
    monkeypatch.setenv("HABEAS_DATA", str(settings.data))
    monkeypatch.setenv("HABEAS_KEYS", str(settings.keys))
    monkeypatch.setenv("HABEAS_PROFILES", str(settings.profiles))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["habeas", *arguments])
        with pytest.raises(SystemExit) as exit_:
            main()
        told = capsys.readouterr()
        return int(exit_.value.code or 0), told.out, told.err

    return run


@pytest.fixture
def password(tmp_path: Path) -> str:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return str(file)


def add(habeas: Any, password: str, *more: str, email: str = "ada@example.com") -> Any:
    return habeas(
        *("agent", "add", "--name", "Ada", "--email", email, "--role", "approver"), "--password-file", password, *more
    )


def test_an_agent_who_was_added_can_sign_in(page_desk: Desk, habeas: Any, password: str) -> None:
    code, told, _ = add(habeas, password, "--role", "administrator")
    assert (code, told) == (0, "ada@example.com may sign in at /agents/sign-in\n")
    assert page_desk.sign_in(page_desk.visitor(), "ada@example.com").status_code == 303


def test_what_a_program_reads_is_json(habeas: Any, password: str) -> None:
    code, told, _ = add(habeas, password, "--json")
    added = json.loads(told)
    assert (code, added["email"]) == (0, "ada@example.com")
    [listed] = [json.loads(line) for line in habeas("agent", "list", "--json")[1].splitlines()]
    assert listed == {
        "agent": added["agent"],
        "person": listed["person"],
        "name": "Ada",
        "email": "ada@example.com",
        "roles": "approver",
        "controllers": "all",
        "state": "open",
        "signs_in_by": "password",
    }


def test_without_agents_the_list_says_what_to_do(habeas: Any) -> None:
    assert habeas("agent", "list")[:2] == (0, "none; add the first with `habeas agent add`\n")


def test_a_second_account_of_one_person_is_known_as_such(habeas: Any, password: str) -> None:
    add(habeas, password)
    [first] = [json.loads(line) for line in habeas("agent", "list", "--json")[1].splitlines()]
    add(habeas, password, "--person", first["person"], email="ada2@example.com")
    people = {json.loads(line)["person"] for line in habeas("agent", "list", "--json")[1].splitlines()}
    assert people == {first["person"]}


def test_an_agent_works_for_the_controllers_that_were_named(habeas: Any, password: str) -> None:
    """Case 30."""
    code, _, told = add(habeas, password, "--controller", "nobody")
    assert code != 0
    assert "there is no such controller" in told
    assert add(habeas, password, "--controller", "nordlunds-lampor")[0] == 0
    [listed] = [json.loads(line) for line in habeas("agent", "list", "--json")[1].splitlines()]
    assert listed["controllers"] == "nordlunds-lampor"
    assert habeas("agent", "controllers", "ada@example.com")[1] == "ada@example.com now works on cases of: all\n"


@pytest.mark.parametrize("command", [("disable",), ("password",)])
def test_closing_and_changing_end_the_sessions(page_desk: Desk, habeas: Any, password: str, command: Any) -> None:
    add(habeas, password)
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, "ada@example.com")
    more = ("--password-file", password) if command == ("password",) else ()
    assert habeas("agent", *command, "ada@example.com", *more)[0] == 0
    assert visitor.get("/agents/sign-in").status_code == 200
    assert len(page_desk.said(SessionEnded)) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("disable", "nobody@example.com"), "there is no agent with this address"),
        (("add", "--name", "A", "--email", "a@example.com", "--role", "king"), "is not one of"),
        (("add", "--name", "A", "--email", "a@example.com"), "Missing option '--role'"),
        (("nonsense",), "No such command"),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_why(habeas: Any, password: str, arguments: Any, words: str) -> None:
    more = ("--password-file", password) if arguments[0] == "add" else ()
    code, _, told = habeas("agent", *arguments, *more)
    assert code == 2
    assert words in told


def test_every_fault_of_an_agent_is_said(habeas: Any, password: str, tmp_path: Path) -> None:
    code, _, told = habeas(
        *("agent", "add", "--name", " ", "--email", "none", "--role", "agent"), "--password-file", password
    )
    assert code == 2
    assert "name" in told
    assert "email" in told
    short = tmp_path / "short"
    short.write_text("short", encoding="utf-8")
    code, _, told = add(habeas, str(short))
    assert (code, "12 to 128" in told) == (2, True)


def test_a_colleague_without_a_password_comes_in_by_a_code(page_desk: Desk, habeas: Any) -> None:
    who = ("--name", "Bo", "--email", "bo@example.com", "--role", "agent")
    code, told, _ = habeas("agent", "add", *who, "--no-password")
    assert (code, told) == (0, "bo@example.com needs a passkey or a provider: see `habeas agent enroll`\n")
    assert page_desk.sign_in(page_desk.visitor(), "bo@example.com", password="").status_code == 422
    code, told, _ = habeas("agent", "enroll", "bo@example.com", "--json")
    first = json.loads(told)["code"]
    code, told, _ = habeas("agent", "enroll", "bo@example.com")
    assert code == 0
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}  for bo@example.com, at /agents/enroll, .*\n", told)
    with page_desk.context.transaction() as tx:
        assert try_enrollment(tx, "bo@example.com", first, "127.0.0.1") == (True, None), "the newest alone is good"
        assert try_enrollment(tx, "bo@example.com", told[:9], "127.0.0.1")[1] is not None


def test_who_has_a_way_in_gets_a_code_only_in_place_of_what_is_lost(habeas: Any, password: str) -> None:
    add(habeas, password)
    code, _, told = habeas("agent", "enroll", "ada@example.com")
    assert (code, "has a way in already" in told) == (2, True)
    assert habeas("agent", "enroll", "ada@example.com", "--replace")[0] == 0


def test_what_somebody_may_do_is_changed_and_ends_their_sessions(page_desk: Desk, habeas: Any, password: str) -> None:
    add(habeas, password)
    page_desk.sign_in(page_desk.visitor(), "ada@example.com")
    code, told, _ = habeas("agent", "roles", "ada@example.com", "--role", "officer", "--role", "agent")
    assert (code, told) == (0, "ada@example.com may now: agent, officer\n")
    assert len(page_desk.said(SessionEnded)) == 2


def test_an_address_is_taken_once(habeas: Any, password: str) -> None:
    add(habeas, password)
    code, _, told = add(habeas, password, email="ADA@example.com")
    assert code == 2
    assert "there already" in told


def test_an_account_is_linked_to_somebody_at_a_provider(
    page_desk: Desk, habeas: Any, password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = "https://login.example.com"
    add(habeas, password)
    _, _, told = habeas("agent", "link", "ada@example.com", issuer, "sub-1")
    assert "none: see HABEAS_PROVIDERS" in told
    (tmp_path / "providers.yaml").write_text(f"login:\n  issuer: {issuer}\n  client_id: habeas\n  for: agents\n")
    monkeypatch.setenv("HABEAS_PROVIDERS", str(tmp_path / "providers.yaml"))
    code, told, _ = habeas("agent", "link", "ada@example.com", issuer, "sub-1")
    assert (code, told) == (0, f"ada@example.com may sign in at {issuer}\n")
    who = ("--name", "Ben", "--email", "ben@example.com", "--role", "agent")
    code, told, _ = habeas("agent", "add", *who, "--openid-subject", issuer, "sub-2")
    assert (code, told) == (0, "ben@example.com may sign in at /agents/sign-in\n")
    linked = page_desk.rows("SELECT issuer, subject, password IS NULL FROM agent ORDER BY added_at, id")
    assert [(row[0], bool(row[2])) for row in linked] == [(issuer, False), (issuer, True)]
    assert not any("sub-" in row[1] for row in linked)
    code, _, told = habeas("agent", "link", "ben@example.com", issuer, "sub-1")
    assert (code, "linked to somebody already" in told) == (2, True)
    code, _, told = habeas("agent", "link", "ben@example.com", "https://evil.example", "sub-2")
    assert (code, issuer in told) == (2, True)
    assert [json.loads(line)["signs_in_by"] for line in habeas("agent", "list", "--json")[1].splitlines()] == [
        "password,openid",
        "openid",
    ]
