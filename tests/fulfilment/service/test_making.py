"""Making an answer: repeated after a crash without harm, and proved in a ledger that others write to meanwhile."""

import threading

from sqlalchemy.exc import DBAPIError

from habeas.envelope import read_stored
from habeas.ledger import sequence, verify_ledger
from habeas.testing.house import run
from habeas.work.tables import InboxLetter
from habeas_fulfilment import making
from habeas_fulfilment.models import Answer


def test_an_answer_that_is_made_twice_is_kept_once(small):
    """A worker that lost its lease may finish beside the next one: two files, and one answer."""
    case = small.proved("access")
    for order in small.orders(case):
        small.answer(order, small.exported[order.event.system])
    run(small.context)
    small._relay()
    with small.context.transaction() as tx:
        row = tx.session.query(InboxLetter).filter_by(type="case.gathered").one()
    letter = read_stored(row.body, "fulfilment")
    with small.context.transaction() as tx:
        contents = making.take_gathered(tx, letter)
    first = making.make_answer(small.context, contents)
    run(small.context)
    with small.context.transaction() as tx:
        making.keep_answer(tx, letter, contents, first)
        kept = tx.session.get(Answer, (case, "access")).key
    assert kept != first.key
    assert len(list(small.context.store.list(f"answers/{case}/"))) == 2
    assert [each.times for each in small.answers(case)] == [0]
    with small.context.transaction() as tx:
        assert making.take_gathered(tx, letter) is None


def test_the_ledger_stands_while_answers_are_proved_beside_its_sequencer(desk):
    """The sequencer's timer and every answer that is made order leaves at the same time."""
    cases = [desk.proved("access") for _ in range(6)]
    for case in cases:
        for order in desk.orders(case):
            desk.answer(order, desk.exported[order.event.system])
    run(desk.context)
    stop, errors = threading.Event(), []

    def keep_sequencing():
        signer = desk.context.keys.signer("fulfilment")
        while not stop.is_set() and not errors:
            try:
                with desk.context.transaction() as tx:
                    tx.record("test.noise", cases[0])
                with desk.context.database.session() as session:
                    sequence(session, desk.clock.now(), signer)
            except DBAPIError as error:
                errors.append(error)

    noise = threading.Thread(target=keep_sequencing)
    noise.start()
    try:
        desk.work()
    finally:
        stop.set()
        noise.join()
    assert errors == []
    assert all([each.state for each in desk.answers(case)] == ["ready"] for case in cases)
    with desk.context.database.reading() as session:
        report = verify_ledger(session, desk.context.keys.directory(), owner="fulfilment")
    assert report.ok, report
