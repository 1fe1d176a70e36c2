"""What intake remembers: cases, their rights with their clocks, and what happened to them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from habeas.database import Instant, Json
from habeas.work.quotas import Uses


class Base(DeclarativeBase):
    """Intake's own tables."""


class Case(Base):
    """One person's request through its life; whatever they told of themselves is in `personal`, encrypted."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index("case_file_opened_by", "opened_by", "opened_at"),
        Index("case_file_held", "held"),
        Index("case_file_refusal", "refusal"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    controller: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(10))
    received_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    """What makes a form or an API call that is sent twice open one case."""
    browser: Mapped[str] = mapped_column(String(64))
    opened_by: Mapped[str] = mapped_column(String(40))
    capacity: Mapped[str] = mapped_column(String(10), default="self")
    """For whom is asked: self, or another, as authorised, guardian or estate."""
    closed_to_agent: Mapped[bool] = mapped_column(Boolean, default=False)
    """The person said that whoever opened this does not act for them."""
    personal: Mapped[bytes] = mapped_column(LargeBinary)
    unmatched: Mapped[str] = mapped_column(String(200))
    """Why identity found no stored channel; empty if it did, or has not looked yet."""
    failing: Mapped[list[str]] = mapped_column(Json)
    """The systems that have not done what they were ordered."""
    extension: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Why more time was decided, and by whom: {reason, by}; it counts once the person was told."""
    extension_words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the person was told about it, encrypted."""
    complaint: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """How a complaint was answered, and by whom: {outcome, by}; it is closed once the person was told."""
    complaint_words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the person was told about it, encrypted."""
    assigned_to: Mapped[str] = mapped_column(String(64), default="")
    """The person who works on it; empty for nobody."""
    held: Mapped[str] = mapped_column(String(12))
    """Which limit keeps it in the holding pen; empty when it is in the agents' queue."""
    held_from: Mapped[str] = mapped_column(String(64))
    """While it is held: blind index of the network it came from."""
    held_like: Mapped[str] = mapped_column(String(64))
    """While it is held: blind index of the identifiers claimed."""
    refusal: Mapped[str | None] = mapped_column(String(36))
    """The refusal as part of a flood that was proposed for it, or made."""
    rights: Mapped[list["CaseRight"]] = relationship(back_populates="case", order_by="CaseRight.right", lazy="selectin")


class CaseRight(Base):
    """One right of a case, with a state and a clock of its own."""

    __tablename__ = "case_right"
    __table_args__ = (Index("case_right_due", "open", "respond_by"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    right: Mapped[str] = mapped_column(String(24), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    open: Mapped[bool] = mapped_column(Boolean)
    respond_by: Mapped[date] = mapped_column(Date)
    refuse_by: Mapped[date] = mapped_column(Date)
    target_on: Mapped[date] = mapped_column(Date)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """How the date was found: [{rule, words: {language: sentence}, source}]."""
    plan: Mapped[str] = mapped_column(String(64))
    """The digest of the plan that waits for approval or was approved."""
    approvals_needed: Mapped[int] = mapped_column(Integer)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    case: Mapped[Case] = relationship(back_populates="rights")


class Entry(Base):
    """One line of a case's timeline, in plain facts without anything personal."""

    __tablename__ = "timeline"
    __table_args__ = (Index("timeline_case", "case_id", "id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)


class FloodRefusal(Base):
    """Held cases that one person proposed to refuse as a flood, and another refused."""

    __tablename__ = "flood_refusal"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    controller: Mapped[str] = mapped_column(String(80))
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    why: Mapped[str] = mapped_column(String(40))
    """What makes them a flood, by its name; the person is told it."""
    refused_by: Mapped[str] = mapped_column(String(64))
    """Empty while a second person has not looked."""
    refused_at: Mapped[datetime | None] = mapped_column(Instant)


class QuotaUse(Uses, Base):
    """How often cases were opened lately, under keys that name nobody."""

    __tablename__ = "quota_use"


class Colleague(Base):
    """Somebody who works on cases, as identity has told it."""

    __tablename__ = "colleague"

    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    """How the others call them; encrypted."""
    roles: Mapped[list[str]] = mapped_column(Json)
    """What they may do by all their accounts; none if they work on cases no more."""
    controllers: Mapped[list[str]] = mapped_column(Json)
    """Those whose cases they work on; none named means all."""


class CaseStatus(Base):
    """How a case stands beside its clocks: what shows it to its person, and what keeps it from going on."""

    __tablename__ = "case_status"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64))
    """HMAC-SHA-256 of the secret that was shown when it was opened; empty if none was."""
    unidentified_at: Mapped[datetime | None] = mapped_column(Instant)
    """When an agent said that its person cannot be identified."""
    unidentified_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(24))
    """Why, by its name; for the agents alone."""
    frozen_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when it stands still, as its person said that they had not asked."""
    contested_at: Mapped[datetime | None] = mapped_column(Instant)


class EndedSession(Base):
    """An agent's session that is over; its grants, which live for minutes, are denied at once."""

    __tablename__ = "ended_session"

    session: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class ApiKey(Base):
    """A program that may open cases; the key itself is known to it alone.

    One with a public key is an authorised agent's: it acts for others only, and signs each case that it opens.
    """

    __tablename__ = "api_key"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    public_key: Mapped[str] = mapped_column(String(44), default="")
    """Ed25519, base64; empty: it asks for nobody else and signs nothing."""
    cases_a_day: Mapped[int] = mapped_column(Integer, default=0)
    """How many cases an agent may open in a day; a flood of mandates is no way to ask."""
    controllers: Mapped[list[str]] = mapped_column(Json, default=list)
    """Those for which it may open cases; none named means all."""
    callbacks: Mapped[list[str]] = mapped_column(Json, default=list)
    """The addresses that it may have called back where it asks us as its processor."""


class ProcessorRequest(Base):
    """A request that a controller handed to us as its processor, by its own number."""

    __tablename__ = "processor_request"
    __table_args__ = (Index("processor_request_open", "open"),)

    asked_by: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"))
    callbacks: Mapped[list[str]] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    told: Mapped[str] = mapped_column(String(12))
    """The status that its addresses were told last."""
    open: Mapped[bool] = mapped_column(Boolean)
    """Whether it can still come to stand elsewhere."""


class UsedNonce(Base):
    """A signed call of an agent that was taken: the same one again is a replay."""

    __tablename__ = "used_nonce"

    agent: Mapped[str] = mapped_column(String(40), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(Instant)
    """From when on the signature is too old by itself."""
