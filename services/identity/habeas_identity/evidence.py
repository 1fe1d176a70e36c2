"""The verbs of evidence: what somebody sends is taken in, looked at by an agent, and destroyed with the decision.

Nothing that is sent proves anything by itself: no verb here touches how sure we are who asks (abuse case R4). A file
is taken in alike whatever case is named; whether there is one is looked up afterwards, in the worker.
"""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select

from habeas.clock import uuid7
from habeas.crypto.canonical import bind
from habeas.crypto.datakeys import Retention
from habeas.crypto.streams import KEY_BYTES
from habeas.crypto.vault import Place
from habeas.errors import Refused
from habeas.events import EvidenceCleaned, EvidenceDecided, EvidenceOffered
from habeas.work.quotas import Quota, spend_all
from habeas.work.transaction import Transaction
from habeas_identity.cleaning import LIMITS, Cleaned, NotCleaned
from habeas_identity.contents import blind
from habeas_identity.models import Claim, Evidence, EvidenceLook
from habeas_identity.proofs.letter import LETTER

DAY = timedelta(days=1)
FILES_FOR_CASE = Quota("files for a case", LIMITS.files_a_day, DAY)
FILES_FROM_BROWSER = Quota("files from a browser", 2 * LIMITS.files_a_day, DAY)
FILES_FROM_PLACE = Quota("files from a place", 30, timedelta(hours=1))
FILES_OF_HOUSE = Quota("files in all", 300, timedelta(hours=1))
"""What strangers can make us keep: every file is kept until the worker has seen whether there is such a case."""


class EvidenceState(StrEnum):
    """Where a file stands."""

    ARRIVING = "arriving"
    OFFERED = "offered"
    CLEANED = "cleaned"
    REFUSED = "refused"
    GONE = "gone"


class Seen(StrEnum):
    """What an agent saw."""

    FITS = "fits"
    DOES_NOT_FIT = "does_not_fit"
    NOT_READABLE = "not_readable"


@dataclass(frozen=True)
class Admitted:
    """A file that may be stored: its id, and the key that it is encrypted by."""

    evidence: str
    key: bytes = field(repr=False)


def admit_file(tx: Transaction, case: str, size: int, *, browser: str, place: str) -> Admitted | None:
    """Count a letter against what a case, a browser and a place may send, and make room for it; None if it is too much.

    `place` is where the request comes from, as far as that is known; the same statements run for every case.
    """
    wanted = [(FILES_FOR_CASE, case), (FILES_FROM_BROWSER, browser), (FILES_OF_HOUSE, "all")]
    if place:
        wanted.append((FILES_FROM_PLACE, blind(tx, "place", place)))
    if spend_all(tx.session, wanted, tx.now) is not None:
        return None
    lately = select(func.coalesce(func.sum(Evidence.size), 0)).where(
        Evidence.case == case, Evidence.offered_at > tx.now - DAY
    )
    if int(tx.session.scalar(lately) or 0) + size > LIMITS.bytes_a_day:
        return None
    admitted = Admitted(uuid7(), os.urandom(KEY_BYTES))
    tx.session.add(
        Evidence(
            id=admitted.evidence,
            case=case,
            kind=LETTER.name,
            state=EvidenceState.ARRIVING.value,
            size=size,
            content=tx.vault.encrypt(admitted.evidence, Retention.IDENTITY, _place(admitted.evidence), admitted.key),
            stored=True,
            media="",
            pages=0,
            reason="",
            outcome="",
            offered_at=tx.now,
            destroy_at=tx.now + timedelta(days=LIMITS.days_kept),
        )
    )
    tx.session.flush()
    return admitted


def offer_file(tx: Transaction, evidence: str) -> None:
    """Tell ourselves that a file was stored whole: what becomes of it is seen after the page has answered."""
    found = tx.session.get_one(Evidence, evidence, with_for_update=True)
    if found.state == EvidenceState.ARRIVING:
        found.state = EvidenceState.OFFERED.value
        tx.say(EvidenceOffered(case=found.case, evidence=evidence))


def is_wanted(tx: Transaction, case: str) -> bool | None:
    """Say whether evidence can still serve a case; None where there is no such case."""
    claim = tx.session.get(Claim, case)
    return None if claim is None else claim.state != "proved"


def key_of(tx: Transaction, evidence: Evidence) -> bytes:
    """Return the key that a file is encrypted by; raises Refused once it was destroyed."""
    if evidence.content is None:
        raise Refused("this file was destroyed")
    return tx.vault.decrypt(evidence.id, Retention.IDENTITY, _place(evidence.id), evidence.content)


def note_washed(tx: Transaction, evidence: Evidence, washed: Cleaned | NotCleaned) -> None:
    """Note what became of a file: pages that an agent can look at, or why there are none and nothing is kept."""
    if isinstance(washed, Cleaned):
        evidence.state, evidence.media = EvidenceState.CLEANED.value, washed.kind.value
        evidence.pages = len(washed.pages)
    else:
        evidence.reason = washed.why.value
        destroy(tx, evidence)
        evidence.state = EvidenceState.REFUSED.value
    told = {"what": evidence.kind, "pages": evidence.pages, "reason": evidence.reason}
    tx.record("evidence.cleaned", evidence.case, evidence=evidence.id, **told)
    tx.say(
        EvidenceCleaned(
            case=evidence.case,
            evidence=evidence.id,
            kind=evidence.kind,
            pages=evidence.pages,
            reason=evidence.reason,
        )
    )


def list_evidence(tx: Transaction, case: str) -> list[Evidence]:
    """List what was offered in a case, the newest first; what is still arriving is not there yet."""
    chosen = select(Evidence).where(Evidence.case == case, Evidence.state != EvidenceState.ARRIVING.value)
    return list(tx.session.scalars(chosen.order_by(Evidence.offered_at.desc(), Evidence.id.desc())))


def has_looked(tx: Transaction, evidence: str, agent: str) -> bool:
    """Say whether this person has fetched a page of it."""
    chosen = select(EvidenceLook.id).where(
        EvidenceLook.evidence == evidence, EvidenceLook.agent == agent, EvidenceLook.used_at.is_not(None)
    )
    return tx.session.scalars(chosen).first() is not None


def decide(tx: Transaction, case: str, evidence: str, *, agent: str, seen: Seen) -> None:
    """Note what an agent saw, and destroy the evidence in the same moment; the ledger keeps who, what kind, and this.

    Raises Refused for whoever has not looked, and where another was first.
    """
    found = tx.session.get(Evidence, evidence, with_for_update=True, populate_existing=True)
    if found is None or found.case != case or found.state != EvidenceState.CLEANED:
        raise Refused("there is nothing to decide any more")
    if not has_looked(tx, evidence, agent):
        raise Refused("look at it before you decide")
    found.outcome = seen.value
    destroy(tx, found)
    tx.record("evidence.decided", case, evidence=evidence, what=found.kind, seen=seen.value, agent=agent)
    tx.say(EvidenceDecided(case=case, kind=found.kind, seen=seen.value, agent=agent))


def destroy(tx: Transaction, evidence: Evidence) -> None:
    """Make a file unreadable from the commit on; its encrypted remains in the store are swept afterwards."""
    evidence.content = None
    evidence.state, evidence.ended_at = EvidenceState.GONE.value, tx.now
    tx.vault.forget(evidence.id, Retention.IDENTITY)


def stream_context(evidence: str, part: str) -> bytes:
    """Name what a file in the store is encrypted as, so that none can take another's place."""
    return bind("habeas", "evidence", evidence, part)


def _place(evidence: str) -> Place:
    return Place(Evidence.__tablename__, "content", evidence)
