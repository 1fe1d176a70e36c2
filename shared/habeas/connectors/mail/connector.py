"""The connector for mail archives: the messages that were sent by, to or in copy to a person's proved addresses."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from habeas.connectors.mail.addresses import Addresses
from habeas.connectors.mail.anatomy import dissect
from habeas.connectors.mail.archive import Archive, Going, Message
from habeas.connectors.mail.header import whose
from habeas.connectors.mail.records import REPORTS, Mine, parts_of, record_of, report_kinds, report_of
from habeas.connectors.mail.settings import MailSettings, read_settings
from habeas.sdk import (
    Connector,
    Decided,
    Deed,
    Done,
    HabeasError,
    Health,
    NeedsPerson,
    Record,
    Refused,
    Subject,
)
from habeas.sdk.sightings import Sightings

CHANGED = "it changed after the plan was made"
NEW = "it came after the plan was made"
MISSING = "it was to be kept and is gone"
MOVED = "it is not where it was, and other messages of the person came: it may have been moved"
REBUILT = "its folder is not the one that it was, so nothing can be said of it"
REPORTED = "these messages name the person, or may, and only a person can say what is to be done with them"


@dataclass
class _Told:
    """What a search tells besides the person's messages: how many of which sort are in which folder."""

    mention: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)

    def counts(self) -> Iterator[tuple[str, Counter[str]]]:
        for kind in REPORTS:
            counts: Counter[str] = getattr(self, kind)
            if counts:
                yield kind, counts


