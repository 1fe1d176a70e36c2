"""A dry run of an erasure, worked out from what the system holds now: nothing is changed by it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from habeas.sdk.records import Decided, Done, Located
from habeas.sdk.words import Deed

GONE = "it is not there any more"
CHANGED = "it changed after the plan was made"
NEW = "it came after the plan was made"


def rehearse(standing: Iterable[Located], scope: Sequence[Decided]) -> Iterator[Done]:
    """Says what an erasure of `scope` would do to what is `standing`, one line for all that share a fate."""
    decided = {(each.kind, each.key): each for each in scope}
    fates: Counter[Done] = Counter()
    for each in standing:
        chosen = decided.pop((each.kind, each.key), None)
        fates[_fate_of(each, chosen)] += 1
    for left in decided.values():
        fates[Done(left.kind, Deed.ERASED, 1, why=GONE)] += 1
    for fate, count in fates.items():
        yield Done(fate.kind, fate.deed, count, fate.ground, fate.until, why=fate.why)


def _fate_of(located: Located, decided: Decided | None) -> Done:
    if decided is None:
        return Done(located.kind, Deed.NEEDS_PERSON, 1, why=NEW)
    if decided.keep:
        return Done(located.kind, Deed.KEPT, 1, decided.ground, decided.until)
    if decided.digest != located.digest:
        return Done(located.kind, Deed.NEEDS_PERSON, 1, why=CHANGED)
    return Done(located.kind, Deed.ERASED, 1)
