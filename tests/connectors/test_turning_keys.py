"""Sealing keys of a runner elsewhere turn every month, and nobody has to carry a file for it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from habeas.clock import FixedClock
from habeas.connect.runner import connector_service
from habeas.crypto.keyring import Keyring
from habeas.crypto.months import add_months, month_of
from habeas.database.house import create_house
from habeas.database.migration import upgrade
from habeas.envelope import post
from habeas.errors import Refused
from habeas.events import KeysTurned
from habeas.sdk import Connector
from habeas.service import Context, open_context
from habeas.testing.house import make_settings, parked, run
from habeas.turned_keys import tell_seal
from habeas.work.inbox import store
from habeas.work.tables import DeadLetter, OutboxLetter
from habeas_fulfilment.service import SERVICE as FULFILMENT
from habeas_identity.service import SERVICE as IDENTITY

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ME = "connect-crm"
SERVICES = {"identity": IDENTITY, "fulfilment": FULFILMENT, ME: connector_service("crm", Connector())}


@dataclass
class Three:
    """Identity, fulfilment and a runner, each with a keyring and a database of its own."""

    clock: FixedClock
    contexts: dict[str, Context] = field(default_factory=dict)
    _carried: set[str] = field(default_factory=set)

    def work(self) -> None:
        """Let the runner look at its keys, and carry letters until nobody says anything new."""
        [timer] = self.contexts[ME].service.timers
        timer.run(self.contexts[ME])
        while sum(map(self._carry, self.contexts.values())):
            for context in self.contexts.values():
                run(context)

    def _carry(self, context: Context) -> int:
        with context.database.reading() as session:
            rows = session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)).all()
        new = [row for row in rows if row.id not in self._carried]
        for row in new:
            store(self.contexts[row.recipient], [row])
            self._carried.add(row.id)
        return len(new)

    def months(self) -> set[str]:
        """The months of the keys to which the three now seal to each other."""
        told = [(who, ME) for who in ("identity", "fulfilment")] + [(ME, "identity")]
        return {self.contexts[who].keys.directory().sealing_key(of).month for who, of in told}

    def dead(self) -> list[str]:
        """Why letters were not believed, wherever."""
        return [row.reason for context in self.contexts.values() for row in _all(context, DeadLetter)]


def _all(context: Context, table: Any) -> list[Any]:
    with context.database.reading() as session:
        return list(session.scalars(select(table)))


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    made = Three(FixedClock(NOW))
    rings = {name: Keyring(tmp_path / name / "keys", made.clock) for name in SERVICES}
    for name, ring in rings.items():
        ring.init([name], NOW)
    for ring in rings.values():
        for other in rings.values():
            ring.pin(json.loads(json.dumps(other.publish())))
    for name, service in SERVICES.items():
        context = open_context(service, make_settings(tmp_path / name), rings[name], clock=made.clock)
        made.contexts[name] = context
        if service.migrations:
            upgrade(context)
        else:
            with context.database.engine.begin() as connection:
                create_house(connection)
    yield made
    for context in made.contexts.values():
        context.database.close()


def test_keys_turn_for_two_years_without_a_hand(three: Three) -> None:
    for month in range(24):
        three.work()
        assert three.months() == {add_months("2026-11", month)}
        three.clock.advance(timedelta(days=30.5))
        for name in ("identity", "fulfilment"):
            three.contexts[name].keys.rotate(three.clock.now())  # `habeas keys rotate`, as an operator's timer does
    assert three.dead() == []
    assert all(parked(context) == [] for context in three.contexts.values())


def test_what_lapsed_is_forgotten_on_either_side(three: Three) -> None:
    for _ in range(12):
        three.work()
        three.clock.advance(timedelta(days=30.5))
        three.contexts["identity"].keys.rotate(three.clock.now())
    three.work()
    known = three.contexts["identity"].keys.publish()["owners"][ME]["seal"]
    assert min(known) >= add_months(month_of(three.clock.now()), -2)
    assert len(known) <= 4


def announce(three: Three, seal: dict[str, str], *, signer: str = ME) -> None:
    """Let the runner, or somebody in its name, tell identity of keys."""
    ring = three.contexts[signer].keys
    sent = post(
        KeysTurned(system="crm", seal=seal),
        source=ME,
        recipient="identity",
        sequence=1,
        now=three.clock.now(),
        signer=ring.signer(signer),
        directory=ring.directory(),
        sealed=None,
    )
    store(three.contexts["identity"], [sent])
    run(three.contexts["identity"])


def test_keys_that_are_none_of_ours_or_too_far_ahead_are_refused(three: Three) -> None:
    identity = three.contexts["identity"]
    before = identity.keys.publish()
    own = tell_seal(three.contexts[ME].keys, ME)
    announce(three, {"2027-12": own["2026-11"]})
    assert parked(identity) == ["connect-crm tells sealing keys that are none of ours, or too far ahead"]
    assert identity.keys.publish() == before


def test_a_month_that_is_known_keeps_its_key(three: Three, tmp_path: Path) -> None:
    thief = Keyring(tmp_path / "thief", three.clock)
    thief.init([ME], NOW)
    announce(three, tell_seal(thief, ME))
    assert three.contexts["identity"].keys.publish()["owners"][ME]["seal"] == tell_seal(three.contexts[ME].keys, ME)


def test_keys_that_somebody_else_tells_are_not_believed(three: Three) -> None:
    before = three.contexts["identity"].keys.publish()
    announce(three, {}, signer="fulfilment")
    assert three.dead() == ["connect-crm has no such key"]
    assert three.contexts["identity"].keys.publish() == before


def test_signing_keys_are_never_learned_and_nobody_unknown_is(three: Three) -> None:
    keys = three.contexts["identity"].keys
    with pytest.raises(Refused, match="are pinned, not of connect-nobody"):
        keys.learn("connect-nobody", {})
    with pytest.raises(Refused, match="are pinned, not of identity"):
        keys.learn("identity", {})


def test_a_keyring_that_cannot_be_written_is_told_to_a_person(three: Three, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError("read-only file system")

    identity = three.contexts["identity"]
    monkeypatch.setattr(identity.keys, "learn", refuse)
    three.work()
    assert parked(identity) == ["the keyring of identity cannot be written to: pin the new keys of connect-crm there"]


def test_where_one_keyring_holds_all_nobody_has_to_be_told(three: Three) -> None:
    runner = replace(three.contexts[ME], keys=three.contexts["identity"].keys)
    [timer] = runner.service.timers
    timer.run(runner)
    assert _all(runner, OutboxLetter) == []
