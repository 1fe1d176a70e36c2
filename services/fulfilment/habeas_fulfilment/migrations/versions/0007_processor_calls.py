"""Processors that call back."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "processor_call",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("called_at", Instant, nullable=False),
    )
    op.create_index("ix_processor_call_called_at", "processor_call", ["called_at"])


def downgrade() -> None:
    op.drop_table("processor_call")
