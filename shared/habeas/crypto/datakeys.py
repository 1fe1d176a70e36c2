"""One data key per case and retention class, so that each part of a case can be forgotten on its own day.

A data key is wrapped under the key-encryption key of its class and of the month in which its retention has surely
lapsed. Deleting the row forgets it here; destroying the month's key forgets it in every backup as well.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, String, delete, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from habeas.crypto.months import add_months, end_of, month_of
from habeas.crypto.providers import KeyMissing, KeyProvider
from habeas.database.types import House, Instant
from habeas.errors import Refused

KEY_BYTES = 32


class Retention(StrEnum):
    """What is kept equally long."""

    IDENTITY = "identity"
    """Evidence of who asked, as far as any is stored; claims that were never proved."""
    PACKAGE = "package"
    """The package and the search results it was made of."""
    ABSENCE = "absence"
    """Whom to look for after an erasure, and what was erased: kept until the last look is in, and longer than that only
    while a person has not decided about what it found."""
    LETTERS = "letters"
    """The case file: letters, contact, reasons of decisions."""
    SKELETON = "skeleton"
    """The pseudonymous log of the case."""


MONTHS_KEPT: Mapping[str, int] = MappingProxyType(
    {
        Retention.IDENTITY: 3,
        Retention.PACKAGE: 3,
        Retention.ABSENCE: 3,
        Retention.LETTERS: 42,
        Retention.SKELETON: 66,
    }
)
"""After how many months a key of a class lapses: 3 and 5 years count from closing, so half a year of case is added.

