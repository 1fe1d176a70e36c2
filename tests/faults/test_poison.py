"""What cannot be read or believed is set aside with its reason, and everything else goes on."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from habeas.clock import uuid7
from habeas.events import IdentityUnmatched
from habeas.testing.faults.forgery import Forged, Forger
from habeas.testing.faults.houses import SplitRange
from habeas.testing.waiting import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow]

UNREADABLE = {
    "no text": b"\xff\xfe\x00\x01",
    "no JSON": b"{'id': 1}",
    "JSON a hundred thousand lists deep": b"[" * 100_000,
    "JSON that is no CloudEvent": b'{"hello": "world"}',
    "a key that stands twice": b'{"id": "1", "id": "2"}',
    "nothing at all": b"",
}


@pytest.fixture
def forger(split: SplitRange) -> Iterator[Forger]:
    forger = Forger(split.rabbit.url, split.house.folder / "keys")
    yield forger
    forger.close()


def unmatched(case: str) -> IdentityUnmatched:
    return IdentityUnmatched(case=case, reason="forged")


def buried(split: SplitRange, participant: str = "intake") -> list[str]:
    """The reasons of all letters that a participant did not believe."""
    lines = split.house.run("dead", "list", participant, "--json", of=participant).splitlines()
    return [json.loads(line)["reason"] for line in lines]


def test_what_cannot_be_read_lies_in_the_broker_s_dead_queue_until_an_operator_has_looked(
    split: SplitRange, forger: Forger
) -> None:
    for body in UNREADABLE.values():
        forger.send(Forged("intake", "identity.unmatched", body))
    dead = {"habeas.intake.dead": len(UNREADABLE)}
    wait_until(lambda: split.dead() == dead, 20, "all of it is set aside")

    peeked = [json.loads(line) for line in split.house.run("dead", "peek", "intake", of="intake").splitlines()]
    assert [each["size"] for each in peeked] == [len(body) for body in UNREADABLE.values()]
    assert {each["reason"] for each in peeked} == {"rejected"}
    assert split.dead() == dead, "looking takes nothing away"

    split.house.run("dead", "requeue", "intake", "--most", "2", of="intake")
    wait_until(lambda: split.dead() == dead, 20, "it comes back, since it is no better than before")
    split.house.run("dead", "purge", "intake", "--yes", of="intake")
    wait_until(lambda: split.dead() == {}, 20, "it is gone")
    assert split.walk("access").faults == ()


def test_what_cannot_be_believed_is_kept_with_its_reason_and_nothing_is_built_from_it(
    split: SplitRange, forger: Forger
) -> None:
    with (journey := split.begin("access")).person as person:
        journey.ask()
        journey.prove()
        walked = journey.fetch()
        case = person.case
    assert split.check(walked).faults == ()
    before = buried(split)
    last = split.archive.read(case)["intake"].heard["identity"]
    good = forger.letter(unmatched(case), source="identity", recipient="intake", sequence=last + 1)
    old = next(row for row in split.archive.read(case)["intake"].inbox if row.source == "identity")
    elsewhere = str(uuid4())
    forged = {
        "unsigned": Forged("intake", good.kind, good.body),
        "changed after it was signed": good.changed(time="2026-01-01T00:00:00+00:00"),
        "with the key of somebody else": good.with_key("nobody"),
        "with a key whose name no column holds": good.with_key("no\x00body"),
        "replayed: another content under an id that was used": forger.signed(good.changed(id=old.id), by="identity"),
        "replayed: another letter in a place that is filled": forger.letter(
            unmatched(case), source="identity", recipient="intake", sequence=old.sequence
        ),
        "for somebody else": forger.signed(good.changed(recipient="fulfilment"), by="identity"),
        "of somebody who may not say this": forger.signed(good.changed(source="/habeas/notifier"), by="notifier"),
        "of an unknown type": forger.signed(good.changed(type="habeas.case.burned"), by="identity"),
        "about another case than it says": forger.signed(good.changed(subject=elsewhere), by="identity"),
        "in a thread that no column holds": forger.letter(
            unmatched("x" * 10_000), source="identity", recipient="intake", sequence=1
        ),
        "in a thread with a zero byte": forger.letter(
            unmatched("a\x00b"), source="identity", recipient="intake", sequence=1
        ),
        "under an id that no column holds": forger.signed(good.changed(id=uuid7() * 9), by="identity"),
        "from next year": forger.signed(good.changed(time="2099-01-01T00:00:00+00:00"), by="identity"),
        "expired": forger.signed(good.changed(expirytime="2026-01-01T00:00:00+00:00"), by="identity"),
    }
    for each in forged.values():
        forger.send(each)
    wait_until(lambda: len(buried(split)) == len(before) + len(forged), 20, "all of them are set aside")
    assert split.archive.read(case)["intake"].heard["identity"] == last, "nothing came of them"
    assert split.dead() == {}
    assert split.walk("erasure").faults == ()


def test_a_second_letter_for_a_place_that_waits_does_not_take_it(split: SplitRange, forger: Forger) -> None:
    thread, before = str(uuid4()), len(buried(split))
    early = forger.letter(unmatched(thread), source="identity", recipient="intake", sequence=2)
    rival = forger.letter(unmatched(thread), source="identity", recipient="intake", sequence=2)
    forger.send(early)
    forger.send(rival)
    wait_until(lambda: len(buried(split)) == before + 1, 20, "the second is set aside")
    kept = split.archive.read(thread)["intake"].inbox
    assert [(row.body, row.state) for row in kept] == [(early.body, "waiting")], "the first waits for number 1"
