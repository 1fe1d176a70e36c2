"""Reads the header of a message: whose it is, and what a record tells of it; however broken, it stops no search."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime

from habeas.connectors.mail.addresses import Addresses
from habeas.connectors.mail.mailboxes import BROKEN, mailboxes
from habeas.sdk import fold_ascii

#: The headers that hold addresses (RFC 5322, 3.6; the last two are written by whoever delivers), and their roles.
ROLES = {
    "from": "from", "sender": "from", "reply-to": "from", "resent-from": "from", "resent-sender": "from",
    "to": "to", "resent-to": "to", "cc": "cc", "resent-cc": "cc", "bcc": "bcc", "resent-bcc": "bcc",
    "delivered-to": "delivered", "envelope-to": "delivered",
}  # fmt: skip
#: What else a record tells of; an archive that can fetch single fields fetches these.
FIELDS = (*ROLES, "date", "subject", "message-id")

_FIELD = re.compile(r"^([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Whose:
    """What a header says of one person: the role in which it names them, and whom else it names.

    theirs: role to the addresses as they are written; proved: the proved address that one of them is; others: role to
    how many other addresses; unclear: it may name them where it cannot be read.
    """

    theirs: Mapping[str, tuple[str, ...]] = field(repr=False)
    proved: str | None = field(repr=False)
    others: Mapping[str, int]
    unclear: bool

    @property
    def direction(self) -> str:
        """What the person was in this exchange: who wrote (`from`), whom it was for (`to`), or `copied`."""
        if "from" in self.theirs:
            return "from"
        return "to" if self.theirs.keys() & {"to", "delivered"} else "copied"


def whose(head: bytes, addresses: Addresses, own_domains: frozenset[str] = frozenset()) -> Whose | None:
    """Says what a header has to do with these addresses; None if nothing. `own_domains` are no third parties."""
    clearly = addresses.may_be_in(head)
    if not clearly and b"=?" not in head:
        return None
    theirs: dict[str, list[str]] = {}
    others: dict[str, set[str]] = {}
    proved, unclear = None, False
    for name, value in fields(head):
        role = ROLES.get(name)
        if role is None or not (clearly or "=?" in value):
            continue
        unclear = unclear or _is_named_in_bad_bytes(value, addresses)
        for each in mailboxes(value):
            address = each.address() if addresses.may_be_in(_bytes(each.text)) else None
            if address is not None and (found := addresses.proved(address)):
                theirs.setdefault(role, []).append(_printable(address))
                proved = proved or found
            elif _may_be_meant(each.text, address, addresses):
                unclear = True
            else:
                others.setdefault(role, set()).add(fold_ascii(each.text.strip("<> ")))
    if proved is None and not unclear:
        return None
    return Whose(
        {role: tuple(dict.fromkeys(found)) for role, found in theirs.items()},
        proved,
        {role: count for role, texts in others.items() if (count := _count_of_others(texts, own_domains))},
        unclear,
    )


def fields(head: bytes) -> Iterator[tuple[str, str]]:
    """The fields of a header: name in small letters and value, unfolded; a line that is none is passed over."""
    text = head.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    for match in _FIELD.finditer(text):
        yield match[1].lower(), match[2].replace("\n", "")


def end_of(head: bytes) -> int:
    """Where the header that these bytes begin with ends, its empty line left out; -1 if they do not reach so far."""
    if head.startswith((b"\n", b"\r\n")):
        return 0
    ends = [found + 1 for line in (b"\n\n", b"\n\r\n") if (found := head.find(line)) >= 0]
    return min(ends, default=-1)


def text_of(head: bytes, wanted: str) -> str | None:
    """One field as a person reads it; what cannot be decoded stays as it is written."""
    for name, value in fields(head):
        if name == wanted:
            return _decoded(value.strip())[:_LONGEST_TEXT]
    return None


def date_of(head: bytes) -> datetime | None:
    """When the sender says that it was sent; None if that is no date."""
    for name, value in fields(head):
        if name == "date":
            try:
                said = parsedate_to_datetime(value.strip())
                return said if said.tzinfo is not None else said.replace(tzinfo=UTC)
            except (*BROKEN, OverflowError):
                return None
    return None


def day_of(moment: datetime) -> date | None:
    """The day of a moment in UTC; None for one at the edge of time, which only a broken clock writes."""
    try:
        return moment.astimezone(UTC).date()
    except (OverflowError, ValueError):
        return None


def _may_be_meant(text: str, address: str | None, addresses: Addresses) -> bool:
    """Whether a mailbox that is not theirs as it stands may be meant to be: it is broken, or in quotes of a sort."""
    if address is not None:
        return addresses.proved(address.strip("'")) is not None
    return addresses.named_in(text) or ("=?" in text and addresses.named_in(_decoded(text)))


def _is_named_in_bad_bytes(value: str, addresses: Addresses) -> bool:
    """Whether an address stands in a value that is no UTF-8, read as what such bytes mostly are."""
    return (
        not value.isprintable()
        and any("\udc80" <= each <= "\udcff" for each in value)
        and addresses.named_in(_bytes(value).decode("cp1252", "replace"))
    )


def _count_of_others(texts: set[str], own_domains: frozenset[str]) -> int:
    return sum("@" in text and text.rpartition("@")[2] not in own_domains for text in texts)


def _decoded(text: str) -> str:
    if "=?" not in text:
        return _printable(text)
    try:
        return _printable(str(make_header(decode_header(text))))
    except BROKEN:
        return _printable(text)


def _printable(text: str) -> str:
    """Text that can be written as UTF-8: bytes that are none show as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
