"""Systems that do not do as they say: each a connector of its own, with a clock by which its data comes back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from habeas.clock import FixedClock
from habeas.sdk import Connector, Decided, Deed, Done, Record, Refused, Subject

HER = "anna.canary@example.com"
THEIRS = "somebody.else@example.com"
_ACTIVITY = {"subscribers": "newsletter", "customers": "customer_account"}


@dataclass(frozen=True)
class Kind:
    """One way to lie, or not to: at which look (days after the erasure) it can be caught, and what it then is."""

    name: str
    caught: int | None = None
    outcome: str = "absent"
    verified: bool = True


HONEST = (
    Kind("honest"),
    Kind("asserts", verified=False),
    Kind("lags"),
)
LIARS = (
    Kind("keeps", 0, "residual", verified=False),
    Kind("keeps one", 0, "residual", verified=False),
    Kind("leaves the address", 0, "residual", verified=False),
    Kind("deletes another", 0, "residual", verified=False),
    Kind("archives", 0, "reappeared", verified=False),
    Kind("lags for hours", 0, "residual", verified=False),
    Kind("comes back in a second", 1, "reappeared"),
    Kind("comes back in a day", 7, "reappeared"),
    Kind("comes back in a week", 30, "reappeared"),
    Kind("comes back under a new key", 7, "reappeared"),
    Kind("stops its search", None, "unverifiable", verified=False),
)
_BACK = {
    "comes back in a second": timedelta(seconds=1),
    "comes back in a day": timedelta(days=1, hours=1),
    "comes back in a week": timedelta(days=7, hours=1),
    "comes back under a new key": timedelta(days=2),
}
_AWAY = {"lags": timedelta(minutes=5), "lags for hours": timedelta(hours=3)}


@dataclass
class Liar(Connector):
    """Holds a few records of two people, and says that it erased hers."""

    kind: Kind
    clock: FixedClock
    rows: dict[tuple[str, str], dict[str, Any]]
    erased_at: datetime | None = None
    backup: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def export(self, subject: Subject) -> Iterator[Record]:
        if self.erased_at is not None and self.kind.name == "stops its search":
            raise Refused("the search was turned off")
        for (kind, key), data in sorted(self.held().items()):
            if data["email"] in subject.values("email"):
                matches = {"email": data["email"]}
                yield Record(kind, key, _ACTIVITY[kind], data, matches, dated=date(2024, 5, 1))

    def held(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What it really holds now."""
        back, away = _BACK.get(self.kind.name), _AWAY.get(self.kind.name)
        if self.erased_at is None:
            return self.rows
        since = self.clock.now() - self.erased_at
        if back is not None and since >= back:
            new = "new" if self.kind.name == "comes back under a new key" else ""
            return {**self.rows, **{(kind, key + new): data for (kind, key), data in self.backup.items()}}
        if away is not None and since < away:
            return {**self.rows, **self.backup}
        return self.rows

    def hers(self) -> set[str]:
        """Which kinds it really holds of her now."""
        return {kind for (kind, _), data in self.held().items() if data["email"] == HER}

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        name, gone = self.kind.name, [each for each in scope if not each.keep]
        self.erased_at = self.erased_at or self.clock.now()
        anonymises = name == "leaves the address"
        for number, each in enumerate(gone):
            place = (each.kind, each.key)
            if name == "keeps" or (name == "keeps one" and number == 0) or place not in self.rows:
                continue
            if anonymises:
                self.rows[place] = {**self.rows[place], "name": ""}
            elif name == "archives":
                self.rows[place] = {**self.rows[place], "archived": True}
            elif name == "deletes another":
                self.rows.pop((each.kind, f"of another {each.key}"), None)
            else:
                self.backup[place] = self.rows.pop(place)
        deed, says = (Deed.ANONYMISED if anonymises else Deed.ERASED), name != "asserts"
        for each in gone:
            yield Done(each.kind, deed, 1, verified=says)


def make_liar(kind: Kind, clock: FixedClock, random: Random) -> Liar:
    """Make one with a few records of hers and as many of somebody else."""
    rows = {}
    for each in random.sample(sorted(_ACTIVITY), random.randint(1, 2)):
        for number in range(random.randint(1, 3)):
            key = f"{random.randrange(10**6)}-{number}"
            rows[each, key] = {"email": HER, "name": "Anna", "note": random.randrange(10**9)}
            rows[each, f"of another {key}"] = {"email": THEIRS, "name": "Other", "note": random.randrange(10**9)}
    return Liar(kind, clock, rows)
