"""The effect that makes pages of what was offered: scanned, cleaned in a cell, encrypted, and the original deleted.

It may run twice. What came of a file is written once, under a fixed name, before the original goes; whoever comes
later reads it there.
"""

import io
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from habeas.crypto.streams import DecryptingReader, encrypt_stream
from habeas.envelope import Letter
from habeas.errors import TryLater
from habeas.events import EvidenceOffered
from habeas.service import Context, Effect
from habeas.storage import Store
from habeas.storage.store import AlreadyStored
from habeas.work.transaction import Transaction
from habeas_identity.cleaning import Cleaned, NotCleaned, Refusal, clean
from habeas_identity.cleaning.washed import read_washed, write_washed
from habeas_identity.evidence import EvidenceState, destroy, is_wanted, key_of, note_washed, stream_context
from habeas_identity.models import Evidence
from habeas_identity.scanning import is_clean

ORIGINAL, PAGES = "original", "pages"
_CASE_WITHIN = timedelta(minutes=10)
"""How long a file waits for its case: the letter that opens one may be on its way yet."""


@dataclass(frozen=True)
class Job:
    """A file to clean; without a key it is only to be deleted."""

    evidence: str
    key: bytes | None = field(repr=False)


def store_key(evidence: str, part: str) -> str:
    """Name where a file lies in the store."""
    return f"evidence/{evidence}/{part}"


def keep_original(store: Store, evidence: str, key: bytes, data: bytes) -> None:
    """Write a file as it came into the store, encrypted."""
    _put(store, evidence, ORIGINAL, key, data)


def read_part(store: Store, evidence: str, part: str, key: bytes) -> bytes:
    """Read a file from the store; raises NotStored, and CannotOpen where it was changed."""
    with DecryptingReader(store.open(store_key(evidence, part)), key, stream_context(evidence, part)) as reader:
        return reader.readall()


def empty(store: Store, evidence: str) -> None:
    """Delete whatever lies in the store of a file."""
    for key in list(store.list(store_key(evidence, ""))):
        store.delete(key)


def take_offered(tx: Transaction, letter: Letter) -> Job | None:
    """Look whether somebody waits for the file; what nobody waits for is destroyed unread."""
    assert isinstance(letter.event, EvidenceOffered)
    found = tx.session.get(Evidence, letter.event.evidence, with_for_update=True)
    if found is None or found.state != EvidenceState.OFFERED:
        return None
    wanted = is_wanted(tx, found.case)
    if wanted is None and found.offered_at + _CASE_WITHIN > tx.now:
        raise TryLater("the case of this file is not known yet", after=timedelta(minutes=1))
    if not wanted:
        destroy(tx, found)
        return Job(found.id, None)
    return Job(found.id, key_of(tx, found))


def wash(context: Context, job: Job | None) -> Cleaned | NotCleaned | None:
    """Scan and clean a file, and write what came of it; then the original is of no use any more."""
    if job is None:
        return None
    if job.key is None:
        empty(context.store, job.evidence)
        return None
    if not context.store.exists(store_key(job.evidence, PAGES)):
        washed = _scan_and_clean(context, read_part(context.store, job.evidence, ORIGINAL, job.key))
        with suppress(AlreadyStored):  # another worker was first, and what it wrote counts
            _put(context.store, job.evidence, PAGES, job.key, write_washed(washed))
    context.store.delete(store_key(job.evidence, ORIGINAL))
    return read_washed(read_part(context.store, job.evidence, PAGES, job.key))


def keep_washed(tx: Transaction, letter: Letter, job: Job | None, washed: Cleaned | NotCleaned | None) -> None:
    """Note what came of the file, unless it was destroyed in the meantime."""
    if job is None:
        return
    found = tx.session.get(Evidence, job.evidence, with_for_update=True, populate_existing=True)
    if found is None:
        return
    if found.state == EvidenceState.OFFERED and washed is not None:
        note_washed(tx, found, washed)
    else:
        found.stored = job.key is not None


WASHING = Effect(prepare=take_offered, work=wash, finish=keep_washed)


def _scan_and_clean(context: Context, data: bytes) -> Cleaned | NotCleaned:
    """The scanner gets the file as it came: what it would know is not in the pages any more."""
    if not is_clean(str(context.settings.scanner), data):
        return NotCleaned(Refusal.INFECTED)
    return clean(data)


def _put(store: Store, evidence: str, part: str, key: bytes, data: bytes) -> None:
    store.put(store_key(evidence, part), encrypt_stream(io.BytesIO(data), key, stream_context(evidence, part)))
