# long because what fulfilment remembers is read as one picture
"""What fulfilment remembers: cases, orders and their answers, plans and who approved them, and what was handed out.

Personal values stand only in columns that the vault has encrypted (they are bytes), or are sealed to the case.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from habeas.database import Instant, Json


class Base(DeclarativeBase):
    """Fulfilment's own tables."""


class Task(StrEnum):
    """What an order serves: further identifiers, the package, the plan of an erasure or the erasure itself, a limit.

    `stop` keeps systems from filling each other again while they are erased, `absence` is a look whether all is gone.
    """

    IDENTITY = "identity"
    PACKAGE = "package"
    PLAN = "plan"
    STOP = "stop"
    ERASURE = "erasure"
    ABSENCE = "absence"
    SUPPRESS = "suppress"
    RESTRICT = "restrict"
    LIFT = "lift"


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
    found: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What systems found beside the proved identifiers, as they signed it; encrypted."""


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
    progress: Mapped[dict[str, int] | None] = mapped_column(Json)
    """How far it had come when it last told, by kind."""
    waiting: Mapped[str | None] = mapped_column(String(300))
    """For what the system waits, in words for an agent."""
    waits_until: Mapped[str | None] = mapped_column(String(40))
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    passport: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What of its connector was proved, as it stood at the answer."""


class TaskState(StrEnum):
    """How a task for a person stands; a `signing` one waits for another person to sign for it."""

    OPEN = "open"
    SIGNING = "signing"
    DONE = "done"


class PersonTask(Base):
    """An order to a system that no program reaches: what a person found or did there, sealed to the case."""

    __tablename__ = "person_task"

    order_id: Mapped[str] = mapped_column(ForeignKey("system_order.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The result in lines, sealed to the case, until it is signed for."""
    parts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """The files that came with it, sealed to the case: {part, key, size, sha256} each."""
    outcome: Mapped[str | None] = mapped_column(String(20))
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(300))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    done_by: Mapped[str | None] = mapped_column(String(64))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_by: Mapped[str | None] = mapped_column(String(64))
    signed_at: Mapped[datetime | None] = mapped_column(Instant)


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


# Limits on processing, and legal holds


class LimitState(StrEnum):
    """How a limit stands: `pending` is looked into by a person, `lifting` waits for the day its person was told of."""

    PENDING = "pending"
    STANDING = "standing"
    LIFTING = "lifting"
    LIFTED = "lifted"


class Limit(Base):
    """One processing activity that is stopped in one case, and what it takes to let it go on."""

    __tablename__ = "processing_limit"
    __table_args__ = (Index("processing_limit_case", "case_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"))
    controller: Mapped[str] = mapped_column(String(80))
    right: Mapped[str] = mapped_column("asked_right", String(20))
    activity: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    bases: Mapped[list[str]] = mapped_column(Json)
    """The legal bases on which nothing is done any more; none named means that the activity stops altogether."""
    operation: Mapped[str] = mapped_column(String(10))
    """What systems are ordered for it: `restrict`, `suppress`, or nothing."""
    state: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    """When it ends, where that is known."""
    notice: Mapped[str] = mapped_column(String(10))
    """Whether the person was told that it ends: empty, `asked`, `sent` or `failed`."""
    decided_by: Mapped[str] = mapped_column(String(64))
    ground: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why a person decided as they did, encrypted."""
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)


class Lease(Base):
    """By what a limit is found: the blind index of one identifier of its person, and the activity."""

    __tablename__ = "lease"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    activity: Mapped[str] = mapped_column(String(40), primary_key=True)
    limit_id: Mapped[str] = mapped_column(ForeignKey("processing_limit.id"), primary_key=True)


class ProgramKey(Base):
    """A program that asks whether it may process, or sets holds; the key itself is known to it alone."""

    __tablename__ = "program_key"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    controllers: Mapped[list[str]] = mapped_column(Json)
    """Those for which it may ask: all are named, and none named means none."""
    holds: Mapped[bool] = mapped_column(Boolean)
    """Whether it may set and lift legal holds as well."""


class SubjectKeyMark(Base):
    """The mark of the key under which a controller's leases were made, so that another key never finds nothing."""

    __tablename__ = "subject_key_mark"

    controller: Mapped[str] = mapped_column(String(80), primary_key=True)
    mark: Mapped[str] = mapped_column(String(8))


class Hold(Base):
    """A legal hold: records of a class that no erasure takes while it stands."""

    __tablename__ = "legal_hold"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    controller: Mapped[str] = mapped_column(String(80), index=True)
    system: Mapped[str] = mapped_column(String(31))
    activity: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(100))
    """System, activity and kind narrow it down; an empty one means any."""
    reason: Mapped[str] = mapped_column(String(300))
    law: Mapped[str] = mapped_column(String(200))
    set_by: Mapped[str] = mapped_column(String(64))
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[str | None] = mapped_column(String(10))
    """Its last day, where that is known."""
    lifted_by: Mapped[str | None] = mapped_column(String(64))
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_why: Mapped[str] = mapped_column(String(300))


