"""Looks at records once more: right before they are erased, and afterwards whether they are."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from habeas.connectors.http.asking import Asking
from habeas.connectors.http.fields import holds
from habeas.connectors.http.templates import Slots, slots_in
from habeas.connectors.http.vendorfile import Kind, ReadBack, Vendor
from habeas.connectors.http.walk import Item, Source, Walk, key_of
from habeas.sdk import NeedsPerson


class LookBack:
    """Reads single records, or the lists in which they stood where the vendor gives no single ones."""

    def __init__(self, vendor: Vendor, asking: Asking, walk: Walk) -> None:
        self._vendor = vendor
        self._asking = asking
        self._walk = walk

    def now(self, items: Iterable[Item]) -> dict[str, Item | None]:
        """What records of one kind and one list hold now, by key; None for those that are gone."""
        every = list(items)
        if not every or every[0].kind.presumed:
            return {item.key: item for item in every}
        if every[0].kind.read:
            return {item.key: self._read(item) for item in every}
        standing = dict(self._walk.again(every[0].source, every[0].kind))
        return {item.key: replace(item, record=standing[item.key]) if item.key in standing else None for item in every}

    def is_done(self, item: Item) -> bool | None:
        """Whether the erasure of one record is to be seen; None where nothing can be seen."""
        rule = item.kind.erase.read_back if item.kind.erase else None
        if rule:
            return self._holds(rule, item.kind, item.key, item.slots, item.source.above)
        if item.kind.presumed:
            return None
        return self.now([item])[item.key] is None

    def is_done_by_key(self, kind: Kind, key: str) -> bool | None:
        """The same of a record that is not found any more, where its key is all that a call needs."""
        rule = kind.erase.read_back if kind.erase else None
        name = rule.call if rule else kind.read
        slots = self._asking.slots(key=key)
        if not name or len(kind.key) > 1 or kind.key_within or not self._can_fill(name, slots):
            return None
        return self._holds(rule, kind, key, slots) if rule else self._asking.one(kind.read, slots) is None

    def by_key(self, kind: Kind, key: str) -> Item | None:
        """A record that is read by its key alone, where that can be done and it is there."""
        slots = self._asking.slots(key=key)
        if not kind.read or len(kind.key) > 1 or kind.key_within or not self._can_fill(kind.read, slots):
            return None
        record = self._asking.one(kind.read, slots)
        return None if record is None else Item(kind, key, record, {}, Source(kind.read, slots))

    def holds_after(self, rule: ReadBack, slots: Slots) -> bool:
        """Whether what a rule looks for is true now."""
        answer = self._asking.ask(rule.call, slots)
        return not answer.nothing and rule.where is not None and holds(rule.where, answer.body)

    def _holds(self, rule: ReadBack, kind: Kind, key: str, slots: Slots, above: str = "") -> bool:
        if rule.expect in ("empty", "absent"):
            records = self._asking.records(rule.call, slots)
            if rule.expect == "empty":
                return next(records, None) is None
            return all(key_of(kind, record, Source(rule.call, slots, above=above)) != key for record in records)
        answer = self._asking.ask(rule.call, slots)
        if rule.where is not None:
            return holds(rule.where, answer.body) if not answer.nothing else bool(kind.erase)
        return answer.nothing

    def _read(self, item: Item) -> Item | None:
        record = self._asking.one(item.kind.read, item.slots)
        if record is None:
            return None
        if key_of(item.kind, record, item.source) != item.key:
            raise NeedsPerson(
                f"{item.kind.read}: the vendor gave another record of {item.kind.name} than was asked for"
            )
        return replace(item, record=record)

    def _can_fill(self, name: str, slots: Slots) -> bool:
        return all(slots.has(slot) for slot in slots_in(self._vendor.calls[name].parts))


class Slim:
    """Cuts records down to what calls about them name, so that an erasure's memory holds no content."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._paths: dict[str, set[tuple[str, ...]]] = {name: set() for name in vendor.kinds}
        for name, kind in vendor.kinds.items():
            for call in self._calls(kind):
                for slot in slots_in(vendor.calls[call].parts):
                    if slot.root == "record":
                        self._paths[name].add(slot.path)
                    if slot.root == "parent":
                        self._paths[kind.under].add(slot.path)

    def cut(self, item: Item) -> Item:
        """The record with nothing in it but what calls about it and below it name."""
        parent = self.cut(item.parent) if item.parent else None
        slots = replace(item.source.slots, parent=parent.record if parent else None)
        source = Source(item.source.call, slots, item.source.belongs_to, item.source.above)
        record = item.record if item.kind.presumed else _pick(item.record, self._paths[item.kind.name])
        return replace(item, record=record, source=source, parent=parent)

    def _calls(self, kind: Kind) -> Iterable[str]:
        names = [kind.list, kind.read]
        if kind.erase:
            names += [step.call for step in kind.erase.steps]
            names += [kind.erase.read_back.call] if kind.erase.read_back else []
        jobs = [job for name in names if name and (job := self._vendor.calls[name].job)]
        return [name for name in [*names, *(each for job in jobs for each in (job.poll, job.fetch))] if name]


def _pick(record: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    picked: dict[str, Any] = {}
    for path in paths:
        found: Any = record
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        if found is not None:
            inner = picked
            for step in path[:-1]:
                inner = inner.setdefault(step, {})
            inner[path[-1]] = found
    return picked
