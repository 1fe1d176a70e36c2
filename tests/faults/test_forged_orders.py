"""Thousands of forged, replayed and misrouted letters among some good ones: none is accepted, and all of those are."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from forged_orders import CRM, FORGED, ME, OTHER, Draft, Mill, Tally, arrival, replays, spread

from habeas import warrants
from habeas.bus.dead import declare_all
from habeas.bus.pika_publisher import PikaPublisher
from habeas.bus.port import Receipts
from habeas.bus.receiver import Receiver
from habeas.clock import SYSTEM_CLOCK
from habeas.connect.runner import connector_service
from habeas.envelope import Posted
from habeas.events import OrderAnswered
from habeas.runtime import Threads
from habeas.sdk import Channel, Connector, Deed, Done, Operation, Record, Subject
from habeas.sdk.records import Mark
from habeas.service import Context
from habeas.testing.house import make_context, run, said
from habeas.testing.servers.rabbitmq import Rabbit
from habeas.testing.waiting import wait_until
from habeas.vocabulary import participant_of
from habeas.work.inbox import store
from habeas.work.tables import DeadLetter, InboxLetter

BATCH = 50
NOT_BELIEVED = "9999"
"""A number that only a system which is not trusted here has told."""


#: Guards of a warrant behind which stands no other that would refuse the same.
SINGLE = (
    "the warrant is for another order",
    "the warrant is for another scope",
    "the warrant has expired",
    "the warrant has too long a life",
)


class Watched(Connector):
    """Does what it is told, and remembers whom it was told about."""

    def __init__(self) -> None:
        self.asked: list[tuple[Operation, Subject]] = []

    def channels(self, claimed: Subject) -> Iterator[Channel]:
        self.asked.append((Operation.CHANNELS, claimed))
        return iter(())

    def export(self, subject: Subject) -> Iterator[Record | Mark]:
        self.asked.append((Operation.EXPORT, subject))
        [email] = subject.values("email")
        yield Record("customers", "1", "orders", {"id": 1}, {"email": email})

    def erase(self, subject: Subject, scope: Sequence[Any]) -> Iterator[Done]:
        self.asked.append((Operation.ERASE, subject))
        for each in scope:
            yield Done(each.kind, Deed.ERASED, 1, verified=True)


@dataclass
class Post:
    """A runner under fire, and the mill that makes the letters."""

    context: Context
    connector: Watched
    mill: Mill
    tally: Tally = field(default_factory=Tally)
    good: dict[str, Draft] = field(default_factory=dict)

    def genuine(self, number: int) -> Posted:
        """Write a good order; some bring an introduction that is believed, and some one that is not."""
        draft = Draft(operation=("erase", "locate", "export")[number % 3], scope=[] if number % 3 else Draft().scope)
        told = {1: {"by": CRM}, 2: {"by": OTHER, "said": OTHER, "number": NOT_BELIEVED}}.get(number % 5)
        if told:
            draft = Draft(**{**vars(draft), "found": [self.mill.introduction(case=draft.case, **told)]})
        self.good[draft.order] = draft
        self.tally.genuine += 1
        return self.mill.write(draft)

    def take(self, batch: Sequence[tuple[str, Posted]]) -> None:
        """Let a batch arrive and be acted on, and judge each forged one in it."""
        stored = store(self.context, [arrival(letter) for _, letter in batch])
        run(self.context)
        for (name, letter), kept in zip(batch, stored, strict=True):
            if name in FORGED:
                self.tally.judge(name, FORGED[name][0], self.reason(letter, kept))

    def reason(self, letter: Posted, kept: str | None) -> str | None:
        """Why a letter was not acted on; None if it was."""
        with self.context.database.reading() as session:
            if kept is not None and (dead := session.get(DeadLetter, kept)):
                return dead.reason
            row = session.get(InboxLetter, letter.id)
            return row.reason if row is not None and row.state == "dropped" else None

    def settle(self) -> None:
        """Count the good orders that were carried out and answered."""
        answered = Counter(
            each.event.order
            for each in said(self.context, OrderAnswered)
            if isinstance(each.event, OrderAnswered) and each.event.outcome == "found"
        )
        assert set(answered) <= set(self.good), "a forged order was answered"
        assert set(answered.values()) <= {1}
        self.tally.accepted = len(answered)


def make_post(folder: Path) -> Post:
    """Start a runner of a system that trusts the CRM for its numbers and wants two approvers."""
    connector = Watched()
    service = connector_service(ME, connector, 2, trusts={"customer_number": [CRM]})
    context = make_context(service, folder, systems=(ME, OTHER, CRM), participant=service.name)
    old = context.keys.signer("fulfilment")
    context.keys.revoke("fulfilment", old.key_id)
    return Post(context, connector, Mill(context.keys, SYSTEM_CLOCK, old))


@pytest.fixture
def under_fire(tmp_path: Path) -> Iterator[Post]:
    made = make_post(tmp_path)
    yield made
    made.context.database.close()


def test_no_forged_order_is_carried_out_and_every_good_one_is(
    under_fire: Post, counts: Callable[[int, int], int], tell: Callable[[str, str], None]
) -> None:
    forged, genuine = counts(1_200, 12_000), counts(50, 500)
    names = spread(forged, list(FORGED))
    every = max(1, forged // genuine)
    batch: list[tuple[str, Posted]] = []
    for number, name in enumerate(names):
        batch.append((name, FORGED[name][1](under_fire.mill)))
        if number % every == 0 and under_fire.tally.genuine < genuine:
            batch.append(("", under_fire.genuine(under_fire.tally.genuine)))
        if len(batch) >= BATCH or number == forged - 1:
            under_fire.take(batch)
            batch = []
    under_fire.settle()
    tell("forged orders", str(under_fire.tally))
    assert under_fire.tally.unknown == []
    assert under_fire.tally.accepted == under_fire.tally.genuine == genuine
    assert len(under_fire.connector.asked) == genuine
    believed = {number for _, subject in under_fire.connector.asked for number in subject.values("customer_number")}
    assert believed == {"1017"}, "only what a trusted system has signed"


@pytest.mark.parametrize("reason", [reason for reason, _ in warrants.GUARDS if reason in SINGLE])
def test_a_warrant_s_guard_that_were_missing_would_be_seen(
    under_fire: Post, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    monkeypatch.setattr(warrants, "GUARDS", tuple(each for each in warrants.GUARDS if each[0] != reason))
    names = [name for name, (pattern, _) in FORGED.items() if re.search(pattern, reason)]
    under_fire.take([(name, FORGED[name][1](under_fire.mill)) for name in names])
    assert len(under_fire.tally.unknown) == len(names) > 0


def test_no_order_is_carried_out_twice_however_it_is_said_again(
    under_fire: Post, counts: Callable[[int, int], int], tell: Callable[[str, str], None]
) -> None:
    tally = under_fire.tally
    for _ in range(counts(40, 400)):
        draft = Draft()
        event, sealed = under_fire.mill.order(draft)
        taken = under_fire.mill.letter(event, sealed)
        under_fire.good[draft.order] = draft
        tally.genuine += 1
        assert store(under_fire.context, [arrival(taken)] * 2) == [taken.id] * 2
        run(under_fire.context)
        assert store(under_fire.context, [arrival(taken)]) == [taken.id], (
            "the same letter again is taken for what it is"
        )
        for name, (expected, letter) in replays(under_fire.mill, taken, event, sealed).items():
            [kept] = store(under_fire.context, [arrival(letter)])
            run(under_fire.context)
            tally.judge(name, expected, under_fire.reason(letter, kept))
    under_fire.settle()
    tell("replayed orders", str(tally))
    assert tally.unknown == []
    assert tally.accepted == tally.genuine == len(under_fire.connector.asked)


@pytest.mark.servers
def test_what_comes_over_a_real_broker_fares_no_better(
    under_fire: Post, rabbitmq: Rabbit, counts: Callable[[int, int], int], tell: Callable[[str, str], None]
) -> None:
    url = rabbitmq.fresh_host()
    declare_all(url, [participant_of(ME)])
    names = spread(counts(120, 1_200), list(FORGED))
    letters = {name: FORGED[name] for name in FORGED}
    sent = [(name, letters[name][1](under_fire.mill)) for name in names]
    sent += [("", under_fire.genuine(number)) for number in range(counts(10, 100))]
    kept: dict[str, str | None] = {}

    def keep(arrived: Sequence[Any]) -> Sequence[str | None]:
        stored = store(under_fire.context, arrived)
        kept.update(
            {each.signature.hex() + each.body.hex(): where for each, where in zip(arrived, stored, strict=True)}
        )
        return stored

    threads, publisher = Threads(), PikaPublisher(url, "forger")
    receiver = Receiver(url, participant_of(ME), keep, Receipts())
    threads.start("receiver", receiver.run)
    try:
        for start in range(0, len(sent), BATCH):
            # Whatever they say, all go to the queue that is under fire.
            publisher.publish([_to_us(letter) for _, letter in sent[start : start + BATCH]])
        wait_until(lambda: len(kept) == len(sent), 60, "all has arrived")
    finally:
        publisher.close()
        threads.join()
    run(under_fire.context)
    for name, letter in sent:
        if name:
            where = kept[letter.signature.hex() + letter.body.hex()]
            under_fire.tally.judge(name, letters[name][0], under_fire.reason(letter, where))
    under_fire.settle()
    tell("forged orders over RabbitMQ", str(under_fire.tally))
    assert under_fire.tally.unknown == []
    assert under_fire.tally.accepted == under_fire.tally.genuine == len(under_fire.connector.asked)


def _to_us(letter: Posted) -> Posted:
    return Posted(letter.id, participant_of(ME), "order.given", letter.body, letter.key_id, letter.signature)
