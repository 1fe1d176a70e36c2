"""Faulty policies and maps: nothing starts, and every fault is told at once with its file and line."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from habeas.testing.running import HABEAS, EmbeddedHouse, House, make_company

#: What is wrong in the profile, and where: (text that is there, what stands there instead, words of the fault).
PROFILE_FAULTS = (
    ("country: SE\n  calendar: SE ", "country: Sweden\n  calendar: SE ", "country"),
    ("basis: contract\n    title:\n      sv: Kundkonto", "basis: because\n    title:\n      sv: Kundkonto", "basis"),
    ("target_days: 14", "target_days: soon", "target_days"),
    ("activities: [newsletter]", "activities: [newsleter]", "newsleter"),
)
#: The same in the form of the shop's data map, and in what it says of a database that is otherwise.
MAP_FAULTS = {
    "form": (
        ("activity: security", "activty: security", "activty"),
        ("shared: yes", "shared: perhaps", "yes"),
        ("version: 1", "version: 9", "version"),
    ),
    "references": (
        ("orders.id -> order_id", "oders.id -> order_id", "oders"),
        ("support_tickets.id -> ticket_id", "tickets.id -> ticket_id", "tickets"),
    ),
    "fit": (
        ("dated_by: invoiced_on", "dated_by: invoice_day", "invoice_day"),
        ("support_tickets.id -> ticket_id", "support_tickets.id -> ticket", "ticket"),
    ),
}


@dataclass
class Ended:
    """How a command ended."""

    code: int
    told: str


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> EmbeddedHouse:
    """A house with keys and databases in which nothing runs."""
    folder = tmp_path_factory.mktemp("still")
    source = request.config.rootpath / "examples/sample-company"
    made = EmbeddedHouse(folder=folder, company=make_company(source, folder / "company", people=20))
    made.prepare()
    return made


def run(house: House, company: Path, *command: str) -> Ended:
    """Run a command that is expected to end at once."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HABEAS_")}
    paths = {"HABEAS_PROFILES": str(company / "profile.yaml"), "HABEAS_SYSTEMS": str(company / "systems")}
    done = subprocess.run(
        [HABEAS, *command],
        env=clean | house.env("intake") | paths,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=house.folder,
    )
    return Ended(done.returncode, done.stdout + done.stderr)


def spoil(path: Path, faults: tuple[tuple[str, str, str], ...]) -> list[tuple[int, str]]:
    """Put the faults into a file; return the line and the words of each."""
    text = path.read_text(encoding="utf-8")
    for good, bad, _ in faults:
        assert text.count(good) == 1, good
        text = text.replace(good, bad)
    path.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    return [(lines.index(wrong_line(lines, good, bad)) + 1, words) for good, bad, words in faults]


def wrong_line(lines: list[str], good: str, bad: str) -> str:
    """The whole line that a fault changed."""
    wrong = next(now for now, was in zip(bad.splitlines(), good.splitlines(), strict=True) if now != was)
    return next(line for line in lines if wrong in line)


@pytest.fixture
def company(still: EmbeddedHouse, tmp_path: Path) -> Path:
    """A copy of the company's profile and settings that a test may spoil."""
    return shutil.copytree(still.company, tmp_path / "company")


@pytest.mark.parametrize("command", ["up", "serve intake", "work fulfilment", "check"])
def test_a_faulty_profile_lets_nothing_start(still: EmbeddedHouse, company: Path, command: str) -> None:
    wanted = spoil(company / "profile.yaml", PROFILE_FAULTS)
    assert_all_told((run(still, company, *command.split()), wanted, "profile.yaml"))


@pytest.mark.parametrize("faults", ["form", "references"])
@pytest.mark.parametrize("command", ["up", "connect shop"])
def test_a_faulty_data_map_lets_no_connector_start(
    still: EmbeddedHouse, company: Path, command: str, faults: str
) -> None:
    assert_all_told(run_with_faulty_map(still, company, command, faults))


@pytest.mark.parametrize("faults", MAP_FAULTS)
def test_a_look_before_starting_also_holds_the_map_against_the_database(
    still: EmbeddedHouse, company: Path, faults: str
) -> None:
    assert_all_told(run_with_faulty_map(still, company, "check", faults))


def run_with_faulty_map(
    house: House, company: Path, command: str, faults: str
) -> tuple[Ended, list[tuple[int, str]], str]:
    """Spoil the shop's map, and run a command."""
    wanted = spoil(company / "systems/shop.map.yaml", MAP_FAULTS[faults])
    return run(house, company, *command.split()), wanted, "shop.map.yaml"


def assert_all_told(given: tuple[Ended, list[tuple[int, str]], str]) -> None:
    """Every fault is told with its file and line, and nothing of how we are built."""
    ended, wanted, file = given
    assert ended.code == 2
    for line, words in wanted:
        assert re.search(rf"{re.escape(file)}:{line}\b.*({words})", ended.told), (line, words, ended.told)
    assert "Traceback" not in ended.told


def test_a_faulty_setting_is_named_with_the_one_that_was_meant(still: EmbeddedHouse, company: Path) -> None:
    still.extra = {"HABEAS_PORTAL_URl": "http://127.0.0.1:1", "HABEAS_LEASE_SECONDS": "long", "HABEAS_BROKER": "kafka:"}
    try:
        ended = run(still, company, "up")
    finally:
        still.extra = {}
    assert ended.code == 2
    assert "did you mean HABEAS_PORTAL_URL?" in ended.told
    assert "HABEAS_LEASE_SECONDS" in ended.told
    assert "HABEAS_BROKER" in ended.told


def test_the_same_house_is_found_right_without_the_faults(still: EmbeddedHouse) -> None:
    assert run(still, still.company, "check").code == 0
