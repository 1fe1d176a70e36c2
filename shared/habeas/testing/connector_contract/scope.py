"""The small words of the kit: kind and key of a record, scopes of an erasure, counts of deeds."""

from collections import Counter
from collections.abc import Iterable, Sequence, Set

from habeas.sdk import Connector, Decided, Deed, Done, Mark, Record, Subject

Item = tuple[str, str]
LOOK_ALIKES = (
    "_{0}", "{0}_", "{0}'", "' OR '1'='1", "{0}' OR '1'='1", '{0}" OR "1"="1', "{0};--", "{0}\\", "[a-z]{0}", "?{0}",
    "{0}/..", "../{0}", "x{0}", "{0}x", "{0}.example", "\u0430{0}", "{0}\u0301", "\uff41{0}",
)  # fmt: skip
GONE = (Deed.ERASED, Deed.ANONYMISED)


def records_of(connector: Connector, person: Subject) -> list[Record]:
    """Every record that an export yields, without the marks between them."""
    return [each for each in connector.export(person) if isinstance(each, Record)]


def decide(records: Iterable[Record | Mark], keep: Set[Item] = frozenset()) -> list[Decided]:
    """The scope of an erasure over these records that keeps some of them, as by a tax law."""
    return [
        Decided(each.kind, each.key, each.digest, True, "law")
        if (each.kind, each.key) in keep
        else Decided(each.kind, each.key, each.digest, False)
        for each in records
        if isinstance(each, Record)
    ]


def items(records: Iterable[Record | Mark]) -> set[Item]:
    """Kind and key of each."""
    return {(each.kind, each.key) for each in records if isinstance(each, Record)}


def digests(records: Iterable[Record | Mark]) -> set[str]:
    """The digest of each."""
    return {each.digest for each in records if isinstance(each, Record)}


def counted(deeds: Sequence[Done]) -> Counter[Deed]:
    """How many records met each deed."""
    total: Counter[Deed] = Counter()
    for each in deeds:
        total[each.deed] += each.count
    return total


def look_alike(person: Subject, form: str) -> Subject:
    """Somebody whose every identifier only looks like the person's."""
    return Subject({name: tuple(form.format(each) for each in values) for name, values in person.identifiers.items()})
