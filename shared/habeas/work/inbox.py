"""The inbox: what arrives is stored once, and only what can be believed is ever acted on."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Integer, String, column, insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from habeas.clock import uuid7
from habeas.crypto.directory import Directory
from habeas.envelope import Letter, Undecodable, read
from habeas.errors import Refused, TryLater
from habeas.events import STAGE
from habeas.work.failpoint import passed
from habeas.work.tables import DeadLetter, InboxLetter

if TYPE_CHECKING:
    from habeas.service import Context


class Arrival(Protocol):
    """What a receiver hands over: a message's bytes and what stood beside them."""

    @property
    def body(self) -> bytes:
        """The body, as it travelled."""

    @property
    def key_id(self) -> str:
        """Which key is said to have signed it."""

    @property
    def signature(self) -> bytes:
        """The signature over the body."""


_ID, _THREAD = re.compile(r"[0-9A-Za-z._:-]{1,36}"), re.compile(r"[0-9A-Za-z._:-]{1,64}")
_OPEN_THREAD = text(
    "INSERT INTO inbox_thread (source, thread, next) VALUES (:source, :thread, 1) ON CONFLICT DO NOTHING"
)
_STORE = insert(InboxLetter.__table__)  # type: ignore[arg-type]
_KNOWN = text("""
SELECT (SELECT body FROM inbox WHERE id = :id) AS body,
  (SELECT next FROM inbox_thread WHERE source = :source AND thread = :thread) AS following,
  (SELECT id FROM inbox WHERE source = :source AND thread = :thread AND sequence = :sequence) AS taken,
  (SELECT min(since) FROM inbox WHERE thread = :thread) AS since
""").columns(
    column("body", InboxLetter.body.type),
    column("following", Integer),
    column("taken", String),
    column("since", InboxLetter.since.type),
)
"""All that has to be known of a letter's place before it is stored, asked at once."""


def store(context: "Context", arrivals: Sequence[Arrival]) -> list[str | None]:
    """Store a batch in one commit; the same letter again changes nothing.

    Returns, in order, each letter's id, or None for bytes that are no letter at all and belong to the broker's dead.
    """
    directory = context.keys.directory()
    now = context.clock.now()
    try:
        with context.database.session() as session:
            stored = [_store_one(session, arrival, context.participant, now, directory) for arrival in arrivals]
            session.flush()
            passed("receiver.before_commit")
    except DBAPIError as error:
        raise TryLater("the database did not answer") from error
    context.bells.inbox.ring(len(stored))
    return stored


def _store_one(session: Session, arrival: Arrival, me: str, now: datetime, directory: Directory) -> str | None:
    try:
        letter = read(arrival.body, arrival.key_id, arrival.signature, me=me, now=now, directory=directory)
        return _keep(session, arrival, letter, now)
    except Undecodable:
        return None
    except Refused as refusal:
        return _bury(session, arrival, refusal.reason, now)


def free_claims(context: "Context") -> None:
    """Let go of what a process that died had claimed; only for whoever is alone with its database."""
    with context.database.session() as session:
        ours = update(InboxLetter).where(InboxLetter.state == "claimed")
        session.execute(ours.values(lease_until=context.clock.now()))


def _keep(session: Session, arrival: Arrival, letter: Letter, now: datetime) -> str:
    if not _ID.fullmatch(letter.id) or not _THREAD.fullmatch(letter.thread):
        raise Refused("the letter's id or thread is not one that a column holds")
    place = {"source": letter.source, "thread": letter.thread, "sequence": letter.sequence}
    known = session.execute(_KNOWN, {"id": letter.id, **place}).one()
    if known.body is not None:
        if bytes(known.body) != arrival.body:
            raise Refused("replayed: this id was used for another letter")
        return letter.id
    if known.taken is not None or letter.sequence < (known.following or 1):
        raise Refused("replayed: this place in the thread was filled by another letter")
    if known.following is None:
        session.execute(_OPEN_THREAD, {"source": letter.source, "thread": letter.thread})
    row = {
        "id": letter.id,
        **place,
        "type": letter.event.TYPE,
        "stage": STAGE[letter.event.TYPE],
        "since": known.since or now,
        "body": arrival.body,
        "key_id": arrival.key_id,
        "signature": arrival.signature,
        "received_at": now,
        "state": "waiting",
        "attempts": 0,
        "next_at": now,
        "fence": 0,
    }
    session.execute(_STORE, row)
    return letter.id


def _bury(session: Session, arrival: Arrival, reason: str, now: datetime) -> str:
    dead = DeadLetter(
        id=uuid7(),
        received_at=now,
        reason=reason[:300],
        body=arrival.body,
        key_id="".join(filter(str.isprintable, arrival.key_id))[:64],
        signature=arrival.signature,
    )
    session.add(dead)
    return dead.id
