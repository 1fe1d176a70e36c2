"""Freezing: a case whose person said that they had not asked stands still."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Added as it is, without making the table anew: others refer to its rows.
    op.add_column("case_file", sa.Column("frozen_at", Instant, nullable=True))


def downgrade() -> None:
    op.drop_column("case_file", "frozen_at")
