"""Over a hundred systems lie about their erasures, in eleven ways, among honest ones: each is caught when it can be."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from fulfilment.absence.fleet import Fleet
from fulfilment.absence.liars import HER, HONEST, LIARS, THEIRS, Liar, make_liar
from fulfilment.service.conftest import NOW

from habeas.clock import FixedClock
from habeas.events import AnswerReady, ResidueFound

SEED = 20261126


def make_fleet(folder: Path, count: int) -> tuple[Fleet, dict[str, Liar]]:
    """Two in three lie; every way to lie, and not to, is there."""
    random, clock = Random(SEED), FixedClock(NOW)
    kinds = [*LIARS, *HONEST]
    while len(kinds) < count:
        kinds.append(random.choice(LIARS if random.random() < 2 / 3 else HONEST))
    random.shuffle(kinds)
    liars = {f"system-{number:03}": make_liar(kind, clock, random) for number, kind in enumerate(kinds)}
    fleet = Fleet(folder, liars)
    for liar in liars.values():
        liar.clock = fleet.clock
    return fleet, liars


def test_every_liar_is_caught_by_the_look_that_can_and_nothing_is_verified_that_was_not(
    tmp_path: Path, counts: Callable[[int, int], int], tell: Callable[[str, str], None], read_bag: Any
) -> None:
    fleet, liars = make_fleet(tmp_path, counts(30, 166))
    others = {name: sum(row["email"] == THEIRS for row in liar.rows.values()) for name, liar in liars.items()}
    case = fleet.erased(HER)
    held = {name: liar.hers() for name, liar in liars.items()}  # as the first look sees it
    fleet.pass_time(minutes=15)
    held = {name: held[name] & liar.hers() for name, liar in liars.items()}
    assert [each.kind for each in fleet.desk.said(AnswerReady, case)] == ["confirmation"]
    told = said_verified(read_bag, fleet, case)
    for days in (1, 6, 23):
        fleet.pass_time(days=days)

    first: dict[str, tuple[int, str]] = {}
    for each in fleet.desk.said(ResidueFound, case):
        first.setdefault(each.system, (each.days, each.outcome))
    wrong = []
    found: Counter[str] = Counter()
    for name, liar in liars.items():
        kind = liar.kind
        expected = None if kind.caught is None else (kind.caught, kind.outcome)
        if first.get(name) != expected:
            wrong.append((name, kind.name, first.get(name), expected))
        found["caught" if name in first and kind.caught is not None else "not alarmed"] += 1
        found["blind"] += kind.outcome == "unverifiable"
        found["missed"] += kind.caught is not None and name not in first
        found["false alarms"] += kind in HONEST and name in first
    lies = told - {
        (name, kind) for name, liar in liars.items() for kind in ("subscribers", "customers") if kind not in held[name]
    }
    tell(
        "lying systems",
        f"tried {len(liars)}, liars {sum(each.kind in LIARS for each in liars.values())}, caught {found['caught']}, "
        f"told as unverifiable {found['blind']}, missed {found['missed']}, false alarms {found['false alarms']}, "
        f"verified that was not {len(lies)}, skipped 0",
    )
    assert wrong == []
    assert lies == set()
    assert found["missed"] == found["false alarms"] == 0
    check_outcomes(fleet, case, liars)
    assert told >= {
        (name, kind) for name, liar in liars.items() if liar.kind.name == "honest" for kind, _ in liar.backup
    }, "who did as they said is verified"
    for name, liar in liars.items():
        left = sum(row["email"] == THEIRS for row in liar.rows.values())
        assert left == others[name] or liar.kind.name == "deletes another"
    fleet.close()


def check_outcomes(fleet: Fleet, case: str, liars: dict[str, Liar]) -> None:
    """Honest systems are absent at every look, blind ones are never anything but unverifiable."""
    by_system: dict[str, set[str]] = {}
    for _, system, outcome in fleet.desk.seen(case):
        by_system.setdefault(system, set()).add(outcome)
    for name, liar in liars.items():
        if liar.kind in HONEST:
            assert by_system[name] == {"absent"}, liar.kind.name
        if liar.kind.name == "stops its search":
            assert by_system[name] == {"unverifiable"}


def said_verified(read_bag: Any, fleet: Fleet, case: str) -> set[tuple[str, str]]:
    """What the confirmation says was read back: system and class."""
    with read_bag(fleet.desk, case, "erasure") as bag:
        manifest = json.loads(bag.read("data/manifest.json"))
    return {
        (system["name"], deed["record_class"])
        for system in manifest["systems"]
        for deed in system["deeds"]
        if deed["verified"]
    }
