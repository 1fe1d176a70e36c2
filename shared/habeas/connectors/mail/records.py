"""Makes records of messages: what is told of one, what is handed out with it, and why a person has to look first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO
from urllib.parse import quote, unquote_to_bytes

from habeas.connectors.mail.anatomy import Anatomy
from habeas.connectors.mail.archive import Archive, Message
from habeas.connectors.mail.header import Whose, date_of, day_of, text_of
from habeas.connectors.mail.settings import MailSettings
from habeas.connectors.mail.streams import checked
from habeas.connectors.review import BLIND_COPIES, FREE_TEXT, MENTIONS, THIRD_PARTIES, UNCLEAR, marks
from habeas.sdk import Attachment, Json, Record

MESSAGE_TYPE = "message/rfc822"
#: What a report of messages that are not exported is called: its kind and why a person has to look.
REPORTS = {"mention": MENTIONS, "unclear": UNCLEAR}
_UNSAFE = re.compile("[%#\ud800-\udfff]")


@dataclass(frozen=True)
class Mine:
    """A message of the person: where it is, what its header says of them, and what a look at the whole of it told."""

    archive: Archive = field(repr=False)
    message: Message = field(repr=False)
    whose: Whose
    anatomy: Anatomy

    @property
    def key(self) -> str:
        """The folder and the archive's own name of the message; in an mbox, which has none, the digest of its bytes."""
        return key_of(self.message.folder, self.message.name or self.anatomy.sha256)


def key_of(folder: str, name: str) -> str:
    """A key that can be taken apart again."""
    return "#".join(
        _UNSAFE.sub(lambda match: quote(match[0].encode("utf-8", "surrogateescape")), part) for part in (folder, name)
    )


def parts_of(key: str) -> tuple[str, str]:
    """The folder and the name of which a key was made."""
    folder, _, name = key.rpartition("#")
    return _plain(folder), _plain(name)


def record_of(mine: Mine, settings: MailSettings) -> Record:
    """The record of a message: it counts other people's addresses by role and names none of them.

    They are counted rather than hashed: an address can be guessed from its hash, with whatever salt, by whoever is
    handed both, and the hash helps nobody who redacts with the message open before them.
    """
    message, whose = mine.message, mine.whose
    head = message.head or b""
    reasons = [FREE_TEXT] if settings.free_text else []
    reasons += [THIRD_PARTIES] if whose.others else []
    # a blind copy is what the person was never shown, unless they sent the message
    reasons += [BLIND_COPIES] if "bcc" in whose.others and whose.direction != "from" else []
    withheld = settings.withholds and bool(whose.others)
    sent = date_of(head)
    data: dict[str, Json] = {
        "folder": _printable(message.folder),
        "date": sent.isoformat() if sent else None,
        "subject": None if withheld else text_of(head, "subject"),
        "message_id": text_of(head, "message-id"),
        "direction": whose.direction,
        "addresses": {role: list(found) for role, found in whose.theirs.items()},
        "third_parties": dict(whose.others),
        "size": mine.anatomy.size,
        "sha256": mine.anatomy.sha256,
        "files": [] if withheld else list(mine.anatomy.files),
        "more_files": mine.anatomy.more + (len(mine.anatomy.files) if withheld else 0),
        **({"withheld": THIRD_PARTIES} if withheld else {}),
        **marks(reasons),
    }
    assert whose.proved is not None
    return Record(
        kind=settings.kind,
        key=mine.key,
        activity=settings.activity,
        data=data,
        matches={"email": whose.proved},
        attachments=() if withheld else (_attachment(mine),),
        dated=message.received or (day_of(sent) if sent else None),
    )


def report_of(kind: str, counts: Mapping[str, int], email: str, settings: MailSettings) -> Record:
    """One record for all messages of a sort that are told of and not handed out: how many there are in which folder."""
    return Record(
        kind=f"{settings.kind}_{kind}",
        key=kind,
        activity=settings.activity,
        data={
            "messages": sum(counts.values()),
            "folders": {_printable(folder): count for folder, count in sorted(counts.items())},
            **marks([REPORTS[kind]]),
        },
        matches={"email": email},
    )


def report_kinds(settings: MailSettings) -> Sequence[str]:
    """The kinds of records that are reports."""
    return [f"{settings.kind}_{kind}" for kind in REPORTS]


def _attachment(mine: Mine) -> Attachment:
    anatomy = mine.anatomy
    return Attachment("message", f"{anatomy.sha256[:16]}.eml", MESSAGE_TYPE, anatomy.size, partial(_open, mine))


def _open(mine: Mine) -> BinaryIO:
    return checked(mine.message.open(), mine.anatomy.sha256)


def _plain(part: str) -> str:
    return unquote_to_bytes(part).decode("utf-8", "surrogateescape")


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
