"""An author tries a connector on its system: counts and reasons are shown, never a value, and nothing is changed."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from habeas import plugins
from habeas.cli.connecting import connect
from habeas.cli.trying import run_trial
from habeas.errors import Faults, NeedsPerson, Refused, TryLater, Waiting
from habeas.sdk import Attachment, Connector, Health, Identified, Operation, Outcome, Record, Subject
from habeas.sdk.records import Decided, Done, Mark

EMAIL = "ann@example.com"
ANN = Subject({"email": (EMAIL,)})


class Shop(Connector):
    """Holds two orders of Ann's and a file."""

    def __init__(self, **wrong: Any) -> None:
        self.wrong = wrong
        self.erased = 0

    def export(self, subject: Subject) -> Iterator[Record | Mark]:
        for error in self.wrong.get("raises", ()):
            raise error
        tie = self.wrong.get("tie", EMAIL)
        if EMAIL in subject.values("email"):
            yield Record("orders", "1", "orders", {"street": "Storgatan 1"}, {"email": tie})
            yield Mark("1")
            size = self.wrong.get("size", 3)
            cv = Attachment("a", "cv.pdf", "application/pdf", size, lambda: BytesIO(b"pdf"))
            yield Record("orders", "2", "orders", {}, {"email": tie}, (cv,))

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        self.erased += 1
        return iter(())

    def identify(self, subject: Subject) -> Iterator[Identified]:
        yield Identified("customer_number", "1017", {"email > customers": EMAIL})

    def check(self) -> Health:
        return self.wrong.get("health") or Health(facts={"version": "7"})


class Lookup(Connector):
    """Can only be looked at."""


@pytest.mark.parametrize(
    ("operation", "counts"),
    [
        (Operation.LOCATE, {"orders": 2}),
        (Operation.EXPORT, {"orders": 2, "orders (files)": 1}),
        (Operation.IDENTIFY, {"customer_number": 1}),
        (Operation.ERASE, {"orders would be: erased": 2}),
    ],
)
def test_what_a_connector_finds_is_counted_by_kind(operation: Operation, counts: dict[str, int]) -> None:
    shop = Shop()
    trial = run_trial(shop, operation, ANN)
    assert (trial.outcome, dict(trial.counts), trial.code) == (Outcome.FOUND, counts, 0)
    assert shop.erased == 0, "erasing is rehearsed, never done"


def test_nothing_is_told_apart_from_what_was_not_searched() -> None:
    nobody = run_trial(Shop(), Operation.LOCATE, Subject({"email": ("bo@example.com",)}))
    away = run_trial(Shop(raises=[TryLater("the shop is away")]), Operation.LOCATE, ANN)
    assert (nobody.outcome, nobody.code) == (Outcome.NOTHING, 0)
    assert (away.outcome, away.problem, away.code) == (Outcome.FAILED, "the shop is away", 3)


@pytest.mark.parametrize(
    ("wrong", "problem", "code"),
    [
        ({"raises": [Waiting("a person is asked", timedelta(days=1))]}, "a person is asked", 3),
        ({"raises": [NeedsPerson("two people have this number")]}, "two people", 4),
        ({"raises": [Refused("this plan has no API")]}, "no API", 1),
        ({"raises": [KeyError(EMAIL)]}, "a bug: KeyError at test_trying.py:", 1),
        ({"tie": "bo@example.com"}, "tied to something that was not proved", 4),
        ({"size": 4}, "another size", 1),
    ],
)
def test_what_goes_wrong_is_sorted_and_shows_no_value(wrong: dict[str, Any], problem: str, code: int) -> None:
    trial = run_trial(Shop(**wrong), Operation.EXPORT, ANN)
    assert (trial.outcome, trial.code) == (Outcome.FAILED, code)
    assert problem in trial.problem
    assert EMAIL not in json.dumps(trial.to_object("shop"))


def test_what_a_connector_does_not_support_is_no_nothing() -> None:
    trial = run_trial(Lookup(), Operation.EXPORT, ANN)
    assert (trial.outcome, trial.code) == (Outcome.NOT_APPLICABLE, 1)
    assert "a task for a person" in trial.problem


def test_a_check_tells_what_is_wrong() -> None:
    assert run_trial(Shop(), Operation.CHECK, None).told == ["version: 7"]
    bad = run_trial(Shop(health=Health(("no such table",))), Operation.CHECK, None)
    assert (bad.outcome, bad.problem, bad.code) == (Outcome.FAILED, "no such table", 1)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `habeas connect try` on a shop that is installed like any connector."""

    class Installed(Shop):
        def __init__(self) -> None:
            super().__init__()

    load, names = plugins.load, plugins.names
    monkeypatch.setattr(plugins, "names", lambda group: (*names(group), "shop"))
    monkeypatch.setattr(plugins, "load", lambda group, name: Installed if name == "shop" else load(group, name))
    (tmp_path / "shop.yaml").write_text("system: shop\nconnector: shop\n")
    environ = {"HABEAS_SYSTEMS": str(tmp_path), "HABEAS_DATA": str(tmp_path / "data")}

    def invoke(*arguments: str) -> Result:
        called = ["try", "shop", *arguments]
        return CliRunner().invoke(connect, called, env=environ, catch_exceptions=False, standalone_mode=False)

    return invoke


def test_the_command_prints_counts_for_people_and_for_programs(call: Any) -> None:
    told = call("--identifier", f"email={EMAIL}", "--operation", "export")
    assert told.return_value == 0
    assert "shop, export: found" in told.output
    assert "2  orders" in told.output
    assert EMAIL not in told.output
    assert "Storgatan" not in told.output
    read = json.loads(call("--identifier", f"email={EMAIL}", "--json").output)
    assert (read["system"], read["outcome"], read["counts"]) == ("shop", "found", {"orders": 2})


def test_wrong_identifiers_are_told_all_at_once(call: Any) -> None:
    with pytest.raises(Faults) as wrong:
        call("--identifier", "email", "--identifier", "E-Mail=x")
    assert [fault.where for fault in wrong.value.faults] == ["--identifier 1", "--identifier 2"]
    with pytest.raises(Faults, match="there are none"):
        call()
    with pytest.raises(Faults, match="wildcard"):
        call("--identifier", "email=%")


def test_a_name_that_is_no_command_is_a_system_to_run(tmp_path: Path) -> None:
    environ = {"HABEAS_SYSTEMS": str(tmp_path), "HABEAS_DATA": str(tmp_path / "data")}
    for called in (["crm"], ["run", "crm"]):
        with pytest.raises(Refused, match=r"there is no crm\.yaml"):
            CliRunner().invoke(connect, called, env=environ, catch_exceptions=False)


def test_the_help_names_the_commands_that_are_there() -> None:
    told = CliRunner().invoke(connect, ["--help"]).output
    listed = [line.split()[0] for line in told.partition("Commands:")[2].strip().splitlines()]
    assert listed[:3] == ["run", "try", "enrol"]
