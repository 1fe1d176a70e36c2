"""Sign-ins that were begun at a provider and have not come back yet."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import Instant, Json
from habeas_identity.models.declared import Base


class BegunSignIn(Base):
    """A browser that was sent to a provider; what it brings back is good once, in it, for ten minutes.

    Neither the state nor what is made of it (nonce, code verifier) can be had from this row.
    """

    __tablename__ = "begun_sign_in"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the state."""
    provider: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(String(16))
    """What a person's proof is for, or `agent`."""
    browser: Mapped[str] = mapped_column(String(64))
    case: Mapped[str] = mapped_column(String(36))
    """As the address named it, whether there is such a case or not; empty for an agent."""
    wanted: Mapped[dict[str, str]] = mapped_column(Json)
    """Where to go on to."""
    begun_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
