"""What comes after the proof: the codes that stop a case, the cases that stand still, and addresses that change."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import Instant
from habeas_identity.models.declared import Base


class StopCode(Base):
    """What stood in a letter to a stored address, and stops everything that is asked about its owner."""

    __tablename__ = "stop_code"

    case: Mapped[str] = mapped_column(ForeignKey("claim.case"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """HMAC-SHA-256 of the code under the pepper, bound to the case."""
    expires_at: Mapped[datetime] = mapped_column(Instant)


class FrozenCase(Base):
    """A case that stands still since its person said that they had not asked; and how that ended, if it has."""

    __tablename__ = "frozen_case"
    __table_args__ = (Index("frozen_case_now", "case", "thawed_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(ForeignKey("claim.case"))
    by: Mapped[str] = mapped_column(String(36))
    """The case whose stop code was typed, itself or another of the same person; or that it was withdrawn."""
    frozen_at: Mapped[datetime] = mapped_column(Instant)
    contested_at: Mapped[datetime | None] = mapped_column(Instant)
    """When somebody showed on the stored channels that it was them after all."""
    reached: Mapped[str] = mapped_column(String(2))
    """How far that reached; empty while nobody has."""
    reason: Mapped[str] = mapped_column(String(24))
    """Why it is to go on; empty while nobody says so."""
    proposed_by: Mapped[str | None] = mapped_column(String(64))
    """The person, not the account, who says so; another one has to confirm it."""
    confirmed_by: Mapped[str | None] = mapped_column(String(64))
    thawed_at: Mapped[datetime | None] = mapped_column(Instant)


class AddressChange(Base):
    """Another address that letters about a case are to go to; it counts after a hold in which it can be stopped."""

    __tablename__ = "address_change"
    __table_args__ = (Index("address_change_of", "case", "state"), Index("address_change_due", "state", "hold_until"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case: Mapped[str] = mapped_column(ForeignKey("claim.case"))
    browser: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    """asked (a code is on its way to the new address), held, done, stopped."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The new address; encrypted."""
    recipient: Mapped[str] = mapped_column(String(64))
    """Blind index of the new address."""
    was: Mapped[str] = mapped_column(String(64))
    """Blind index of the old one: a freeze by its owner still finds the case after the change."""
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    """Until when the code counts."""
    hold_until: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
