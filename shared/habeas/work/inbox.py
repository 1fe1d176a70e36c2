"""The inbox: what arrives is stored once, and only what can be believed is ever acted on."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from habeas.clock import uuid7
from habeas.crypto.directory import Directory
from habeas.envelope import Letter, Undecodable, read
from habeas.errors import Refused, TryLater
from habeas.events import STAGE
from habeas.work.failpoint import passed
from habeas.work.tables import DeadLetter, InboxLetter, InboxThread

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
_SINCE = text("SELECT min(since) AS since FROM inbox WHERE thread = :thread").columns(since=InboxLetter.since.type)


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
    context.bells.inbox.ring()
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
    known = session.get(InboxLetter, letter.id)
    if known is not None:
        if known.body != arrival.body:
            raise Refused("replayed: this id was used for another letter")
        return letter.id
    thread = {"source": letter.source, "thread": letter.thread}
    session.execute(_OPEN_THREAD, thread)
    following = session.get_one(InboxThread, (letter.source, letter.thread)).next
    if letter.sequence < following or _is_taken(session, letter):
        raise Refused("replayed: this place in the thread was filled by another letter")
    session.add(
        InboxLetter(
            id=letter.id,
            source=letter.source,
            thread=letter.thread,
            sequence=letter.sequence,
            type=letter.event.TYPE,
            stage=STAGE[letter.event.TYPE],
            since=session.execute(_SINCE, thread).scalar() or now,
            body=arrival.body,
            key_id=arrival.key_id,
            signature=arrival.signature,
            received_at=now,
            state="waiting",
            attempts=0,
            next_at=now,
            fence=0,
        )
    )
    session.flush()
    return letter.id


def _is_taken(session: Session, letter: Letter) -> bool:
    place = select(InboxLetter.id).where(
        InboxLetter.source == letter.source,
        InboxLetter.thread == letter.thread,
        InboxLetter.sequence == letter.sequence,
    )
    return session.execute(place).first() is not None


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
