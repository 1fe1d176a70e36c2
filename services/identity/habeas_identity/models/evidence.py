"""What somebody sent to show who they are, as long as it is needed, and who looked at it."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import Instant
from habeas_identity.models.declared import Base


class Evidence(Base):
    """A file that was offered in a case. Whether there is such a case is seen afterwards, so it refers to no claim."""

    __tablename__ = "evidence"
    __table_args__ = (Index("evidence_of", "case", "offered_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(16))
    """The proof that it was offered as (`letter`)."""
    state: Mapped[str] = mapped_column(String(10), index=True)
    """arriving, offered, cleaned (an agent can look), refused (no pages could be made), gone (destroyed)."""
    size: Mapped[int] = mapped_column(Integer)
    """Bytes, as it came."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The key that its files in the store are encrypted by; encrypted under a data key of its own."""
    stored: Mapped[bool] = mapped_column(Boolean)
    """Whether something of it may lie in the store."""
    media: Mapped[str] = mapped_column(String(8))
    """What it was: jpeg, png, pdf; empty before it is cleaned."""
    pages: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(24))
    """Why it was refused."""
    outcome: Mapped[str] = mapped_column(String(16))
    """What an agent saw: fits, does_not_fit, not_readable."""
    offered_at: Mapped[datetime] = mapped_column(Instant)
    destroy_at: Mapped[datetime] = mapped_column(Instant, index=True)
    """When it goes at the latest."""
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class EvidenceLook(Base):
    """An agent's ticket for one page of evidence, with the reason that was given for it."""

    __tablename__ = "evidence_look"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.id"), index=True)
    page: Mapped[int] = mapped_column(Integer)
    """From 1."""
    agent: Mapped[str] = mapped_column(String(64))
    """The person, not the account."""
    reason: Mapped[str] = mapped_column(String(24))
    minted_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
