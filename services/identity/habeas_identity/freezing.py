"""Freezing: whoever gets a letter about something they never asked for stops all that is asked about them.

The page that the letter names is no capability. What counts is the stop code beside it, which goes to stored addresses
only: whoever opened a case in a stranger's name never sees one. A frozen case keeps its time; nothing of it is handed
out or destroyed, and nobody proves anything in it but that it was them after all (`habeas_identity.thawing`).
"""

import hashlib
import hmac
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, select, text, update

from habeas.clock import uuid7
from habeas.crypto.canonical import bind
from habeas.errors import TryLater
from habeas.events import CaseFrozen, PersonWarned
from habeas.work.quotas import Quota, spend, spend_all
from habeas.work.transaction import Transaction
from habeas_identity.codes import make_code, read_code
from habeas_identity.contents import blind, open_channel
from habeas_identity.models import (
    AddressChange,
    Challenge,
    Channel,
    Claim,
    FrozenCase,
    GivenProof,
    StopCode,
    Visit,
)
from habeas_identity.quotas import PROVING_MAILS

LIFE = timedelta(days=60)
"""How long a stop code counts that stood in one letter; that of all later ones counts as long as the claim is kept."""
WITHDRAWN = "withdrawn"
"""In the place of the case by whose stop code a case was frozen: its controller took it back."""
STOPS_FROM_PLACE = Quota("stop codes tried from a place", 5, timedelta(hours=1))
STOPS_OF_CASE = Quota("stop codes tried of a case", 50, timedelta(hours=1))
"""Wider than that of a place, so that whoever opened a case in a stranger's name cannot keep them from stopping it; in
60 days of such guessing one code of eight letters is met with a chance of one in ten million."""


def make_stop(tx: Transaction, case: str, *, life: timedelta = LIFE) -> str:
    """Make a stop code for letters, as it is shown there: in pairs, so that nobody takes it for a code that opens."""
    code = make_code()
    tx.session.add(StopCode(case=case, mark=_mark(tx, case, code), expires_at=tx.now + life))
    return "-".join(code[place : place + 2] for place in range(0, len(code), 2))


def stop(tx: Transaction, case: str, place: str, typed: str) -> bool:
    """Freeze all that is asked about the person of a case if the stop code is right; say whether it is.

    `place` is where the request comes from, as far as that is known. An unknown case, a wrong code and one try too
    many cost the same statements.
    """
    tried = [(STOPS_FROM_PLACE, blind(tx, "stop", f"{case} {place}")), (STOPS_OF_CASE, case)]
    within = spend_all(tx.session, tried, tx.now) is None
    mark = _mark(tx, case, read_code(typed) or "")
    chosen = select(StopCode.case).where(StopCode.case == case, StopCode.mark == mark, StopCode.expires_at > tx.now)
    found = tx.session.scalars(chosen).first()
    if found is None or not within:
        return False
    freeze_person(tx, case)
    return True


def freeze_person(tx: Transaction, case: str) -> None:
    """Freeze every case whose stored addresses are those of this one, and drop what was shown in them."""
    known = select(Channel.recipient).where(Channel.case == case)
    before = select(AddressChange.was).where(AddressChange.case == case, AddressChange.state == "done")
    addresses = {*tx.session.scalars(known), *tx.session.scalars(before)}
    _wait_for(tx, addresses)
    now_there = select(Channel.case).where(Channel.recipient.in_(addresses))
    was_there = select(AddressChange.case).where(AddressChange.state == "done", AddressChange.was.in_(addresses))
    cases = {case, *tx.session.scalars(now_there), *tx.session.scalars(was_there)}
    # Sorted, so that two at once take the claims in the same order and neither waits for the other for ever.
    chosen = select(Claim).where(Claim.case.in_(cases)).order_by(Claim.case).with_for_update()
    for claim in tx.session.scalars(chosen.execution_options(populate_existing=True)).all():
        if not is_frozen(tx, claim.case):
            _freeze(tx, claim, by=case)
            warn_all(tx, claim, "frozen")


def stop_withdrawn(tx: Transaction, case: str) -> None:
    """Stop a case for good whose controller took it back; nobody is warned, and no other case of the person stops."""
    claim = tx.session.get(Claim, case, with_for_update=True, populate_existing=True)
    if claim is None:
        raise TryLater("the case that was withdrawn has not arrived yet", after=timedelta(seconds=1))
    frozen = find_freeze(tx, case)
    if frozen is None:
        _freeze(tx, claim, by=WITHDRAWN)
    else:
        frozen.by = WITHDRAWN  # so that it is thawed no more


