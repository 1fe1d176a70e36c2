"""Forged answers, tidings and uploads at a working fulfilment: none changes anything, and every good one counts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from forged_answers import FORGED_ANSWERS, Aim
from forged_orders import Mill, Tally, arrival, spread
from fulfilment.service.conftest import start_desk
from sqlalchemy import select, update

from habeas.envelope import Posted
from habeas.events import OrderGiven
from habeas.ledger import Leaf
from habeas.testing.house import run, said
from habeas.work.inbox import store
from habeas.work.tables import DeadLetter, InboxLetter, InboxThread
from habeas_fulfilment.admissions import Admission, write_admission
from habeas_fulfilment.models import SystemOrder, Upload

SYSTEMS = ("shop", "newsletter", "applications")


@dataclass
class Desk:
    """A fulfilment with open cases, and what is aimed at each."""

    desk: Any
    aims: list[Aim] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def open(self, cases: int) -> None:
        """Open cases for access, and let each of the shop's orders have one part uploaded."""
        opened = [self.desk.proved("access") for _ in range(cases)]
        mill = Mill(self.desk.context.keys, self.desk.clock, self.desk.context.keys.signer("fulfilment"))
        orders: dict[str, dict[str, OrderGiven]] = {case: {} for case in opened}
        for each in said(self.desk.context, OrderGiven):
            assert isinstance(each.event, OrderGiven)
            orders[each.event.case][each.event.system] = each.event
        parts = {case: self.upload(given["shop"].order, given["shop"].upload).json for case, given in orders.items()}
        for case, other in zip(opened, opened[1:] + opened[:1], strict=True):
            mine, theirs = orders[case], orders[other]
            self.aims.append(Aim(mill, mine["shop"], mine["newsletter"], theirs["shop"], parts[case], parts[other]))

    def upload(self, order: str, grant: str | None, *, part: str = "run-records") -> Any:
        """Bring a part to the upload door."""
        headers = {} if grant is None else {"Authorization": f"Bearer {grant}"}
        client = self.desk.app.test_client()
        return client.post(f"/uploads/{order}/{part}", base_url="http://anything:1", headers=headers, data=b"sealed")

    def take(self, letters: Sequence[tuple[str, Aim, Posted]]) -> None:
        """Let letters arrive and be acted on, judge each, and drop what is parked, as an operator would."""
        stored = store(self.desk.context, [arrival(letter) for _, _, letter in letters])
        run(self.desk.context)
        for (name, aim, letter), kept in zip(letters, stored, strict=True):
            expected = FORGED_ANSWERS[name][0]
            self.tally.judge(name, expected, self.reason(aim, letter, kept))

    def reason(self, aim: Aim, letter: Posted, kept: str | None) -> str | None:
        """Why a letter changed nothing; None if it may have."""
        with self.desk.context.database.session() as session:
            if kept is not None and (dead := session.get(DeadLetter, kept)):
                return dead.reason
            row = session.get(InboxLetter, letter.id)
            if row is None or row.state != "parked":
                return None
            row.state = "dropped"
            here = (InboxThread.source == row.source, InboxThread.thread == row.thread)
            session.execute(update(InboxThread).where(*here).values(next=InboxThread.next + 1))
            aim.sequences[row.source, row.thread] = row.sequence
            return row.reason

    def rows(self) -> dict[str, tuple[Any, ...]]:
        """Everything that an answer or a tiding could change of the orders."""
        with self.desk.context.database.reading() as session:
            return {
                row.id: (row.state, row.outcome, row.counts, row.content, row.parts, row.progress, row.waiting)
                for row in session.scalars(select(SystemOrder))
            }

    def count(self, table: Any, *where: Any) -> int:
        """Count the rows of a table."""
        with self.desk.context.database.reading() as session:
            return len(session.scalars(select(table).where(*where)).all())


