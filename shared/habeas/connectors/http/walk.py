"""Finds every record of one person at a vendor: what is searched for, and what hangs on it, as it comes."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from habeas.connectors.http.account import Account
from habeas.connectors.http.asking import Asking
from habeas.connectors.http.begun import Begun, name_of
from habeas.connectors.http.fields import holds, read_day, without
from habeas.connectors.http.matching import Doubts, compare
from habeas.connectors.http.templates import Slots, Unsearchable
from habeas.connectors.http.vendorfile import Kind, Way
from habeas.sdk import STEP, Json, NeedsPerson, Record, Subject, canonical_json, digest_of
from habeas.sdk.sightings import Sightings


@dataclass(frozen=True)
class Source:
    """The list in which a record was found: one search, or what hangs on one record."""

    call: str
    slots: Slots = field(repr=False)
    belongs_to: str = field(default="", repr=False)
    above: str = ""


@dataclass(frozen=True)
class Item:
    """One record of the person as the vendor gave it; `repeated` if it was found before in another list."""

    kind: Kind
    key: str
    record: Mapping[str, Any] = field(repr=False)
    matches: Mapping[str, str] = field(repr=False)
    source: Source
    parent: "Item | None" = None
    repeated: bool = False

    @property
    def data(self) -> dict[str, Json]:
        """Its content."""
        found = self.kind.data.search(self.record) if self.kind.data else self.record
        if not isinstance(found, dict):
            raise NeedsPerson(f"a record of {self.kind.name} has no content where its file says")
        return without(found, self.kind.leave_out)

    @property
    def digest(self) -> str:
        return digest_of(self.kind.name, self.key, self.data)

    @property
    def slots(self) -> Slots:
        """What calls about this record may name."""
        parent = self.parent.record if self.parent else None
        return replace(self.source.slots, key=self.key, record=self.record, parent=parent)

    @property
    def above(self) -> Iterator["Item"]:
        """The records above it, the nearest first."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def as_record(self, activity: str) -> Record:
        """It as a record of the promise."""
        dated = self.kind.dated
        day = read_day(dated.of(self.record), f"{dated.text} of a record of {self.kind.name}") if dated else None
        presumed = bool(self.kind.presumed)
        return Record(self.kind.name, self.key, activity, self.data, self.matches, dated=day, presumed=presumed)