def freeze_likewise(tx: Transaction, claim: Claim, recipient: str) -> None:
    """Freeze a case that was just found to be somebody's of whom another stands still.

    Raises TryLater while somebody freezes that person's cases at this very moment.
    """
    if not _has_turn(tx, recipient):
        raise TryLater("the cases of this person are being frozen", after=timedelta(seconds=1))
    other = tx.session.scalars(
        select(FrozenCase.case)
        .join(Channel, Channel.case == FrozenCase.case)
        .where(Channel.recipient == recipient, Channel.case != claim.case, FrozenCase.thawed_at.is_(None))
        .where(FrozenCase.by != WITHDRAWN)
        .order_by(FrozenCase.id)
    ).first()
    if other is None or is_frozen(tx, claim.case):
        return
    _freeze(tx, claim, by=other)
    # Counted as a letter that a stranger can make us send: new cases must not fill the mailbox of who said no.
    if spend(tx.session, PROVING_MAILS, recipient, tx.now):
        warn_all(tx, claim, "frozen")


def is_frozen(tx: Transaction, case: str) -> bool:
    """Say whether a case stands still."""
    return find_freeze(tx, case) is not None


def find_freeze(tx: Transaction, case: str) -> FrozenCase | None:
    """Return the freeze that a case stands still under, if it does."""
    chosen = select(FrozenCase).where(FrozenCase.case == case, FrozenCase.thawed_at.is_(None))
    return tx.session.scalars(chosen.order_by(FrozenCase.id)).first()


def warn_all(tx: Transaction, claim: Claim, of: str) -> None:
    """Tell the owner of every stored address of a case."""
    chosen = select(Channel).where(Channel.case == claim.case).order_by(Channel.id)
    for channel in tx.session.scalars(chosen).all():
        warn(tx, claim, of, open_channel(tx, channel).address, method=channel.method)


def warn(tx: Transaction, claim: Claim, of: str, address: str, *, method: str = "mailbox", known: bool = True) -> None:
    """Tell the owner of one address; who is not `known` for the person yet gets no code that stops anything."""
    stop_code = make_stop(tx, claim.case) if known else ""
    tx.say(
        PersonWarned(case=claim.case, of=of, method=method, language=claim.language),
        sealed={"notifier": {"address": address, "stop": stop_code}},
    )


def drop_shown(tx: Transaction, case: str) -> None:
    """Drop what was shown in a case: visits, proofs, and the codes that are on their way."""
    tx.session.execute(delete(Visit).where(Visit.case == case))
    tx.session.execute(delete(GivenProof).where(GivenProof.case == case))
    out = update(Challenge).where(Challenge.case == case, Challenge.channel.is_not(None), Challenge.expires_at > tx.now)
    tx.session.execute(out.values(expires_at=tx.now).execution_options(synchronize_session=False))


def _freeze(tx: Transaction, claim: Claim, *, by: str) -> None:
    tx.session.add(FrozenCase(id=uuid7(), case=claim.case, by=by, frozen_at=tx.now, reached="", reason=""))
    tx.session.flush()
    drop_shown(tx, claim.case)
    under_way = AddressChange.state.in_(("asked", "held"))
    stopped = update(AddressChange).where(AddressChange.case == claim.case, under_way)
    tx.session.execute(stopped.values(state="stopped", ended_at=tx.now).execution_options(synchronize_session=False))
    tx.record("case.frozen", claim.case, by=by)
    tx.say(CaseFrozen(case=claim.case))


def _wait_for(tx: Transaction, recipients: Collection[str]) -> None:
    """Let freezing and finding a person take turns, so that a case found at the same moment is not overlooked."""
    if not tx.context.database.is_sqlite:  # there the one writer is lock enough
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))")
        for recipient in sorted(recipients):
            tx.session.execute(lock, {"key": recipient})


def _has_turn(tx: Transaction, recipient: str) -> bool:
    """Take the turn of finding a person, or say that it is another's; to wait here could be to wait in a circle."""
    if tx.context.database.is_sqlite:
        return True
    lock = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 7))")
    return bool(tx.session.execute(lock, {"key": recipient}).scalar_one())


def _mark(tx: Transaction, case: str, code: str) -> bytes:
    pepper = tx.context.keys.secret("identity", "pepper")
    return hmac.digest(pepper, bind("habeas", "stop", case, code), hashlib.sha256)
