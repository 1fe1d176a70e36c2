"""Who claims what, where they can be reached, the codes on their way, and the proofs that were given."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import Instant, Json
from habeas_identity.models.declared import Base


class Claim(Base):
    """Who a person says they are, in one case."""

    __tablename__ = "claim"

    case: Mapped[str] = mapped_column(String(36), primary_key=True)
    controller: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(16))
    browser: Mapped[str] = mapped_column(String(64))
    """The browser that the case was opened in."""
    capacity: Mapped[str] = mapped_column(String(10), default="self")
    """For whom is asked: self, or another, as authorised, guardian or estate."""
    identifiers: Mapped[bytes] = mapped_column(LargeBinary)
    """Name to values as claimed; encrypted."""
    state: Mapped[str] = mapped_column(String(10))
    """held (in the holding pen), asking (a system), found (an address), unmatched (none, or doubtful), proved."""
    rights: Mapped[list[str]] = mapped_column(Json)
    """What is asked for: the ladder tells from it how sure to be."""
    needed: Mapped[str] = mapped_column(String(2))
    """The assurance that all of it needs; an agent's doubt can raise it, nothing lowers it."""
    opened_at: Mapped[datetime] = mapped_column(Instant)
    forget_at: Mapped[datetime] = mapped_column(Instant, index=True)
    """When all that is kept of it is deleted, whatever has become of it."""
    proved_at: Mapped[datetime | None] = mapped_column(Instant)


class Asked(Base):
    """A system that was asked which addresses it holds for a claim."""

    __tablename__ = "asked"

    case: Mapped[str] = mapped_column(ForeignKey("claim.case"), primary_key=True)
    system: Mapped[str] = mapped_column(String(32), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    outcome: Mapped[str | None] = mapped_column(String(16))
    """As the system told; `failed` also when it kept silent until the question expired; None while we wait."""


class Channel(Base):
    """A stored address that a claim can be proved by; a claim has at most one of each method."""

    __tablename__ = "channel"
    __table_args__ = (UniqueConstraint("case", "method", name="channel_of_method"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(ForeignKey("claim.case"))
    system: Mapped[str] = mapped_column(String(32))
    method: Mapped[str] = mapped_column(String(32))
    """The proof that can be given by it, as it is called in the room of proofs."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The address as stored, and the identifiers that are proved with it; encrypted."""
    recipient: Mapped[str] = mapped_column(String(64))
    """Blind index of the address, for the cap on mails."""
    found_at: Mapped[datetime] = mapped_column(Instant)


class Challenge(Base):
    """A code that somebody may type, or a decoy whose code nobody has; only the newest of its kind counts."""

    __tablename__ = "challenge"
    __table_args__ = (Index("challenge_newest", "case", "purpose", "browser", "id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(ForeignKey("claim.case"))
    purpose: Mapped[str] = mapped_column(String(16))
    browser: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str | None] = mapped_column(ForeignKey("channel.id"))
    """None for a decoy."""
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer)
    most_tries: Mapped[int] = mapped_column(Integer)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)


class Visit(Base):
    """A browser that has proved a case, and may come back for a while without a new code."""

    __tablename__ = "visit"

    case: Mapped[str] = mapped_column(ForeignKey("claim.case"), primary_key=True)
    browser: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(Instant)


class GivenProof(Base):
    """A proof that somebody gave in one browser for one purpose; several that are fresh at once reach further."""

    __tablename__ = "given_proof"
    __table_args__ = (Index("given_proof_of", "case", "purpose", "browser"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(ForeignKey("claim.case"))
    purpose: Mapped[str] = mapped_column(String(16))
    browser: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(32))
    """As it is called in the room of proofs."""
    assurance: Mapped[str] = mapped_column(String(2))
    """What it reaches by itself."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The identifiers that it proves; encrypted."""
    given_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    """When an act that needs a fresh proof used it up."""