@pytest.fixture
def under_fire(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(start_desk(tmp_path))
    yield made
    made.desk.context.database.close()


def test_no_forged_answer_changes_anything_and_every_good_one_counts(
    under_fire: Desk, counts: Callable[[int, int], int], tell: Callable[[str, str], None]
) -> None:
    under_fire.open(cases=counts(8, 60))
    before = under_fire.rows()
    waiting: list[tuple[str, Aim, Posted]] = []
    aims = cycle(under_fire.aims)
    for name in spread(counts(400, 4_000), list(FORGED_ANSWERS)):
        aim = next(aims)
        waiting.append((name, aim, FORGED_ANSWERS[name][1](aim)))
        if len(waiting) == len(under_fire.aims):
            under_fire.take(waiting)
            waiting = []
    under_fire.take(waiting)
    assert under_fire.tally.unknown == []
    assert under_fire.rows() == before, "a forged letter changed an order"
    answer_all(under_fire)
    again = answer_again(under_fire)
    tell("forged answers", f"{under_fire.tally}; {again} second answers changed nothing")
    assert under_fire.tally.accepted == under_fire.tally.genuine == 2 * len(under_fire.aims)


def answer_all(desk: Desk) -> None:
    """Let the right systems tell and answer, once each."""
    told = [aim.progress() for aim in desk.aims]
    assert store(desk.desk.context, [arrival(each) for each in told]) == [each.id for each in told]
    run(desk.desk.context)
    for aim in desk.aims:
        source = ("connect-shop", aim.order.case)
        aim.sequences[source] = aim.sequences.get(source, 0) + 1
    given = [aim.answer(outcome="found", parts=[{"part": "records", **aim.own_part}]) for aim in desk.aims]
    assert store(desk.desk.context, [arrival(each) for each in given]) == [each.id for each in given]
    run(desk.desk.context)
    rows = desk.rows()
    desk.tally.genuine += len(told) + len(given)
    desk.tally.accepted += sum(rows[aim.order.order][5] == {"orders": 7} for aim in desk.aims)
    desk.tally.accepted += sum(rows[aim.order.order][0] == "answered" for aim in desk.aims)


def answer_again(desk: Desk) -> int:
    """Answer each order once more, with other parts, another outcome, or as failed: noted, and nothing changes."""
    before = desk.rows()
    seconds: list[dict[str, Any]] = [
        {"outcome": "found", "parts": [], "content": "eA=="},
        {"outcome": "nothing"},
        {"outcome": "failed", "reason": "the system is away"},
    ]
    for changes in seconds:
        for aim in desk.aims:
            source = ("connect-shop", aim.order.case)
            aim.sequences[source] = aim.sequences.get(source, 0) + 1
        letters = [aim.answer(**changes) for aim in desk.aims]
        assert store(desk.desk.context, [arrival(each) for each in letters]) == [each.id for each in letters]
        run(desk.desk.context)
    tried = len(seconds) * len(desk.aims)
    assert desk.rows() == before
    assert desk.count(Leaf, Leaf.kind == "order.answered_again") == tried
    return tried


def test_nothing_comes_through_the_upload_door_without_its_own_grant(
    under_fire: Desk, counts: Callable[[int, int], int], tell: Callable[[str, str], None]
) -> None:
    under_fire.open(cases=2)
    keys, now = under_fire.desk.context.keys, under_fire.desk.clock.now()
    before = under_fire.count(Upload)

    def granted(aim: Aim, signer: Any, **changes: Any) -> str:
        told = {"order": aim.order.order, "prefix": "orders/x/", "most_bytes": 100, "expires": now + timedelta(days=1)}
        return write_admission(signer, Admission(**{**told, **changes}))

    attacks: dict[str, tuple[int, Callable[[Aim], Any]]] = {
        "another order's grant": (403, lambda aim: under_fire.upload(aim.order.order, aim.beside.upload)),
        "another case's grant": (403, lambda aim: under_fire.upload(aim.order.order, aim.elsewhere.upload)),
        "an order that never was": (
            403,
            lambda aim: under_fire.upload("x", granted(aim, keys.signer("fulfilment"), order="x")),
        ),
        "no grant": (401, lambda aim: under_fire.upload(aim.order.order, None)),
        "a cut grant": (401, lambda aim: under_fire.upload(aim.order.order, aim.order.upload[:-8])),
        "a connector's grant": (
            401,
            lambda aim: under_fire.upload(aim.order.order, granted(aim, keys.signer("connect-shop"))),
        ),
        "a thief's grant": (
            401,
            lambda aim: under_fire.upload(aim.order.order, granted(aim, aim.mill.posing("fulfilment"))),
        ),
        "an old grant": (
            401,
            lambda aim: under_fire.upload(aim.order.order, granted(aim, keys.signer("fulfilment"), expires=now)),
        ),
        "a part that is there": (409, lambda aim: under_fire.upload(aim.order.order, aim.order.upload)),
        "a part that climbs": (403, lambda aim: under_fire.upload(aim.order.order, aim.order.upload, part="..-x")),
    }
    tally = Tally()
    for number, name in enumerate(spread(counts(80, 800), list(attacks))):
        status, attack = attacks[name]
        tally.judge(name, f"^{status}$", str(attack(under_fire.aims[number % 2]).status_code))
    tell("forged uploads", str(tally))
    assert tally.unknown == []
    assert under_fire.count(Upload) == before
