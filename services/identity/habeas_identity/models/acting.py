"""Whoever acts for another, or shows it in another way: assertions, mandates, calls, and what two people vouch for."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import Instant
from habeas_identity.models.declared import Base


class UsedAssertion(Base):
    """An assertion of a controller's signed-in page that was taken: the same one again is a replay."""

    __tablename__ = "used_assertion"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of the controller and the assertion's own id."""
    until: Mapped[datetime] = mapped_column(Instant, index=True)
    """From when on it is too old by itself."""


class Mandate(Base):
    """Somebody says that they act for the person of a case; the person says whether that is so."""

    __tablename__ = "mandate"

    case: Mapped[str] = mapped_column(ForeignKey("claim.case"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Who acts, under which number of theirs, and what they say to hold; encrypted."""
    given: Mapped[bool | None] = mapped_column(Boolean)
    """None while the person has not said; only yes lets the case be proved."""
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class CallBack(Base):
    """A code on a person's screen, which they read out to whoever calls the stored number."""

    __tablename__ = "call_back"
    __table_args__ = (Index("call_back_newest", "case", "shown_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(ForeignKey("claim.case"))
    purpose: Mapped[str] = mapped_column(String(16))
    browser: Mapped[str] = mapped_column(String(64))
    """The browser that shows the code, and that the proof is given in."""
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    shown_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)
    heard_by: Mapped[str | None] = mapped_column(String(64))
    """The agent's person, who called and typed the code."""


class Vouch(Base):
    """What one person of the company says for a subject who has no browser; two different ones count."""

    __tablename__ = "vouch"
    __table_args__ = (UniqueConstraint("case", "person", name="vouch_once"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(ForeignKey("claim.case"))
    person: Mapped[str] = mapped_column(String(64))
    """The human being, by whatever account."""
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    """In their words; encrypted. The ledger holds its digest."""
    said_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it and another one became a proof."""
