"""What becomes of each record of an erasure, and how it is told."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from habeas.connectors.http.vendorfile import Kind
from habeas.sdk import Decided, Deed, Done
from habeas.sdk.rehearsal import CHANGED, NEW

__all__ = ["CHANGED", "NEW"]

At = tuple[str, str]  # kind, key

ARCHIVED = "the vendor only archives it: a person has to end it there"
BACK = "the vendor says that it keeps something of it"
BOUND = "a record that would go with it is kept, has changed or is new"
HELD = "a record that hangs on it stays, and the vendor lets neither go without the other"
LIED = "the vendor said that it was done, and it is still there"
LOST = "nothing ties it to the person any more, and it is still there"
MISSING = "it was to be kept and is gone"
NO_WAY = "the vendor has no way to erase it alone"
NOT_GONE = "what it hangs on was not erased"


@dataclass(frozen=True)
class Fate:
    """What happened to one record."""

    deed: Deed
    ground: str | None = None
    until: date | None = None
    verified: bool = False
    why: str = ""

    @property
    def is_gone(self) -> bool:
        return self.deed in (Deed.ERASED, Deed.ANONYMISED)


def needs_person(why: str) -> Fate:
    """It stays as it is, or nobody knows: a person has to look."""
    return Fate(Deed.NEEDS_PERSON, why=why)


def kept(decided: Decided) -> Fate:
    """It stays, as the plan says."""
    return Fate(Deed.KEPT, decided.ground, decided.until, verified=True)


def went(kind: Kind, *, verified: bool) -> Fate:
    """It is gone, or nothing in it is personal any more, as far as the vendor really does that."""
    if kind.erase is None:
        return Fate(Deed.ERASED, verified=verified)
    if kind.erase.does == "archives_only":
        return needs_person(ARCHIVED)
    if kind.erase.does == "keeps":
        return held(kind)
    deed = Deed.ANONYMISED if kind.erase.does == "anonymises" else Deed.ERASED
    why = f"the vendor can bring it back for {kind.erase.recoverable}" if kind.erase.recoverable else ""
    return Fate(deed, verified=verified, why=why)


def held(kind: Kind) -> Fate:
    """The vendor keeps it, on its own ground."""
    return Fate(Deed.KEPT, kind.erase.ground if kind.erase else None, why="the vendor keeps it")


def tell(fates: Iterable[tuple[At, Fate]]) -> Iterator[Done]:
    """One line for all records of a kind that share a fate."""
    counts: Counter[tuple[str, Fate]] = Counter((kind, fate) for (kind, _), fate in fates)
    for (kind, fate), count in sorted(counts.items(), key=str):
        yield Done(kind, fate.deed, count, fate.ground, fate.until, verified=fate.verified, why=fate.why)
