"""What the notifier remembers: how to reach the person of a case, and what it has sent."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from habeas.database import Instant


class Base(DeclarativeBase):
    """The notifier's own tables."""


class Correspondence(Base):
    """One case as its letters need it; the address is the stored, proved one and there only after the proof."""

    __tablename__ = "correspondence"

    case_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str] = mapped_column(String(20))
    controller: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(10))
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    stop: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The stop code that stands in its letters; encrypted."""


class Sent(Base):
    """A message that was given to a channel, or held back; whom it went to is only a keyed index.

    A text also says, by another keyed index, which block of numbers it went to; a mail has none.
    """

    __tablename__ = "sent"
    __table_args__ = (Index("sent_to", "recipient", "at"), Index("sent_to_block", "block", "at"))

    letter: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(36))
    message: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(64))
    block: Mapped[str] = mapped_column(String(64), server_default="")
    outcome: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Instant)


class InboxMail(Base):
    """A letter of the embedded mode, which goes no further than the local inbox page: `kind` is `mail` or `sms`."""

    __tablename__ = "inbox_mail"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(4), server_default="mail")
    mail: Mapped[bytes] = mapped_column(LargeBinary)
