"""Checks everything that a connector yields before it leaves, as a bad join or a wildcard must never become a leak."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from habeas.sdk.errors import NeedsPerson, Refused
from habeas.sdk.records import STEP, Changed, Decided, Done, Identified, Located, Mark, Record
from habeas.sdk.sightings import Sightings
from habeas.sdk.subject import Channel, Subject, fold_ascii, is_name
from habeas.sdk.words import Deed

#: More records than this for one person mean a mistake until a person says otherwise.
MAX_ROWS = 100_000

_Item = TypeVar("_Item", Record, Located)


class Guard:
    """Lets through what belongs to one person and stops the order at the first thing that does not.

    Raises NeedsPerson where a record is not tied to the person or there are too many, Refused where the answer is not
    what the operation may give. Its memory does not grow with the number of records.
    """

    def __init__(self, subject: Subject, *, max_rows: int = MAX_ROWS) -> None:
        self._subject = subject
        self._max_rows = max_rows
        self._passed: set[tuple[str, str, str]] = set()  # kind, chain, value: a person has few of these, records many

    def records(self, records: Iterable[Record | Mark], *, before: int = 0) -> Iterator[Record | Mark]:
        """The records of an export, each checked before it is handed on, and the marks between them.

        before: how many were let through before the export was resumed.
        """
        for record in self._checked(records, Record, before):
            if isinstance(record, Record):
                ids = [attachment.id for attachment in record.attachments]
                if len(ids) != len(set(ids)):
                    raise Refused(f"a record of {record.kind} has two attachments of the same id")
            yield record

    def located(self, located: Iterable[Located]) -> Iterator[Located]:
        """What was located, each checked before it is handed on."""
        for each in self._checked(located, Located, 0):
            assert isinstance(each, Located)
            yield each

    def identified(self, identified: Iterable[Identified]) -> Iterator[Identified]:
        """Further identifiers of the person, each from a record that is tied to what was proved."""
        for count, each in enumerate(identified, 1):
            if not isinstance(each, Identified) or not is_name(each.name) or not isinstance(each.value, str):
                raise Refused("the connector yielded something that is no identifier")
            self._break(count)
            self._match(each.name, each.matches, ends=False)
            Subject({each.name: (each.value,)})  # what could be everybody is refused here as everywhere
            yield each

    def channels(self, channels: Iterable[Channel]) -> Iterator[Channel]:
        """The stored channels of records that carry a claimed identifier."""
        for count, channel in enumerate(channels, 1):
            if not isinstance(channel, Channel) or not channel.kind or not channel.value:
                raise Refused("the connector yielded something that is no channel")
            self._break(count)
            if not any(self._claims(name, value) for name, value in channel.identifiers.items()):
                raise NeedsPerson("a channel belongs to a record that has none of the claimed identifiers")
            yield channel

    def done(self, deeds: Iterable[Done], scope: Sequence[Decided]) -> Iterator[Done]:
        """What an erase did, checked to account for all of `scope` and to have erased nothing that is kept."""
        ordered = Counter(decided.kind for decided in scope)
        let_go = Counter(decided.kind for decided in scope if not decided.keep)
        gone: Counter[str] = Counter()
        told: Counter[str] = Counter()
        for each in deeds:
            if not isinstance(each, Done) or each.count < 0:
                raise Refused("the connector yielded something that is no deed")
            told[each.kind] += each.count
            if each.deed in (Deed.ERASED, Deed.ANONYMISED):
                gone[each.kind] += each.count
            if gone[each.kind] > let_go[each.kind]:
                raise NeedsPerson(f"more records of {each.kind} were erased than the plan let go")
            yield each
        for kind, count in ordered.items():
            if told[kind] < count:
                raise NeedsPerson(f"{count - told[kind]} records of {kind} are not accounted for")

    def changed(self, changes: Iterable[Changed], most: Mapping[str, int] | None = None) -> Iterator[Changed]:
        """What a rectify, restrict or suppress did; `most` is how many records of a kind it was told to change."""
        told: Counter[str] = Counter()
        for each in changes:
            if not isinstance(each, Changed) or not each.kind or each.count < 0:
                raise Refused("the connector yielded something that is no change")
            told[each.kind] += each.count
            self._break(told.total())
            if most is not None and told[each.kind] > most.get(each.kind, 0):
                raise NeedsPerson(f"more records of {each.kind} were changed than were ordered")
            yield each

    def _checked(self, items: Iterable[_Item | Mark], kind: type[_Item], before: int) -> Iterator[_Item | Mark]:
        count = before
        with Sightings() as seen:
            for item in items:
                if isinstance(item, Mark) and kind is Record:
                    yield item
                    continue
                if not isinstance(item, kind) or not item.kind or not item.key:
                    raise Refused("the connector yielded something that this operation may not give")
                count += 1
                self._break(count)
                if not seen.is_new(item.kind, item.key):
                    raise Refused(f"a record of {item.kind} was yielded twice")
                self._match(item.kind, item.matches)
                yield item

    def _match(self, kind: str, matches: Mapping[str, str], *, ends: bool = True) -> None:
        for chain, value in matches.items():
            if (kind, chain, value) in self._passed:
                continue
            steps = chain.split(STEP)
            ends_here = not ends or len(steps) == 1 or steps[-1] == kind
            if not (ends_here and all(steps) and value in self._subject.values(steps[0])):
                raise NeedsPerson(f"a record of {kind} is tied to something that was not proved")
            self._passed.add((kind, chain, value))
        if not matches:
            raise NeedsPerson(f"a record of {kind} is tied to no identifier of the person")

    def _claims(self, name: str, value: str) -> bool:
        return any(fold_ascii(value) == fold_ascii(claimed) for claimed in self._subject.values(name))

    def _break(self, count: int) -> None:
        if count > self._max_rows:
            raise NeedsPerson(f"there are more than {self._max_rows} records, which is too many for one person")
