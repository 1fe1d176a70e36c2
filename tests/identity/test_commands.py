"""`habeas agent`: the first administrator is made by it, and every exit code means something."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.identity.conftest import PASSWORD, Desk

from habeas.cli.program import main
from habeas.clock import FixedClock
from habeas.events import SessionEnded


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
        "state": "open",
    }


def test_without_agents_the_list_says_what_to_do(habeas: Any) -> None:
    assert habeas("agent", "list")[:2] == (0, "none; add the first with `habeas agent add`\n")


def test_a_second_account_of_one_person_is_known_as_such(habeas: Any, password: str) -> None:
    add(habeas, password)
    [first] = [json.loads(line) for line in habeas("agent", "list", "--json")[1].splitlines()]
    add(habeas, password, "--person", first["person"], email="ada2@example.com")
    people = {json.loads(line)["person"] for line in habeas("agent", "list", "--json")[1].splitlines()}
    assert people == {first["person"]}


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


def test_an_address_is_taken_once(habeas: Any, password: str) -> None:
    add(habeas, password)
    code, _, told = add(habeas, password, email="ADA@example.com")
    assert code == 2
    assert "there already" in told
