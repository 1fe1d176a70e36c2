"""What intake remembers: cases, their rights with their clocks, and what happened to them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from habeas.database import Instant, Json


class Base(DeclarativeBase):
    """Intake's own tables."""


class Case(Base):
    """One person's request through its life; whatever they told of themselves is in `personal`, encrypted."""

    __tablename__ = "case_file"

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


class EndedSession(Base):
    """An agent's session that is over; its grants, which live for minutes, are denied at once."""

    __tablename__ = "ended_session"

    session: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class ApiKey(Base):
    """A program that may open cases; the key itself is known to it alone."""

    __tablename__ = "api_key"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
