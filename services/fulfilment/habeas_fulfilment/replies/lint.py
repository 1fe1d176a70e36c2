"""The lint of letters: what the law demands of each, judged by what the letter is about and not by who wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass

from habeas_fulfilment.replies.demands import EVERYWHERE, Demand, demands_of
from habeas_fulfilment.replies.types import (
    Block,
    Bullets,
    Entries,
    Paragraph,
    Part,
    PartName,
    Places,
    Reply,
)


@dataclass(frozen=True)
class Missing:
    """Something that the law demands and a letter lacks: the part, about which activity, what in it, and the source."""

    part: PartName
    activity: str | None
    what: str
    source: str

    def __str__(self) -> str:
        """Say it for whoever mends the letter; names of parts only, nothing personal."""
        about = f" about {self.activity}" if self.activity else ""
        return f"{self.part}{about}: {self.what} ({self.source})"


def missing_parts(reply: Reply) -> list[Missing]:
    """List what the law demands of this letter and it does not say; empty for one that may leave."""
    missing: list[Missing] = []
    for demand in demands_of(reply.matter):
        for activity in demand.about(reply.matter):
            missing += _missing(reply, demand, activity)
    return missing


def _missing(reply: Reply, demand: Demand, activity: str | None) -> Iterator[Missing]:
    part = _find(reply, demand.part, activity)
    if part is None:
        yield Missing(demand.part, activity, "the part is missing", demand.source)
        return
    for name in demand.entries:
        if not _entry(part, name):
            yield Missing(demand.part, activity, f"it lacks the entry {name}", demand.source)
    said = words_of(part)
    for number, name in enumerate(demand.names(reply.matter, activity), start=1):
        if " ".join(name.split()) not in said:
            yield Missing(demand.part, activity, f"it does not name what it must (number {number})", demand.source)


def _find(reply: Reply, name: PartName, activity: str | None) -> Part | None:
    about = EVERYWHERE if activity is None else activity
    for each in reply.parts:
        if each.name is name and (each.activity or EVERYWHERE) == about and each.heading.strip() and words_of(each):
            return each
    return None


def _entry(part: Part, name: str) -> bool:
    entries = (entry for block in part.blocks if isinstance(block, Entries) for entry in block.entries)
    return any(entry.name == name and entry.term.strip() and entry.text.strip() for entry in entries)


def words_of(part: Part) -> str:
    """All that a part says under its heading, in one line."""
    return " ".join(" ".join(text for block in part.blocks for text in _texts(block)).split())


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield text
        case Bullets(items):
            yield from items
        case Entries(entries):
            for entry in entries:
                yield from (entry.term, entry.text)
        case Places(places):
            for place in places:
                yield from (place.name, place.url, place.address)


def undemanded_parts(reply: Reply) -> list[tuple[PartName, str | None]]:
    """List the parts that nothing demands: a letter that grows by itself is not read."""
    matter = reply.matter
    demanded = {(each.part, activity) for each in demands_of(matter) for activity in each.about(matter)}
    return [(each.name, each.activity) for each in reply.parts if (each.name, each.activity) not in demanded]
