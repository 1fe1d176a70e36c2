"""Where identity's tables are declared."""

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """The tables of identity."""
