"""What services say and hear: the wiring, the list of events and the READMEs tell one and the same."""

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from habeas.connect.runner import connector_service
from habeas.events import CONNECTOR, CONVERSATION, Event
from habeas.sdk import Connector
from habeas.service import Service
from habeas.vocabulary import SERVICES

ROW = re.compile(r"(?m)^\| `([a-z_]+\.[a-z_]+)` \| (.+) \|$")


def service_of(name: str) -> Service:
    """A service's wiring."""
    service: Service = import_module(f"habeas_{name}.service").SERVICE
    return service


def told_in(readme: str, heading: str) -> list[str]:
    """The events of one table of a README, in its order."""
    part = re.split(r"(?m)^\*\*|^## ", readme.partition(f"**{heading}**")[2])[0]
    return [kind for kind, _ in ROW.findall(part)]


@pytest.mark.parametrize("name", SERVICES)
def test_a_readme_says_exactly_what_its_service_hears(root: Path, name: str) -> None:
    told = told_in((root / f"services/{name}/README.md").read_text(), "Hears")
    assert len(told) == len(set(told))
    assert set(told) == {event.TYPE for event in service_of(name).hears}


@pytest.mark.parametrize("name", SERVICES)
def test_a_readme_says_exactly_what_its_service_says(root: Path, name: str) -> None:
    told = told_in((root / f"services/{name}/README.md").read_text(), "Says")
    assert len(told) == len(set(told))
    assert set(told) == {event.TYPE for event in CONVERSATION if name == event.SAID_BY}


@pytest.mark.parametrize("name", SERVICES)
def test_a_readme_says_what_its_service_owns(root: Path, name: str) -> None:
    owned = re.search(r"(?m)^\*\*Owns\*\*: .{40,}$", (root / f"services/{name}/README.md").read_text())
    assert owned is not None


@pytest.mark.parametrize("event", CONVERSATION, ids=lambda event: event.TYPE)
def test_an_event_is_heard_by_exactly_those_it_names(event: type[Event]) -> None:
    hearers = {name for name in SERVICES if event in service_of(name).hears}
    if event in connector_service("shop", Connector()).hears:
        hearers.add(CONNECTOR)
    assert hearers == set(event.HEARD_BY)
    assert hearers, "an event that nobody hears need not be said"
    assert set(event.SEALS) <= hearers


@pytest.mark.parametrize("event", CONVERSATION, ids=lambda event: event.TYPE)
def test_an_event_is_said_by_the_one_it_names_and_by_nobody_else(sources: list[Any], event: type[Event]) -> None:
    saying = {
        source.path
        for source in sources
        if source.path.startswith(("services/", "shared/habeas/connect/"))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == event.__name__
    }
    room = "shared/habeas/connect/" if event.SAID_BY == CONNECTOR else f"services/{event.SAID_BY}/"
    assert saying, f"nobody says {event.TYPE}"
    assert all(path.startswith(room) for path in saying), saying


def test_no_two_events_have_one_type() -> None:
    assert len({event.TYPE for event in CONVERSATION}) == len(CONVERSATION)
