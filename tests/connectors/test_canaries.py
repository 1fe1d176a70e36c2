"""A round proves a connector with a synthetic person, sees what is broken, and asks for nobody else."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from shelf import ANN, BOB, Row, Shelf, ShelfConnector, fill

from habeas import plugins
from habeas.cli.passports import passport as passport_command
from habeas.cli.passports import prove
from habeas.clock import SYSTEM_CLOCK
from habeas.connect.canaries import Leash, Round, can_plant, is_canary, make_canary
from habeas.crypto.keyring import Keyring
from habeas.errors import NeedsPerson, Refused, TryLater, Waiting
from habeas.passports import read_passport
from habeas.sdk import Changed, Channel, Connector, Correction, Decided, Done, Identified, Mark, Record, Subject

DAY = date(2026, 11, 20)
CANARY = make_canary("shop", DAY)
PAGE = Path(__file__).parents[2] / "docs" / "writing-a-connector.md"


def newsletter(folder: Path) -> Any:
    """The connector of the page, with the canaries that the page adds to it."""
    names: dict[str, Any] = {"__name__": "newsletter"}
    connector, _, canaries = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(f"{connector}\n\n{canaries}", str(PAGE), "exec"), names)
    (folder / "readers.json").write_text('{"1":{"email":"ann@example.com","since":"2024"}}')
    return names["NewsletterWithCanaries"].from_settings({"file": "readers.json"}, folder)


def test_a_canary_can_be_nobody_real() -> None:
    assert is_canary(CANARY)
    assert make_canary("shop", DAY + timedelta(days=1)) != CANARY
    assert make_canary("newsletter", DAY) != CANARY
    assert make_canary("shop", DAY) == CANARY
    assert not any(
        is_canary(each)
        for each in (
            ANN,
            Subject({"email": ("canary-1@example.com",)}),
            Subject({"email": ("ann@habeas.invalid",)}),
            Subject({**CANARY.identifiers, "customer_number": ("17",)}),
            Subject({"email": (*CANARY.values("email"), "ann@example.com")}),
        )
    )


def test_a_round_proves_a_connector_and_leaves_the_system_as_it_was() -> None:
    shelf, before = fill(), fill()
    proved = Round("shop", ShelfConnector(shelf), DAY).run()
    assert proved.holds, proved.failed
    assert proved.promises == dict.fromkeys(("check", "export", "locate", "rectify", "erase"), "passed")
    assert (proved.system, proved.owner, proved.day) == ("shop", "connect-shop", DAY)
    assert proved.against == "shop itself, shelf 1.0"
    assert proved.counts == {"tried": 2, "refused": 2, "accepted": 0, "skipped": 0}
    assert shelf.rows == before.rows


def test_the_connector_of_the_page_is_proved_too(tmp_path: Path) -> None:
    connector = newsletter(tmp_path)
    before = (tmp_path / "readers.json").read_text()
    proved = Round("newsletter", connector, DAY).run()
    assert proved.holds, proved.failed
    assert proved.promises["rectify"] == "not offered"
    assert (tmp_path / "readers.json").read_text().replace(" ", "") == before


class _Blind(ShelfConnector):
    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        return iter(())


class _Crowded(ShelfConnector):
    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        for each in super().resume(BOB, after):
            yield replace(each, matches={"email": subject.values("email")[0]}) if isinstance(each, Record) else each


class _Leaking(ShelfConnector):
    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        yield from super().resume(subject, after)
        if "canary-no" not in subject.values("email")[0]:
            yield from super().resume(BOB, after)


class _Idle(ShelfConnector):
    def rectify(self, subject: Subject, corrections: Sequence[Correction]) -> Iterator[Changed]:
        return (Changed(each.kind, 1, verified=True) for each in corrections)


class _Lying(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        rows = {key: dict(row) for key, row in self._shelf.rows.items()}
        yield from super().erase(subject, scope)
        self._shelf.rows = rows


class _Unsure(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        return (replace(each, verified=False) for each in super().erase(subject, scope))


@pytest.mark.parametrize(
    ("kind", "broken", "words"),
    [
        (_Blind, "export", "nothing of who was planted"),
        (_Crowded, "export", "never there"),
        (_Leaking, "export", "not proved"),
        (_Idle, "rectify", "it was not"),
        (_Lying, "erase", "found again"),
        (_Unsure, "erase", "read back"),
    ],
)
def test_a_round_sees_what_is_broken_and_says_so(kind: type[ShelfConnector], broken: str, words: str) -> None:
    shelf = fill()
    proved = Round("shop", kind(shelf), DAY).run()
    assert not proved.holds
    assert proved.promises[broken] == "failed"
    assert words in proved.failed[-1]
    assert shelf.rows == fill().rows


def test_what_cannot_be_found_whole_is_neither_corrected_nor_erased() -> None:
    calls: list[str] = []

    class Counting(_Blind):
        def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
            calls.append("erase")
            return super().erase(subject, scope)

    proved = Round("shop", Counting(fill()), DAY).run()
    assert calls == []
    assert proved.promises["erase"] == "failed"
    assert proved.counts["skipped"] == 3


def test_what_works_only_later_gives_no_passport_and_leaves_nobody_behind() -> None:
    class Slow(ShelfConnector):
        def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
            raise Waiting("it is deleted within a day", timedelta(days=1))

    shelf = fill()
    with pytest.raises(TryLater):
        Round("shop", Slow(shelf), DAY).run()
    assert shelf.rows == fill().rows


class _Watched(ShelfConnector):
    """Takes down for whom it is asked, whatever it is asked."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(shelf)
        self.asked: set[Subject] = set()

    def _mine(self, subject: Subject, after: str = "") -> Iterator[tuple[str, Row]]:
        self.asked.add(subject)
        return super()._mine(subject, after)

    def channels(self, claimed: Subject) -> Iterator[Channel]:
        raise AssertionError("a round writes to nobody")

    def identify(self, subject: Subject) -> Iterator[Identified]:
        raise AssertionError("a round introduces nobody")