class MailConnector(Connector):
    """Finds, exports and erases a person's messages in mbox files, Maildir folders and IMAP mailboxes."""

    def __init__(self, archives: Sequence[Archive], settings: MailSettings) -> None:
        self._archives = archives
        self._settings = settings

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], here: Path) -> Self:
        """Settings: `mbox`, `maildir` and `imap` say where messages are; docs/connectors/mail.md has them all."""
        return cls(*read_settings(settings, here))

    def export(self, subject: Subject) -> Iterator[Record]:
        """Yields a record for every message, and a report where messages name the person that are not handed out."""
        told = _Told()
        for mine in self._search(subject, told):
            yield record_of(mine, self._settings)
        if told.unclear and self._settings.stops_for_unclear:
            count = told.unclear.total()
            raise NeedsPerson(f"{count} messages may be the person's, but their headers are too broken to say so")
        yield from self._reports(subject, told)

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        """Erases the messages that the plan let go; whether one that others got, too, may go is the plan's to say."""
        fates, going = self._fates(subject, scope, erasing=True)
        self._remove(going, subject)
        fates.add(Done(self._settings.kind, Deed.ERASED, len(going), verified=True))
        yield from fates.summed()

    def rehearse(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        """Says what `erase` would do now: it knows more than whether a record is still there."""
        fates, going = self._fates(subject, scope, erasing=False)
        fates.add(Done(self._settings.kind, Deed.ERASED, len(going)))
        yield from fates.summed()

    def check(self) -> Health:
        """Says whether every archive can be read; nothing is searched."""
        problems: list[str] = []
        facts: dict[str, str] = {}
        for archive in self._archives:
            try:
                facts |= archive.check()
            except HabeasError as error:
                problems.append(str(error))
        return Health(tuple(problems), facts)

    def _fates(self, subject: Subject, scope: Sequence[Decided], *, erasing: bool) -> tuple["_Fates", list[Mine]]:
        """What becomes of each record of the order or beside it, and the messages that are to go."""
        kind, reports = self._settings.kind, report_kinds(self._settings)
        if any(decided.kind not in (kind, *reports) for decided in scope):
            raise Refused("the order names kinds that this system does not have")
        if len({(decided.kind, decided.key) for decided in scope}) != len(scope):
            raise Refused("the order names a record twice")
        decided_by_key = {decided.key: decided for decided in scope if decided.kind == kind}
        told, fates = _Told(), _Fates(erasing)
        going: list[Mine] = []
        standing: set[str] = set()
        for mine in self._search(subject, told):
            standing.add(mine.key)
            if fates.take(record_of(mine, self._settings), decided_by_key.get(mine.key)):
                going.append(mine)
        self._account_for_missing(fates, [each for key, each in decided_by_key.items() if key not in standing])
        self._account_for_reports(fates, subject, told, [each for each in scope if each.kind in reports])
        return fates, going

    def _remove(self, going: Sequence[Mine], subject: Subject) -> None:
        for archive in self._archives:
            archive.remove([Going(mine.message, mine.anatomy.sha256) for mine in going if mine.archive is archive])
        keys = {mine.key for mine in going}
        if keys and any(mine.key in keys for mine in self._search(subject, _Told())):
            raise NeedsPerson("searching again, a message that was removed was still there")

    def _account_for_missing(self, fates: "_Fates", missing: Sequence[Decided]) -> None:
        """What the plan names and the search does not find is gone, unless it may only be somewhere else."""
        names = {parts_of(each.key) for each in missing}
        sure = set[tuple[str, str]]().union(*(archive.vouches(names) for archive in self._archives if names))
        for each in missing:
            if parts_of(each.key) not in sure:
                fates.add(Done(each.kind, Deed.NEEDS_PERSON, 1, why=REBUILT))
            elif each.keep:
                fates.add(Done(each.kind, Deed.NEEDS_PERSON, 1, why=MISSING))
            elif fates.has_new:
                fates.add(Done(each.kind, Deed.NEEDS_PERSON, 1, why=MOVED))
            else:
                fates.add(Done(each.kind, Deed.ERASED, 1, verified=True))

    def _account_for_reports(self, fates: "_Fates", subject: Subject, told: _Told, decided: Sequence[Decided]) -> None:
        standing = {record.kind: record for record in self._reports(subject, told)}
        for each in decided:
            if each.keep and each.kind in standing:
                fates.add(Done(each.kind, Deed.KEPT, 1, each.ground, each.until, verified=True))
            elif each.kind in standing:
                fates.add(Done(each.kind, Deed.NEEDS_PERSON, 1, why=REPORTED))
            else:
                fates.add(Done(each.kind, Deed.NEEDS_PERSON, 1, why=CHANGED))
        for kind in standing.keys() - {each.kind for each in decided}:
            fates.add(Done(kind, Deed.NEEDS_PERSON, 1, why=REPORTED))

    def _reports(self, subject: Subject, told: _Told) -> Iterator[Record]:
        for kind, counts in told.counts():
            yield report_of(kind, counts, subject.values("email")[0], self._settings)

    def _search(self, subject: Subject, told: _Told) -> Iterator[Mine]:
        """Every message of the person, once; what is told besides is complete when this has ended."""
        proved = subject.values("email")
        if not proved:
            raise NeedsPerson("messages are found by email, which is not proved")
        addresses = Addresses(proved)
        count = 0
        with Sightings() as seen:
            for archive in self._archives:
                with archive.messages(proved) as messages:
                    for message in messages:
                        mine = self._look_at(archive, message, addresses, told)
                        if mine is None or not seen.is_new(mine.key):
                            continue
                        count += 1
                        if count > self._settings.max_messages:
                            raise NeedsPerson(f"there are more than {self._settings.max_messages} messages")
                        yield mine

    def _look_at(self, archive: Archive, message: Message, addresses: Addresses, told: _Told) -> Mine | None:
        found = None if message.head is None else whose(message.head, addresses, self._settings.own_domains)
        if found is not None and found.proved is not None:
            with message.open() as whole:
                return Mine(archive, message, found, dissect(whole))
        if message.head is None or found is not None:
            told.unclear[message.folder] += 1
        elif self._settings.mentions:
            with message.open() as whole:
                if dissect(whole, addresses.named_in).mentions:
                    told.mention[message.folder] += 1
        return None


class _Fates:
    """What happens to each record of an erasure, counted; a rehearsal verifies nothing."""

    def __init__(self, verifies: bool) -> None:
        self._counts: Counter[Done] = Counter()
        self._verifies = verifies
        self.has_new = False

    def add(self, done: Done) -> None:
        verified = done.verified and self._verifies
        one = Done(done.kind, done.deed, 1, done.ground, done.until, verified, done.why)
        self._counts[one] += done.count

    def take(self, record: Record, decided: Decided | None) -> bool:
        """Accounts for a record that stands, and says whether it is to go."""
        if decided is None:
            self.has_new = True
            self.add(Done(record.kind, Deed.NEEDS_PERSON, 1, why=NEW))
        elif record.digest != decided.digest:
            self.add(Done(record.kind, Deed.NEEDS_PERSON, 1, why=CHANGED))
        elif decided.keep:
            self.add(Done(record.kind, Deed.KEPT, 1, decided.ground, decided.until, verified=True))
        else:
            return True
        return False

    def summed(self) -> Iterator[Done]:
        for each, count in self._counts.items():
            if count:
                yield Done(each.kind, each.deed, count, each.ground, each.until, each.verified, each.why)
