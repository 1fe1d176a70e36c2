"""The agents: who they are, by what they sign in, and what they approved."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import Instant, Json
from habeas_identity.models.declared import Base


class Agent(Base):
    """Somebody who works on cases; a password, a provider and passkeys are ways in, and any of them may be missing."""

    __tablename__ = "agent"
    __table_args__ = (UniqueConstraint("issuer", "subject", name="agent_of_provider"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(64))
    """The human being: two accounts of one person approve once."""
    email_key: Mapped[str] = mapped_column(String(64), unique=True)
    """Blind index of the address that the agent signs in with."""
    details: Mapped[bytes] = mapped_column(LargeBinary)
    """Name and address; encrypted."""
    roles: Mapped[list[str]] = mapped_column(Json)
    controllers: Mapped[list[str]] = mapped_column(Json, default=list)
    """Those whose cases they work on; none named means all."""
    password: Mapped[str | None] = mapped_column(String(200))
    """Argon2id, in the PHC string format; for the day on which nothing better is at hand."""
    issuer: Mapped[str | None] = mapped_column(String(255))
    """The OpenID provider that knows this agent."""
    subject: Mapped[str | None] = mapped_column(String(64))
    """Blind index of what that provider calls them."""
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
    method: Mapped[str] = mapped_column(String(10))
    """password, openid or passkey: by what the agent last showed who they are."""
    authenticated_at: Mapped[datetime] = mapped_column(Instant)
    """When that was; acts that destroy want it to be fresh."""
    began_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Passkey(Base):
    """A key pair whose private half lies in an agent's device."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    agent: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the credential's id."""
    credential: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """As the device gave it (COSE)."""
    uses: Mapped[int] = mapped_column(BigInteger)
    """The device's own count; one that does not rise tells of a copy."""
    added_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class PasskeyChallenge(Base):
    """What a device is asked to sign: once, in one browser, for one purpose, within minutes."""

    __tablename__ = "passkey_challenge"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[str] = mapped_column(String(10))
    """sign_in, step_up, add, or enroll."""
    act: Mapped[str] = mapped_column(String(100))
    """What a step-up is for; empty for the others."""
    browser: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))
    """Whose passkey it must be; None where the passkey itself tells."""
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Enrollment(Base):
    """A code by which an agent adds their first passkey; a newer one takes its place."""

    __tablename__ = "enrollment"

    agent: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    """HMAC of the code."""
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


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


class UsedGrant(Base):
    """A grant that was good once and has been used."""

    __tablename__ = "used_grant"

    grant: Mapped[str] = mapped_column(String(36), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(Instant)
