# long because the fates of an order hang on each other: what is kept binds what it hangs on
"""Carries an erasure out: record by record, each looked at right before and right after."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby, islice

from habeas.connectors.http.asking import Asking
from habeas.connectors.http.begun import Begun
from habeas.connectors.http.fates import (
    BACK,
    BOUND,
    CHANGED,
    HELD,
    LIED,
    MISSING,
    NEW,
    NO_WAY,
    NOT_GONE,
    At,
    Fate,
    held,
    kept,
    needs_person,
    tell,
    went,
)
from habeas.connectors.http.fields import holds
from habeas.connectors.http.lookback import LookBack, Slim
from habeas.connectors.http.outofsight import SENT, STAYS, WITH, OutOfSight, erased_name, kept_name
from habeas.connectors.http.vendorfile import Kind, Step, Vendor
from habeas.connectors.http.walk import Item, Walk
from habeas.sdk import Decided, Deed, Done, NeedsPerson, Refused, Waiting

#: So many records of one list are erased before it is read again.
BATCH = 50
_REMEMBERED = timedelta(days=1)


class Erasure:
    """One run of an order: what the plan lets go and still is as the plan saw it is erased, and all else is told."""

    def __init__(self, vendor: Vendor, asking: Asking, walk: Walk, begun: Begun) -> None:
        self._vendor = vendor
        self._asking = asking
        self._walk = walk
        self._begun = begun
        self._look = LookBack(vendor, asking, walk)
        self._out_of_sight = OutOfSight(vendor, self._look, begun)
        self._slim = Slim(vendor)
        self._decided: dict[At, Decided] = {}
        self._fates: dict[At, Fate] = {}
        self._going: dict[At, Item] = {}
        self._kept: dict[At, Item] = {}
        self._bound: dict[At, str] = {}  # they stay, as something that hangs on them has to, and why
        self._waiting: list[Waiting] = []
        self._lied: list[str] = []

    def run(self, scope: Sequence[Decided]) -> list[Done]:
        """Everything that was done; raises Waiting once all is begun, where the vendor needs time for some of it."""
        self._decided = _by_item(scope, self._vendor)
        self._plan()
        self._account_for_missing(self._waiting)
        covered = {at: above for at, item in self._going.items() if (above := self._covered_by(item))}
        self._erase([item for at, item in self._going.items() if at not in covered])
        self._follow(covered)
        if self._waiting:
            raise max(self._waiting, key=lambda each: each.until or "")
        for name in self._lied:  # not before all is told, or it would be begun anew while others are waited for
            self._begun.forget(name)
        self._look_at_kept()
        return list(tell(self._fates.items()))

    def rehearse(self, scope: Sequence[Decided]) -> list[Done]:
        """What `run` would say now; nothing is changed, and nothing is verified."""
        self._decided = _by_item(scope, self._vendor)
        self._plan()
        self._account_for_missing([])
        for at, item in self._going.items():
            above = self._covered_by(item)
            self._fates[at] = went(self._vendor.kinds[above[0]], verified=False) if above else self._foretold(item)
        return list(tell((at, replace(fate, verified=False)) for at, fate in self._fates.items()))

    def _foretold(self, item: Item) -> Fate:
        return self._unable(item) or went(item.kind, verified=False)

    def _unable(self, item: Item) -> Fate | None:
        if item.kind.erase is None:
            return needs_person(NO_WAY)
        return needs_person(self._bound[_at(item)]) if _at(item) in self._bound else None

    def _plan(self) -> None:
        for item in self._walk.items(repeated=True):
            at = _at(item)
            if not item.repeated:
                fate = self._fate_of(item)
                if fate is None:
                    self._going[at] = self._slim.cut(item)
                else:
                    self._fates[at] = fate
            if at not in self._going:
                self._bind(item)

    def _bind(self, stays: Item) -> None:
        for above in stays.above:
            rule = above.kind.erase
            if rule and stays.kind.name in rule.held_by:
                self._bound.setdefault(_at(above), HELD)
            elif rule and stays.kind.name in rule.also_removes:
                self._bound[_at(above)] = BOUND

    def _fate_of(self, item: Item) -> Fate | None:
        """What is clear of a record before anything is done; None if it is to go."""
        decided, rule = self._decided.get(_at(item)), item.kind.erase
        if decided is None:
            return needs_person(NEW)
        if item.digest != decided.digest:
            return self._anonymised_before(item, decided) or needs_person(CHANGED)
        if decided.keep:
            self._kept[_at(item)] = self._slim.cut(item)
            return kept(decided)
        if rule and rule.does == "keeps":
            return held(item.kind)
        return self._exception(item)

    def _anonymised_before(self, item: Item, decided: Decided) -> Fate | None:
        rule = item.kind.erase
        asked = not decided.keep and rule and rule.does == "anonymises" and self._begun.find(erased_name(decided))
        return went(item.kind, verified=True) if asked and self._look.is_done(item) else None

    def _exception(self, item: Item) -> Fate | None:
        for each in item.kind.erase.not_if if item.kind.erase else ():
            if holds(each.when, item.record):
                return needs_person(each.say)
        return None

    def _account_for_missing(self, waiting: list[Waiting]) -> None:
        """What the search did not find: what is waited for counts as going, and is put into `waiting`."""
        for at, decided in self._decided.items():
            if at in self._fates or at in self._going:
                continue
            kind = self._vendor.kinds[at[0]]
            try:
                found = self._out_of_sight.fate_of(kind, decided)
            except Waiting as each:
                waiting.append(each)
                found = went(kind, verified=False)
            if isinstance(found, Item):
                self._going[at] = self._slim.cut(found)
            else:
                self._fates[at] = found

    def _covered_by(self, item: Item) -> At | None:
        """The record above that takes this one with it, if it goes itself."""
        for above in item.above:
            rule = above.kind.erase
            takes = rule and item.kind.name in rule.also_removes and rule.does in ("erases", "anonymises")
            if takes and _at(above) in self._going and _at(above) not in self._bound:
                return _at(above)
        return None

    def _erase(self, items: Sequence[Item]) -> None:
        """In the file's order of what is searched for; of that what hangs on a record goes before it."""
        kinds = list(self._vendor.kinds)
        chains = {name: self._vendor.chain(kind) for name, kind in self._vendor.kinds.items()}
        order = {name: (kinds.index(chain[0]), -len(chain), kinds.index(name)) for name, chain in chains.items()}
        for _, same in groupby(
            sorted(items, key=lambda item: order[item.kind.name]), key=lambda item: (item.kind.name, item.source)
        ):
            while batch := list(islice(same, BATCH)):
                self._erase_batch(batch)

    def _erase_batch(self, batch: Sequence[Item]) -> None:
        able = []
        for item in batch:
            if fate := self._unable(item):
                self._fates[_at(item)] = fate
            else:
                able.append(item)
        for key, now in self._look.now(able).items():
            at = (batch[0].kind.name, key)
            if now is None:
                self._gone_before(at, batch[0].kind)
            elif now.digest != self._decided[at].digest:
                self._fates[at] = needs_person(CHANGED)
            elif fate := (self._exception(now) or self._bound_now(now)):
                self._fates[at] = fate
            else:
                self._take_away(now)

    def _gone_before(self, at: At, kind: Kind) -> None:
        """It cannot be read any more; where its file looks elsewhere for what is left of it, that has to say so too."""
        item = self._going[at]
        if kind.erase and kind.erase.read_back and self._look.is_done(item) is False:
            self._take_away(item)
        else:
            self._fates[at] = went(kind, verified=True)

    def _bound_now(self, item: Item) -> Fate | None:
        """Looks at what goes with a record right before it goes."""
        rule = item.kind.erase
        if not rule or not (rule.also_removes or rule.held_by):
            return None
        for below in self._walk.below(item):
            if below.kind.name in rule.held_by:
                return needs_person(HELD)
            decided = self._decided.get(_at(below))
            free = decided is not None and not decided.keep and decided.digest == below.digest
            if below.kind.name in rule.also_removes and not (free and _at(below) in self._going):
                return needs_person(BOUND)
        return None

    def _take_away(self, item: Item) -> None:
        rule, name = item.kind.erase, erased_name(self._decided[_at(item)])
        assert rule
        work = self._begun.find(name)
        within = rule.within or _REMEMBERED
        try:
            if work is None or work.number != SENT or rule.within is None:  # else it was asked for, and is looked at
                self._begun.remember(name, within)
                if not all(self._step(step, item) for step in rule.steps):
                    self._stays(_at(item))
                    return
                work = self._begun.remember(name, within, SENT)
            done = self._look.is_done(item)
            if done is False and rule.within and self._begun.now() <= work.until:
                raise Waiting("the vendor needs time until an erasure is to be seen", rule.every, work.promised)
        except Waiting as waiting:
            self._waiting.append(waiting)
            return
        if done is False and rule.does != "archives_only":
            self._lied.append(name)
            self._fates[_at(item)] = needs_person(LIED)
            return
        self._begun.finish(name)
        self._fates[_at(item)] = went(item.kind, verified=bool(done))

    def _step(self, step: Step, item: Item) -> bool:
        """Takes a step to its end, page by page; whether the vendor keeps nothing back."""
        if step.by and step.by != item.record.get("identifier"):
            return True
        kept_back = False
        for each in self._asking.values_of(step.each):
            slots = replace(item.slots, each=each) if step.each else item.slots
            for answer in self._asking.answers(step.call, slots):
                kept_back |= step.kept_if is not None and holds(step.kept_if, answer.body)
        return not kept_back

    def _stays(self, at: At) -> None:
        """Something of it is kept back, be it out of sight: a later try has to know."""
        self._begun.remember(erased_name(self._decided[at]), _REMEMBERED, STAYS)
        self._fates[at] = needs_person(BACK)

    def _follow(self, covered: dict[At, At]) -> None:
        """What went with something else, which was read back; where that stayed, it is erased by itself."""
        alone = []
        for at, above in covered.items():
            fate = self._fates.get(above)
            if fate is None:
                continue  # it is waited for
            if fate.is_gone and self._look.is_done_by_key(*self._kind_and_key(at)) is False:
                self._fates[at] = needs_person(NOT_GONE)
            elif fate.is_gone:
                self._note(erased_name(self._decided[at]), f"{WITH}{above[0]}:{'yes' if fate.verified else ''}")
                self._fates[at] = fate
            elif fate.why == BACK:
                self._stays(at)
            elif self._going[at].kind.erase:
                alone.append(self._going[at])
            else:
                self._fates[at] = needs_person(NOT_GONE)
        self._erase(alone)

    def _kind_and_key(self, at: At) -> tuple[Kind, str]:
        return self._vendor.kinds[at[0]], at[1]

    def _look_at_kept(self) -> None:
        for (name, _), same in groupby(self._kept.values(), key=lambda item: (item.kind.name, item.source)):
            while batch := list(islice(same, BATCH)):
                for key, fate in self._still_kept(self._vendor.kinds[name], batch):
                    self._fates[name, key] = fate
        for at in self._kept:
            if self._fates[at].deed is Deed.KEPT:
                self._note(kept_name(self._decided[at]), "kept")

    def _note(self, name: str, number: str) -> None:
        self._begun.remember(name, _REMEMBERED, number)
        self._begun.finish(name)

    def _still_kept(self, kind: Kind, batch: Iterable[Item]) -> Iterator[tuple[str, Fate]]:
        every = list(batch)
        try:
            standing = self._look.now(every)
        except NeedsPerson:  # the list itself is gone, with what it hung on
            standing = dict.fromkeys(item.key for item in every)
        for key, now in standing.items():
            if now is None:
                yield key, needs_person(MISSING)
            elif now.digest != self._decided[kind.name, key].digest:
                yield key, needs_person(CHANGED)


def _at(item: Item) -> At:
    return item.kind.name, item.key


def _by_item(scope: Sequence[Decided], vendor: Vendor) -> dict[At, Decided]:
    unknown = sorted({decided.kind for decided in scope} - vendor.kinds.keys())
    if unknown:
        raise Refused(f"the order names kinds that the vendor's file does not have: {', '.join(unknown)}")
    by_item = {(decided.kind, decided.key): decided for decided in scope}
    if len(by_item) != len(scope):
        raise Refused("the order names a record twice")
    return by_item
