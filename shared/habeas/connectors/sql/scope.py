"""The scope of an order, by kind and by key, beside which nothing of its size is kept."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from operator import attrgetter

from habeas.sdk import Decided, Refused

_kind, _key = attrgetter("kind"), attrgetter("key")


class Scope:
    """What was decided: its records in the order given, and any of them by its name.

    Raises Refused where it names a kind that the map does not have, or a record twice. It holds no copies: for each
    record two references.
    """

    def __init__(self, decided: Sequence[Decided], kinds: Collection[str]) -> None:
        self.total = len(decided)
        named = set(map(_kind, decided))
        if unknown := sorted(named - set(kinds)):
            raise Refused(f"the order names kinds that the data map does not have: {', '.join(unknown)}")
        self._of = {kind: [each for each in decided if each.kind == kind] for kind in named}
        for every in self._of.values():
            if len(set(map(_key, every))) != len(every):
                raise Refused("the order names a record twice")
        self._sorted: dict[str, list[Decided]] = {}

    def find(self, kind: str, key: str) -> Decided | None:
        """What was decided for one record; None where it was not in the order."""
        if kind not in self._sorted:
            self._sorted[kind] = sorted(self._of.get(kind, ()), key=_key)
        ordered = self._sorted[kind]
        at = bisect_left(ordered, key, key=_key)
        return ordered[at] if at < len(ordered) and ordered[at].key == key else None

    def batches(self, kind: str, size: int) -> Iterator[list[Decided]]:
        """The records of a kind in lists of that size at most, in the order given: as they were located."""
        every = self._of.get(kind, [])
        for start in range(0, len(every), size):
            yield every[start : start + size]
