"""What identity remembers: who claims what, where they can be reached, the codes on their way, and the agents.

Personal values stand in columns that the vault encrypts, and nowhere else; look-ups go by blind indexes. A browser is
known by the SHA-256 of its cookie.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from habeas.database import Instant, Json


class Base(DeclarativeBase):
    """The tables of identity."""


class Claim(Base):
    """Who a person says they are, in one case."""

    __tablename__ = "claim"

    case: Mapped[str] = mapped_column(String(36), primary_key=True)
    controller: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(16))
    browser: Mapped[str] = mapped_column(String(64))
    """The browser that the case was opened in."""
    identifiers: Mapped[bytes] = mapped_column(LargeBinary)
    """Name to values as claimed; encrypted."""
    state: Mapped[str] = mapped_column(String(10))
    """held (over a quota), asking (a system), found (an address), unmatched (none, or doubtful), proved."""
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
    """The stored address that a claim can be proved by; a claim has one or none."""

    __tablename__ = "channel"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(ForeignKey("claim.case"), unique=True)
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


class QuotaUse(Base):
    """How often something happened lately, under a key that names nobody."""

    __tablename__ = "quota_use"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    uses: Mapped[list[int]] = mapped_column(Json)
    """When, in milliseconds since 1970."""
    until: Mapped[datetime] = mapped_column(Instant, index=True)
    """From when on none of them counts any more."""


class Agent(Base):
    """Somebody who works on cases."""

    __tablename__ = "agent"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(64))
    """The human being: two accounts of one person approve once."""
    email_key: Mapped[str] = mapped_column(String(64), unique=True)
    """Blind index of the address that the agent signs in with."""
    details: Mapped[bytes] = mapped_column(LargeBinary)
    """Name and address; encrypted."""
    roles: Mapped[list[str]] = mapped_column(Json)
    password: Mapped[str] = mapped_column(String(200))
    """Argon2id, in the PHC string format."""
    added_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)


class AgentSession(Base):
    """An agent at a browser; the cookie's value is known here only as its SHA-256."""

    __tablename__ = "agent_session"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """What grants and `session.ended` name; it opens nothing."""
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    agent: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    browser: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class GivenApproval(Base):
    """An agent's yes to exactly one plan."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("person", "digest", name="approval_once"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(String(36))
    digest: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    person: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime] = mapped_column(Instant)
