"""Corrects records, restricts them and lifts that, and stops marketing: each read back where the file says how."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from habeas.connectors.http.asking import Asking
from habeas.connectors.http.fates import CHANGED
from habeas.connectors.http.lookback import LookBack
from habeas.connectors.http.templates import Slots, Unplaceable, Unsearchable
from habeas.connectors.http.vendorfile import Kind, Toggle, Vendor
from habeas.connectors.http.walk import Item, Walk
from habeas.sdk import Changed, Correction, NeedsPerson, Refused, Subject
from habeas.sdk.rehearsal import GONE

UNCHANGEABLE = "the vendor's file names no way to change some of the fields"
NOT_TAKEN = "the vendor said that it was done, and reading back shows something else"


@dataclass(frozen=True)
class _Told:
    kind: str
    count: int
    verified: bool = False
    why: str = ""


class Changes:
    """What is changed for one person."""

    def __init__(self, vendor: Vendor, asking: Asking, walk: Walk) -> None:
        self._vendor = vendor
        self._asking = asking
        self._walk = walk
        self._look = LookBack(vendor, asking, walk)

    def rectify(self, corrections: Sequence[Correction]) -> Iterator[Changed]:
        """Corrects what still has its digest, or already what was ordered: a second try says the same."""
        if not any(kind.rectify for kind in self._vendor.kinds.values()):
            return
        ordered = {(each.kind, each.key): each for each in corrections}
        if len(ordered) != len(corrections) or any(kind not in self._vendor.kinds for kind, _ in ordered):
            raise Refused("the order names a record twice, or a kind that the vendor's file does not have")
        found = [
            (item, ordered.pop((item.kind.name, item.key)))
            for item in self._walk.items()
            if (item.kind.name, item.key) in ordered
        ]
        told = [self._correct(item, correction) for item, correction in found]
        yield from _tell([*told, *(_Told(each.kind, 0, why=GONE) for each in ordered.values())])

    def _correct(self, item: Item, correction: Correction) -> _Told:
        kind, rule = item.kind, item.kind.rectify
        if rule is None or not correction.changes.keys() <= rule.fields.keys():
            return _Told(kind.name, 0, why=UNCHANGEABLE)
        now = self._look.now([item])[item.key]
        if now is None:
            return _Told(kind.name, 0, why=GONE)
        if _holds(now, correction):
            return _Told(kind.name, 1, verified=True)
        if now.digest != correction.digest:
            return _Told(kind.name, 0, why=CHANGED)
        values = {rule.fields[name]: value for name, value in correction.changes.items()}
        self._asking.change(rule.call, now.slots, rule.put, values)
        after = self._look.now([now])[now.key] if self._can_find(kind, correction) else None
        if after is None:
            return _Told(kind.name, 1)
        return _Told(kind.name, 1, verified=True) if _holds(after, correction) else _Told(kind.name, 0, why=NOT_TAKEN)

    def _can_find(self, kind: Kind, correction: Correction) -> bool:
        """A list that was searched by what is now corrected does not hold the record any more."""
        return bool(kind.read or kind.under) or not correction.changes.keys() & {
            match.field.text.rpartition(".")[2] for match in kind.match.values()
        }

    def restrict(self, *, lift: bool) -> Iterator[Changed]:
        """Marks every record of the kinds that can be marked, or takes the mark away."""
        items = [item for item in self._walk.items() if item.kind.restrict]
        yield from _tell(self._toggle(item, item.kind.restrict, lift=lift) for item in items if item.kind.restrict)

    def suppress(self, claimed: Subject, *, lift: bool) -> Iterator[Changed]:
        """Stops marketing, by the identifier alone and on the records that carry it, or lets it begin again."""
        kinds = [kind for kind in self._vendor.kinds.values() if kind.suppress]
        known = {toggle.by for toggle in self._vendor.suppress.values()}
        known |= {way.by for kind in kinds for way in kind.find}
        if known and not any(claimed.values(name) for name in known):
            raise NeedsPerson(f"marketing can be stopped only by {', '.join(sorted(known))}, which is not known")
        told = []
        for name, toggle in self._vendor.suppress.items():
            values = claimed.values(toggle.by)
            told += [self._by_identifier(name, toggle, each, lift=lift) for each in values]
        for kind in kinds:
            told += [self._toggle(item, kind.suppress, lift=lift) for item in list(self._walk.claimed(kind))]
        yield from _tell(told)

    def _by_identifier(self, name: str, toggle: Toggle, value: str, *, lift: bool) -> _Told:
        try:
            return self._run(name, toggle, self._asking.slots(value=value), lift=lift)
        except Unplaceable as error:  # what anybody may claim is no reason for a person to look
            return _Told(name, 0, why=error.why)
        except Unsearchable:
            return _Told(name, 0, why="the vendor can know nobody by this")

    def _toggle(self, item: Item, toggle: Toggle | None, *, lift: bool) -> _Told:
        assert toggle
        return self._run(item.kind.name, toggle, item.slots, lift=lift)

    def _run(self, name: str, toggle: Toggle, slots: Slots, *, lift: bool) -> _Told:
        steps = toggle.lift if lift else toggle.steps
        if not steps:
            raise NeedsPerson(f"the vendor's file does not say how {name} is lifted")
        for step in steps:
            for each in self._asking.values_of(step.each) if step.each else [slots.each]:
                self._asking.ask(step.call, replace(slots, each=each))
        if toggle.read_back is None:
            return _Told(name, 1)
        held = self._look.holds_after(toggle.read_back, slots)
        return _Told(name, 1, verified=True) if held is not lift else _Told(name, 0, why=NOT_TAKEN)


def _holds(item: Item, correction: Correction) -> bool:
    data = item.data
    return all(name in data and data[name] == value for name, value in correction.changes.items())


def _tell(told: Iterable[_Told]) -> Iterator[Changed]:
    counts: Counter[tuple[str, bool, str]] = Counter()
    for each in told:
        counts[each.kind, each.verified, each.why] += each.count
    for (kind, verified, why), count in sorted(counts.items()):
        yield Changed(kind, count, verified, why)