class HeldBack(Base):
    """What a hold kept out of the erasure of one case, so that the erasure goes on when the hold is lifted."""

    __tablename__ = "held_back"

    hold_id: Mapped[str] = mapped_column(ForeignKey("legal_hold.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(Integer)
    resumed_at: Mapped[datetime | None] = mapped_column(Instant)


# Absence: looks after an erasure, and tombstones


class WatchState(StrEnum):
    """How the looks after an erasure stand: systems are being searched, compared, left alone until a day, or done."""

    LOOKING = "looking"
    COMPARING = "comparing"
    RESTING = "resting"
    OVER = "over"


class Watch(Base):
    """Whether what was erased in a case stays gone; `person` and `records` are encrypted until the last look is in."""

    __tablename__ = "absence_watch"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer)
    """The round of the plan that was carried out."""
    erased_at: Mapped[datetime] = mapped_column(Instant)
    look: Mapped[int] = mapped_column(Integer)
    """Which look is the present one, or was the last; they are counted on if the case is erased again."""
    first: Mapped[int] = mapped_column(Integer)
    """The first look after this erasure."""
    attempt: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer)
    """How many of the looks that are due by the calendar have begun."""
    state: Mapped[str] = mapped_column(String(10))
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    """When there is something to do by itself: the next look, the end of patience with this one, or forgetting."""
    looked_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the first look after the erasure was in: before, nothing is confirmed."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    private_key: Mapped[bytes] = mapped_column(LargeBinary)
    person: Mapped[bytes] = mapped_column(LargeBinary)
    records: Mapped[bytes] = mapped_column(LargeBinary)
    forgotten_at: Mapped[datetime | None] = mapped_column(Instant)


class Look(Base):
    """What one system held in one look; `left` names what was there, encrypted."""

    __tablename__ = "absence_look"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    system: Mapped[str] = mapped_column(String(31), primary_key=True)
    days: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(12))
    looked_at: Mapped[datetime] = mapped_column(Instant)
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(300))
    left: Mapped[bytes | None] = mapped_column("left_there", LargeBinary)
    decided: Mapped[str] = mapped_column(String(10))
    """What a person made of it: empty, `known` (it may stay) or `again` (it is erased again)."""
    decided_by: Mapped[str] = mapped_column(String(64))


class Tombstone(Base):
    """Somebody who was erased, by the keyed digest of one identifier: recognised when it comes back, and nothing else.

    `system` and `activity` say from where; `year` names the key of the digest.
    """

    __tablename__ = "tombstone"
    __table_args__ = (
        UniqueConstraint("controller", "digest", "system", "activity", "case_id", name="tombstone_once"),
        Index("tombstone_case", "case_id"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    controller: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))
    year: Mapped[int] = mapped_column(Integer)
    system: Mapped[str] = mapped_column(String(31))
    activity: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[str] = mapped_column(String(36))
    """No reference to a row: after a restore the case may be one that this database never had."""
    reference: Mapped[str] = mapped_column(String(20))
    erased_on: Mapped[str] = mapped_column(String(10))
    lifted_on: Mapped[str | None] = mapped_column(String(10))


# Processors that call back


class ProcessorCall(Base):
    """A call that was taken, by the digest of what was signed, so that it wakes nobody a second time."""

    __tablename__ = "processor_call"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    domain: Mapped[str] = mapped_column(String(253))
    called_at: Mapped[datetime] = mapped_column(Instant, index=True)