class Walk:
    """Searches for one person. Memory holds what is on the way down to a record, never the records.

    Raises NeedsPerson where a kind cannot be searched, where a record is somebody else's, or where there are too many.
    """

    def __init__(self, asking: Asking, account: Account, subject: Subject, begun: Begun) -> None:
        self._asking = asking
        self._account = account
        self._vendor = account.vendor
        self._subject = subject
        self._begun = begun
        self._count = 0

    def items(self, *, repeated: bool = False) -> Iterator[Item]:
        """Every record, each above those that hang on it; `repeated` gives those that were met before once more."""
        self._refuse_blind_spots()
        self._count = 0
        with Sightings() as seen:
            for kind in self._vendor.kinds.values():
                if not kind.under:
                    yield from self._top(kind, seen, repeated=repeated)

    def claimed(self, kind: Kind) -> Iterator[Item]:
        """The records of one kind that carry a claimed identifier, whoever they belong to."""
        with Sightings() as seen:
            for way in kind.find:
                for value in self._subject.values(way.by):
                    for each in self._asking.values_of(way.each):
                        for item in self._search(kind, way, value, each, None):
                            if seen.is_new(item.key):
                                yield item

    def below(self, item: Item) -> Iterator[Item]:
        """What hangs on one record, directly or through others."""
        self._count = 0
        with Sightings() as seen:
            yield from self._hanging(item, seen, repeated=True)

    def again(self, source: Source, kind: Kind) -> Iterator[tuple[str, dict[str, Any]]]:
        """What a list holds now: key and record of those that are still the person's by their own fields."""
        for record in self._asking.records(source.call, source.slots):
            if kind.under:
                mine = self._belongs(kind, record, source)
            else:
                mine = bool(compare(kind, record, self._subject, source.call).matches)
            if mine:
                yield key_of(kind, record, source), record

    def _refuse_blind_spots(self) -> None:
        blind = [
            kind
            for kind in self._vendor.kinds.values()
            if not kind.under and not any(self._subject.values(name) for name in kind.searched_by)
        ]
        if blind:
            names = ", ".join(kind.name for kind in blind)
            lacking = ", ".join(sorted({name for kind in blind for name in kind.searched_by}))
            raise NeedsPerson(f"{names} cannot be searched: {lacking} is not proved")

    def _top(self, kind: Kind, seen: Sightings, *, repeated: bool) -> Iterator[Item]:
        if kind.presumed:
            yield from self._presumed(kind, hidden=repeated)
            return
        doubts = Doubts(kind)
        for way in kind.find:
            for value in self._subject.values(way.by):
                for each in self._asking.values_of(way.each):
                    for item in self._search(kind, way, value, each, doubts):
                        yield from self._take(item, seen, repeated=repeated)
        doubts.settle()

    def _search(self, kind: Kind, way: Way, value: str, each: Json, doubts: Doubts | None) -> Iterator[Item]:
        source = Source(way.call, self._asking.slots(value=value, each=each))
        try:
            for listed in self._asking.records(way.call, source.slots):
                record = self._read(kind, listed, source, None)
                if record is None:
                    continue
                ties = compare(kind, record, self._subject, kind.read or way.call)
                if not ties.matches:
                    if not way.fuzzy:
                        raise NeedsPerson(f"{way.call}: the vendor gave a {kind.name} that is not the person's")
                elif doubts is None or doubts.is_mine(record, ties):
                    yield Item(kind, key_of(kind, listed, source), record, ties.matches, source)
        except Unsearchable:
            return

    def _read(self, kind: Kind, listed: dict[str, Any], source: Source, parent: Item | None) -> dict[str, Any] | None:
        """The record itself where the file has a call for it; None if it is gone meanwhile."""
        key = key_of(kind, listed, source)
        if not kind.read:
            return listed
        slots = replace(source.slots, key=key, record=listed, parent=parent.record if parent else None)
        record = self._asking.one(kind.read, slots)
        if record is not None and key_of(kind, record, source) != key:
            raise NeedsPerson(f"{kind.read}: the vendor gave another record of {kind.name} than it was asked for")
        return record

    def _take(self, item: Item, seen: Sightings, *, repeated: bool) -> Iterator[Item]:
        self._count += 1
        if self._count > self._account.max_rows:
            raise NeedsPerson(f"there are more than {self._account.max_rows} records, which is too many for one person")
        if not seen.is_new(item.kind.name, item.key):
            if repeated:
                yield replace(item, repeated=True)
            return
        yield item
        yield from self._hanging(item, seen, repeated=repeated)

    def _hanging(self, item: Item, seen: Sightings, *, repeated: bool) -> Iterator[Item]:
        for kind in self._vendor.below(item.kind.name):
            if kind.only_if is not None and not holds(kind.only_if, item.record):
                continue
            belongs_to = _single(kind.belongs.to.texts(item.record)) if kind.belongs else ""
            slots = self._asking.slots(parent=item.record, each=item.source.slots.each)
            source = Source(kind.list, slots, belongs_to, item.key)
            matches = {_chain(name, item.kind, kind): value for name, value in item.matches.items()}
            with Sightings() as told:
                for listed in self._asking.records(kind.list, slots):
                    record = self._read(kind, listed, source, item) if self._belongs(kind, listed, source) else None
                    if record is not None:
                        found = Item(kind, key_of(kind, listed, source), record, matches, source, item)
                        _refuse_twins(found, told)
                        yield from self._take(found, seen, repeated=repeated)

    def _belongs(self, kind: Kind, record: Mapping[str, Any], source: Source) -> bool:
        if kind.belongs is None:
            return True
        field = kind.belongs.field
        if not field.stands_in(record):
            raise NeedsPerson(f"{source.call}: a record of {kind.name} lacks {field.text}: the vendor changed its form")
        if source.belongs_to and source.belongs_to in field.texts(record):
            return True
        if kind.fuzzy:
            return False
        raise NeedsPerson(f"{source.call}: the vendor gave a record of {kind.name} that belongs to another")

    def _presumed(self, kind: Kind, *, hidden: bool) -> Iterator[Item]:
        """What the vendor is held to have; for an erasure (`hidden`) without what it was asked to erase just now."""
        for name in kind.presumed:
            for value in self._subject.values(name):
                key = hashlib.sha256(f"{kind.name}:{name}:{value}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
                source = Source("", self._asking.slots(value=value))
                item = Item(kind, key, {"identifier": name, "value": value}, {name: value}, source)
                work = self._begun.find(name_of("erase", kind.name, key, item.digest))
                if not hidden or work is None or not work.done:
                    yield item


def key_of(kind: Kind, record: Mapping[str, Any], source: Source) -> str:
    """A record's key as text: its value if it is one field, a JSON list of texts if it is several.

    Where it tells records apart only below one record, that one's key comes first.
    """
    parts = [_single(each.texts(record)) for each in kind.key]
    for part, each in zip(parts, kind.key, strict=True):
        if not part:
            raise NeedsPerson(f"{source.call}: a record of {kind.name} lacks {each.text}: the vendor changed its form")
    parts = [source.above, *parts] if kind.key_within else parts
    return parts[0] if len(parts) == 1 else canonical_json(list(parts)).decode("utf-8", "surrogatepass")


def _refuse_twins(item: Item, told: Sightings) -> None:
    """One of two records with the same key would be left out in silence."""
    if told.is_new(item.key, item.digest) and not told.is_new(item.key):
        raise NeedsPerson(f"{item.source.call}: two records of {item.kind.name} have the same key")


def _single(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else ""


def _chain(name: str, above: Kind, kind: Kind) -> str:
    return STEP.join((name if STEP in name else name + STEP + above.name, kind.name))
