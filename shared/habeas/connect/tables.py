"""What a runner remembers beside its letters: which orders it has taken, so that none is carried out twice."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import House, Instant


class TakenOrder(House):
    """An order that came in a valid letter; another letter with the same order is a replay."""

    __tablename__ = "taken_order"

    order: Mapped[str] = mapped_column("order_id", String(36), primary_key=True)
    letter: Mapped[str] = mapped_column(String(36))
    taken_at: Mapped[datetime] = mapped_column(Instant)