def test_a_round_asks_for_canaries_alone() -> None:
    connector = _Watched(fill())
    assert Round("shop", connector, DAY).run().holds
    assert len(connector.asked) == 2
    assert all(map(is_canary, connector.asked))


@pytest.mark.parametrize("person", [ANN, Subject({**CANARY.identifiers, "email": ("ann@example.com",)})])
def test_whoever_is_no_canary_is_neither_planted_nor_read_nor_erased(person: Subject) -> None:
    shelf = fill()
    leash = Leash(ShelfConnector(shelf))
    correction = Correction("card", "1", "0" * 64, {"note": "x"})
    for act in (
        lambda: leash.plant(person),
        lambda: leash.unplant(person),
        lambda: leash.records(person),
        lambda: leash.located(person),
        lambda: leash.rectified(person, correction),
        lambda: list(leash.erased(person, [])),
    ):
        with pytest.raises(Refused, match="canaries alone"):
            act()
    assert shelf.rows == fill().rows


def test_a_record_of_somebody_else_stops_a_round_before_it_is_erased() -> None:
    shelf = fill()
    Round("shop", _Leaking(shelf), DAY).run()
    assert shelf.rows == fill().rows
    with pytest.raises(NeedsPerson):
        Leash(_Leaking(shelf)).located(CANARY)


def test_a_connector_that_cannot_plant_is_not_proved() -> None:
    assert can_plant(ShelfConnector(fill()))
    assert not can_plant(Connector())
    with pytest.raises(Refused, match="plant"):
        Round("shop", Connector(), DAY)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a keyring and one system, the newsletter of the page."""
    connector = type(newsletter(tmp_path))
    load, names = plugins.load, plugins.names
    monkeypatch.setattr(plugins, "names", lambda group: (*names(group), "newsletter"))
    monkeypatch.setattr(plugins, "load", lambda group, name: connector if name == "newsletter" else load(group, name))
    for name in ("keys", "data"):
        monkeypatch.setenv(f"HABEAS_{name.upper()}", str(tmp_path / name))
    monkeypatch.setenv("HABEAS_SYSTEMS", str(tmp_path))
    Keyring(tmp_path / "keys").init(["connect-letter"], SYSTEM_CLOCK.now())
    return tmp_path


def settings(folder: Path, *more: str) -> None:
    lines = ["system: letter", "connector: newsletter", "file: readers.json", *more]
    (folder / "letter.yaml").write_text("\n".join(lines) + "\n")


def test_a_command_proves_a_system_and_writes_its_passport(house: Path) -> None:
    settings(house, "canary: true")
    ran = CliRunner().invoke(prove, ["letter"], standalone_mode=False)
    assert ran.exception is None, ran.output
    assert (ran.return_value, "it holds" in ran.output) == (0, True)
    file = house / "letter.passport.json"
    assert read_passport(file, Keyring(house / "keys").directory()).system == "letter"
    shown = CliRunner().invoke(passport_command, ["show", str(file)], standalone_mode=False)
    assert (shown.return_value, "signed by connect-letter" in shown.output) == (0, True)


def test_the_command_tells_by_its_exit_code_that_a_promise_was_broken(house: Path) -> None:
    settings(house, "canary: true", "passport: proof.json")
    (house / "readers.json").write_text('{"1":{"mail":"ann@example.com"}}')
    ran = CliRunner().invoke(prove, ["letter"], standalone_mode=False)
    assert (ran.exception, ran.return_value) == (None, 1), ran.output
    assert "IT DOES NOT HOLD" in ran.output
    assert "ann@example.com" not in ran.output
    proved = read_passport(house / "proof.json", Keyring(house / "keys").directory())
    assert proved.failed[0].startswith("plant: ")
    assert "passed" not in proved.promises.values()


def test_nobody_is_planted_where_the_settings_do_not_say_so(house: Path) -> None:
    settings(house)
    before = (house / "readers.json").read_text()
    ran = CliRunner().invoke(prove, ["letter"], standalone_mode=False)
    assert isinstance(ran.exception, Refused)
    assert "canary: true" in ran.exception.reason
    assert (house / "readers.json").read_text() == before
