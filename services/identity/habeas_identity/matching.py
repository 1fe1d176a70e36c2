"""Which stored record is the claimer's: the one that holds what is claimed and contradicts none of it; pure.

The address that somebody typed is never written to. It is compared with what is stored as the connectors compare it:
letters A to Z without regard to case, everything else exactly, since folding more would make look-alikes equal
(of 567 look-alikes of one address, NFKC and casefold would take 258 for the real one).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from habeas.sdk.subject import fold_ascii

Identifiers = Mapping[str, Sequence[str]]
"""Name to values, for example `{"email": ["anna@example.com"]}`."""
EMAIL, SMS = "email", "sms"
# fmt: off
SHARED_MAILBOXES = frozenset(
    {
        "abuse", "accounting", "accounts", "admin", "administration", "billing", "contact", "customerservice",
        "ekonomi", "enquiries", "faktura", "finance", "frontdesk", "hello", "help", "helpdesk", "hej", "hostmaster",
        "hr", "info", "information", "invoice", "jobs", "jobb", "kansli", "kontakt", "kundservice", "kundtjanst",
        "mail", "marketing", "marknad", "media", "news", "noc", "noreply", "no-reply", "office", "order", "orders",
        "post", "postmaster", "press", "privacy", "reception", "reservations", "root", "sales", "salg", "salj",
        "security", "service", "support", "team", "webmaster",
    }
)
# fmt: on
"""Local parts that more than one person reads nearly everywhere (RFC 2142, and usage in Sweden and abroad)."""


@dataclass(frozen=True)
class Stored:
    """An address that a system holds, exactly as stored, with the other identifiers of the record that holds it."""

    kind: str
    value: str = field(repr=False)
    identifiers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Match:
    """The stored addresses that a code may go to, by kind, and what is proved once it comes back, as it is stored."""

    addresses: Mapping[str, str] = field(repr=False)
    proves: Mapping[str, tuple[str, ...]] = field(repr=False)


@dataclass(frozen=True)
class Doubt:
    """Why a person has to look: the reason names no one."""

    reason: str


SEVERAL = Doubt("more than one record fits the claim")
DIFFERS = Doubt("the record that fits one part of the claim differs in another")
SHARED = Doubt("the stored mailbox is one that several people read")


def match(
    claimed: Identifiers, stored: Sequence[Stored], *, under: str, shared: Iterable[str] = ()
) -> Match | Doubt | None:
    """Choose the one person whose records hold what is claimed; `under` is the identifier mailboxes are searched by.

    `shared` are the controller's own shared mailboxes. None says that nothing stored fits; a doubt says that a person
    has to decide. A phone counts beside a mailbox only as long as it is one.
    """
    records = [_Record.of(each, under) for each in stored if each.kind in (EMAIL, SMS)]
    fitting = [record for record in records if record.agreements(claimed)]
    agreeing = [record for record in fitting if not record.contradicts(claimed)]
    if not fitting:
        return None
    if not agreeing:
        return DIFFERS
    if not all(record.may_be(other) for record in agreeing for other in agreeing):
        return SEVERAL
    addresses = _addresses(agreeing)
    if EMAIL in addresses and is_shared(addresses[EMAIL], shared):
        return SHARED
    if not addresses:
        return SEVERAL
    proves: dict[str, list[str]] = {under: [addresses[EMAIL]]} if EMAIL in addresses else {}
    for name, value in (pair for record in agreeing for pair in record.agreements(claimed)):
        proves.setdefault(name, []).append(value)
    return Match(addresses, {name: tuple(dict.fromkeys(values)) for name, values in proves.items()})


def second(proved: Identifiers, stored: Sequence[Stored], kind: str, *, under: str) -> str | None:
    """Choose another system's address of a kind for somebody who was matched: one whose record holds what is proved."""
    records = [_Record.of(each, under) for each in stored if each.kind == kind]
    fitting = [record for record in records if record.agreements(proved) and not record.contradicts(proved)]
    values = {record.value for record in fitting}
    return values.pop() if len(values) == 1 else None


def is_shared(mailbox: str, shared: Iterable[str] = ()) -> bool:
    """Say whether a mailbox is one that more than one person reads, as far as its name tells."""
    local = fold_ascii(mailbox.rpartition("@")[0]).partition("+")[0]
    return local in SHARED_MAILBOXES or local in {fold_ascii(each) for each in shared}


def agrees(claimed: Identifiers, shown: Mapping[str, str]) -> bool:
    """Say whether what another party vouches for holds something claimed and contradicts none of it."""
    record = _Record("", "", shown)
    return bool(record.agreements(claimed)) and not record.contradicts(claimed)


@dataclass(frozen=True)
class _Record:
    """A stored record as far as it identifies somebody."""

    kind: str
    value: str
    identifiers: Mapping[str, str]

    @classmethod
    def of(cls, stored: Stored, under: str) -> "_Record":
        """Take a mailbox as an identifier of its record, too."""
        own = {under: stored.value} if stored.kind == EMAIL else {}
        return cls(stored.kind, stored.value, {**own, **stored.identifiers})

    def agreements(self, claimed: Identifiers) -> list[tuple[str, str]]:
        """List the identifiers that are among the claimed ones, in their stored spelling."""
        return [(name, value) for name, value in self.identifiers.items() if _is_claimed(claimed, name, value)]

    def contradicts(self, claimed: Identifiers) -> bool:
        """Say whether something is claimed that this record holds otherwise."""
        return any(
            name in claimed and not _is_claimed(claimed, name, value) for name, value in self.identifiers.items()
        )

    def may_be(self, other: "_Record") -> bool:
        """Say whether both may be the same person's: no identifier in which they differ, and no second mailbox."""
        shared = self.identifiers.keys() & other.identifiers.keys()
        same = all(self.identifiers[name] == other.identifiers[name] for name in shared)
        return same and not (self.kind == other.kind == EMAIL and self.value != other.value)


def _addresses(records: Sequence[_Record]) -> dict[str, str]:
    """Return the one address of each kind; of a kind with two phones neither is asked."""
    found: dict[str, set[str]] = {}
    for record in records:
        found.setdefault(record.kind, set()).add(record.value)
    return {kind: next(iter(values)) for kind, values in found.items() if len(values) == 1}


def _is_claimed(claimed: Identifiers, name: str, value: str) -> bool:
    return any(fold_ascii(value) == fold_ascii(each) for each in claimed.get(name, ()))
