"""What fulfilment remembers: cases, orders and their answers, plans and who approved them, and what was handed out.

Personal values stand only in columns that the vault has encrypted (they are bytes), or are sealed to the case.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from habeas.database import Instant, Json


class Base(DeclarativeBase):
    """Fulfilment's own tables."""


class Task(StrEnum):
    """What an order serves: the package, the plan of an erasure, or the erasure itself."""

    PACKAGE = "package"
    PLAN = "plan"
    ERASURE = "erasure"


class OrderState(StrEnum):
    """How an order stands; `replaced` is one in whose stead another was given."""

    GIVEN = "given"
    ANSWERED = "answered"
    FAILED = "failed"
    REPLACED = "replaced"


class PlanState(StrEnum):
    """How a plan stands; `replaced` is one that could not be carried out as it was."""

    MAKING = "making"
    FROZEN = "frozen"
    APPROVED = "approved"
    ORDERED = "ordered"
    REPLACED = "replaced"


class AnswerState(StrEnum):
    """How an answer stands; a `stuck` one waits for a person, an `expired` one has been deleted."""

    MAKING = "making"
    STUCK = "stuck"
    READY = "ready"
    EXPIRED = "expired"


class CaseFile(Base):
    """One case, as far as fulfilment has to know it; `identifiers` and `private_key` are encrypted."""

    __tablename__ = "case_file"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str] = mapped_column(String(20))
    controller: Mapped[str] = mapped_column(String(80))
    rights: Mapped[list[str]] = mapped_column(Json)
    language: Mapped[str] = mapped_column(String(10))
    received_at: Mapped[datetime] = mapped_column(Instant)
    respond_by: Mapped[dict[str, str]] = mapped_column(Json)
    """The last day in time of each right."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    private_key: Mapped[bytes] = mapped_column(LargeBinary)
    proof: Mapped[dict[str, Any] | None] = mapped_column(Json)
    identifiers: Mapped[bytes | None] = mapped_column(LargeBinary)
    proved_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    forgotten_at: Mapped[datetime | None] = mapped_column(Instant)
    round: Mapped[int] = mapped_column(Integer)
    """Which search for the plan is the present one; 0 before the first."""
    frozen_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when it stands still, as its person said that they had not asked."""


class SystemOrder(Base):
    """One order to one system; `content` is its small answer and `parts` name its uploaded one, sealed to the case."""

    __tablename__ = "system_order"
    __table_args__ = (Index("system_order_case", "case_id", "task", "round"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"))
    task: Mapped[str] = mapped_column(String(10))
    round: Mapped[int] = mapped_column(Integer)
    system: Mapped[str] = mapped_column(String(31))
    operation: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    attempt: Mapped[int] = mapped_column(Integer)
    given_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(20))
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(300))
    final: Mapped[bool] = mapped_column(Boolean)


class Upload(Base):
    """One part that came through the upload door, under the key at which the store has it."""

    __tablename__ = "upload"

    order_id: Mapped[str] = mapped_column(ForeignKey("system_order.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime] = mapped_column(Instant)


class Plan(Base):
    """One frozen plan; `decided` is the exact set it covers, encrypted, and `digest` is what people approve."""

    __tablename__ = "plan"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    approvals: Mapped[int] = mapped_column(Integer)
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    decided: Mapped[bytes] = mapped_column(LargeBinary)
    frozen_at: Mapped[datetime] = mapped_column(Instant)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    erase_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the time to call an approved erasure back is over."""


class PlanLine(Base):
    """How many records of a kind share one decision."""

    __tablename__ = "plan_line"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    system: Mapped[str] = mapped_column(String(31))
    activity: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(100))
    decision: Mapped[str] = mapped_column(String(10))
    ground: Mapped[str] = mapped_column(String(500))
    law: Mapped[str] = mapped_column(String(200))
    until: Mapped[str | None] = mapped_column(String(10))
    count: Mapped[int] = mapped_column(Integer)


class PlanApproval(Base):
    """One person's approval of one digest, as identity signed it."""

    __tablename__ = "plan_approval"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    statement: Mapped[dict[str, Any]] = mapped_column(Json)
    approved_at: Mapped[datetime] = mapped_column(Instant)


class Answer(Base):
    """What the person gets for one right; `content_key` is encrypted, the file lies in the store under `key`."""

    __tablename__ = "answer"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    right: Mapped[str] = mapped_column("asked_right", String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300))
    key: Mapped[str | None] = mapped_column(String(200))
    content_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    manifest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    times: Mapped[int] = mapped_column(Integer)


class UsedGrant(Base):
    """A grant for handing out that was used for the answer to one right, and is good for it no more."""

    __tablename__ = "used_grant"

    grant: Mapped[str] = mapped_column("grant_id", String(64), primary_key=True)
    right: Mapped[str] = mapped_column("asked_right", String(20), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(Instant)


class EndedSession(Base):
    """An agent's session that is over: no grant of it is good any more."""

    __tablename__ = "ended_session"

    session: Mapped[str] = mapped_column("session_id", String(64), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(Instant)
