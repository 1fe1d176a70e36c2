"""The five controllers' systems: each has a connector that ships, and settings that it takes and the profile fits."""

import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from habeas.connect.systems import GROUP, list_systems, load_system
from habeas.connectors.files.settings import read_settings as read_files
from habeas.connectors.http import HttpConnector
from habeas.connectors.sql.mapfile import load_map
from habeas.plugins import names
from habeas.profile import Profile, System, load_profile
from habeas.profile.operations import needed_operations
from habeas.profile.types import BY_HAND, Approval
from habeas.sdk import Operation
from habeas.vocabulary import Right

FOLDER = Path(__file__).parents[2] / "examples/profiles"
SETTINGS = FOLDER / "systems"
PROFILES = {path.stem: load_profile(path) for path in sorted(FOLDER.glob("*.yaml"))}
SYSTEMS = [
    (company, system.name)
    for company, profile in PROFILES.items()
    for system in profile.systems
    if system.connector != BY_HAND
]
SHIPPED = {"files", "http", "mail", "opendsr", "sql"}
RUNNERS = {"system", "connector", "approvals"}
#: What the books' law keeps and no system of the profile has: Infosoft's notice names no system for its books.
NOWHERE = {"infosoft": {"agreement", "invoice"}}


@dataclass(frozen=True)
class Said:
    """What settings say of the profile: the activity of each kind of record, and what the kind is found by."""

    activities: dict[str, str]
    found_by: dict[str, set[str]]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("settings were read, and somebody was called")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """The settings with a made-up secret in every file that they name for one."""
    shutil.copytree(SETTINGS, tmp_path / "systems")
    for path in (tmp_path / "systems").glob("*/*.yaml"):
        for key, file in secrets_of(settings_of(path)):
            url = "postgresql://habeas@db.example/own" if key == "url_file" else "made-up"
            (path.parent / file).write_text(url, encoding="utf-8")
    return tmp_path / "systems"


def settings_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def secrets_of(settings: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from secrets_of(value)
        elif key.endswith("_file"):
            yield key, value


def said_of(folder: Path, system: str) -> Said:
    settings = settings_of(folder / f"{system}.yaml")
    own = {key: value for key, value in settings.items() if key not in RUNNERS}
    match settings["connector"]:
        case "sql":
            tables = load_map(folder / settings["map"], folder).tables
            found = {kind: {each.name for each in table.identifiers} for kind, table in tables.items()}
            return Said({kind: table.activity for kind, table in tables.items()}, found)
        case "files":
            _, read = read_files(own, folder)
            ways = {name for pattern in read.patterns for name in pattern.identifiers}
            return Said(
                {read.kind: read.activity}, {read.kind: ways | set(read.index.identifiers if read.index else ())}
            )
        case "mail":
            return Said({"message": settings["activity"]}, {"message": {"email"}})
        case _:
            account = HttpConnector.from_settings(own, folder).account
            kinds = account.vendor.kinds
            return Said(dict(account.activities), {name: set(kind.searched_by) for name, kind in kinds.items()})


def work_of(profile: Profile, system: System) -> set[Operation]:
    """What the profile counts on this system for: what it lists, or all that the rights in its activities need."""
    if system.operations is not None:
        return set(system.operations)
    activities = [profile.activity(name) for name in system.activities]
    return {each for right in Right for activity in activities for each in needed_operations(right, activity)}


def test_every_connector_that_a_profile_names_ships() -> None:
    assert set(names(GROUP)) >= SHIPPED
    named = {system.connector for profile in PROFILES.values() for system in profile.systems}
    assert named <= SHIPPED | {BY_HAND}


@pytest.mark.parametrize("company", PROFILES)
def test_each_system_that_a_program_reaches_has_its_settings_and_no_other_has(company: str) -> None:
    assert list_systems(SETTINGS / company) == tuple(sorted(system for owner, system in SYSTEMS if owner == company))


@pytest.mark.parametrize("company", PROFILES)
def test_each_system_that_no_program_reaches_says_what_a_person_does(company: str) -> None:
    profile = PROFILES[company]
    by_hand = [system for system in profile.systems if system.connector == BY_HAND]
    silent = [
        (system.name, language)
        for system in by_hand
        for language in profile.controller.languages
        if system.instructions is None or not system.instructions.in_(language).strip()
    ]
    assert not silent


@pytest.mark.parametrize(("company", "system"), SYSTEMS)
def test_settings_are_taken_as_they_stand_and_call_nobody(company: str, system: str, filled: Path) -> None:
    profile = PROFILES[company]
    connected = load_system(filled / company, system)
    assert settings_of(filled / company / f"{system}.yaml")["connector"] == profile.system(system).connector
    assert (connected.approvals > 1) == (profile.erasure.approval is Approval.TWO)


@pytest.mark.parametrize(("company", "system"), SYSTEMS)
def test_what_a_profile_counts_on_a_system_for_its_connector_can_do(company: str, system: str, filled: Path) -> None:
    profile = PROFILES[company]
    able = load_system(filled / company, system).connector.supports
    assert not work_of(profile, profile.system(system)) - able
    assert system not in profile.contact_of_record or Operation.CHANNELS in able


@pytest.mark.parametrize(("company", "system"), SYSTEMS)
def test_settings_name_activities_and_identifiers_of_their_profile(company: str, system: str, filled: Path) -> None:
    profile, said = PROFILES[company], said_of(filled / company, system)
    named, held = set(said.activities.values()), set(profile.system(system).activities)
    asked = {each.name for each in profile.identifiers}
    # What kinds of record there are, and by what they can be found, a vendor decides; elsewhere the settings do.
    vendors = profile.system(system).connector == "http"
    assert named <= held if vendors else named == held
    for kind, ways in said.found_by.items():
        assert not ways or (ways & asked if vendors else ways <= asked), kind


@pytest.mark.parametrize("company", PROFILES)
def test_what_a_law_keeps_is_a_kind_that_some_system_has(company: str, filled: Path) -> None:
    profile = PROFILES[company]
    read = [said_of(filled / company, system) for owner, system in SYSTEMS if owner == company]
    held = {(activity, kind) for said in read for kind, activity in said.activities.items()}
    kept = {(each.name, kind) for each in profile.activities for rule in each.keep for kind in rule.kinds}
    assert {kind for _, kind in kept - held} == NOWHERE.get(company, set())


def test_no_settings_hold_a_secret_and_every_host_is_made_up() -> None:
    for path in SETTINGS.glob("*/*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?m)^\s*(password|token|secret_key|access_key|url):", text), path
        hosts = re.findall(r"(?:https://|host: |user: \S+@)([^/\s]+)", text)
        assert all(host.endswith(".example") for host in hosts), path
