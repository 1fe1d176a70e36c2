"""Limits on floods: uses of a quota within one moment are kept as one entry with a number."""

from alembic import op

revision = "0007"
down_revision = "0006"

# What was counted is forgotten, either way: the longest window is a day, and an upgrade is no flood.
_START_OVER = "DELETE FROM quota_use"


def upgrade() -> None:
    op.execute(_START_OVER)


def downgrade() -> None:
    op.execute(_START_OVER)