These are the outer limits; timers forget earlier, on the day the profile says. No EU rule gives a number.
"""


class KeyForgotten(Refused):
    """Says that the data key of a case and class is gone: what it protected has been forgotten."""


class DataKey(House):
    """The wrapped data key of one case and retention class."""

    __tablename__ = "data_key"

    case_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    retention_class: Mapped[str] = mapped_column(String(32), primary_key=True)
    kek: Mapped[str] = mapped_column(String(48), index=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created: Mapped[datetime] = mapped_column(Instant)


Name = tuple[str, str]
_UNCOMMITTED = "habeas-data-keys"


class DataKeys:
    """The data keys of one service, with a small memory of unwrapped ones, bounded in number and time.

    A session in which a key was made remembers keys for itself, and nothing it knew outlives it: a key whose row was
    rolled back must not protect anything.
    """

    def __init__(
        self,
        provider: KeyProvider,
        service: str,
        *,
        remembered: int = 2000,
        remembered_for: timedelta = timedelta(minutes=10),
        months_kept: Mapping[str, int] = MONTHS_KEPT,
    ) -> None:
        self.provider = provider
        self.service = service
        self._months_kept = months_kept
        self._remembered = remembered
        self._remembered_for = remembered_for
        self._memory: OrderedDict[Name, tuple[datetime, AESGCM]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, session: Session, case: str, retention: str, now: datetime) -> AESGCM:
        """Give the key of a case and class; raises KeyForgotten when there is none."""
        name = (case, retention)
        key = session.info.get(_UNCOMMITTED, {}).get(name) or self._recall(name, now)
        if key is None:
            row = session.get(DataKey, name)
            if row is None:
                raise KeyForgotten("this part of the case has been forgotten")
            key = AESGCM(self.provider.unwrap(row.kek, row.wrapped, self._context(name)))
            if _UNCOMMITTED in session.info:
                session.info[_UNCOMMITTED][name] = key
            else:
                self._remember(name, key, now)
        return key

    def make(self, session: Session, case: str, retention: str, now: datetime) -> AESGCM:
        """Give the key of a case and class, making it at the first use."""
        try:
            return self.find(session, case, retention, now)
        except KeyForgotten:
            self._insert(session, (case, retention), now)
            return self.find(session, case, retention, now)

    def forget(self, session: Session, case: str, retention: str) -> None:
        """Delete the key of a case and class: what it protected is unreadable from the commit on.

        Other processes may remember the key until their memory runs out.
        """
        name = (case, retention)
        session.execute(delete(DataKey).where(DataKey.case_id == case, DataKey.retention_class == retention))
        session.info.get(_UNCOMMITTED, {}).pop(name, None)
        self._drop(name)
        event.listen(session, "after_commit", lambda _session: self._drop(name), once=True)

    def prolong(self, session: Session, case: str, retention: str, until: date) -> None:
        """Wrap a key anew under a later month, for example for a legal hold; nothing has to be encrypted again.

        What was backed up under the earlier month stays readable no longer than before.
        """
        row = session.get(DataKey, (case, retention))
        if row is None:
            raise KeyForgotten("this part of the case has been forgotten")
        kek = f"{retention}-{until:%Y-%m}"
        if kek > row.kek:
            context = self._context((case, retention))
            key = self.provider.unwrap(row.kek, row.wrapped, context)
            row.wrapped, row.kek = self._wrap(session, kek, key, context), kek
            session.flush()

    def lapsed(self, now: datetime) -> tuple[str, ...]:
        """List the key-encryption keys whose month is over: `provider.destroy` is due for each, then `bury`."""
        return tuple(kek for kek in self.provider.held() if now >= end_of(kek[-7:]))

    def bury(self, session: Session, kek: str) -> None:
        """Delete the data keys that a destroyed key-encryption key has made unreadable."""
        session.execute(delete(DataKey).where(DataKey.kek == kek))

    def kek_of(self, retention: str, now: datetime) -> str:
        """Name the key-encryption key for a data key that is made now."""
        months = self._months_kept.get(retention)
        if months is None:
            raise ValueError("nobody said how long this retention class is kept")
        return f"{retention}-{add_months(month_of(now), months)}"

    def _insert(self, session: Session, name: Name, now: datetime) -> None:
        kek, key = self.kek_of(name[1], now), os.urandom(KEY_BYTES)
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        row = {
            "case_id": name[0],
            "retention_class": name[1],
            "kek": kek,
            "wrapped": self._wrap(session, kek, key, self._context(name)),
            "created": now,
        }
        # Two transactions may both be first: the second waits for the first to commit and then takes its key.
        done = session.execute(insert(DataKey).values(row).on_conflict_do_nothing().returning(DataKey.case_id))
        if done.first() is not None:
            if _UNCOMMITTED not in session.info:
                session.info[_UNCOMMITTED] = {}
                event.listen(session, "after_soft_rollback", lambda rolled, _outer: rolled.info[_UNCOMMITTED].clear())
            session.info[_UNCOMMITTED][name] = AESGCM(key)

    def _wrap(self, session: Session, kek: str, key: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap under a key that is there or was never used; one that was lost is not replaced."""
        if not self.provider.exists(kek) and session.scalar(select(DataKey.kek).where(DataKey.kek == kek).limit(1)):
            self._explain_loss(kek, context)
        return self.provider.wrap(kek, key, context)

    def _explain_loss(self, kek: str, context: Mapping[str, str]) -> None:
        try:
            self.provider.unwrap(kek, b"", context)  # tells destroyed from lost, by its own words
        except Refused:
            raise
        except KeyMissing:
            raise
        raise AssertionError("a key that does not exist unwrapped something")

    def _context(self, name: Name) -> dict[str, str]:
        return {"service": self.service, "case": name[0], "class": name[1]}

    def _recall(self, name: Name, now: datetime) -> AESGCM | None:
        with self._lock:
            entry = self._memory.get(name)
            if entry is None or entry[0] <= now:
                self._memory.pop(name, None)
                return None
            self._memory.move_to_end(name)
            return entry[1]

    def _remember(self, name: Name, key: AESGCM, now: datetime) -> None:
        with self._lock:
            self._memory[name] = (now + self._remembered_for, key)
            while len(self._memory) > self._remembered:
                self._memory.popitem(last=False)

    def _drop(self, name: Name) -> None:
        with self._lock:
            self._memory.pop(name, None)
