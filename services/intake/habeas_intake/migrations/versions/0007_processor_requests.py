"""Requests that controllers hand to us as their processor, and where they may be called back."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("api_key") as key:
        key.add_column(sa.Column("callbacks", Json, nullable=False, server_default="[]"))
    op.create_table(
        "processor_request",
        sa.Column("asked_by", sa.String(40), primary_key=True),
        sa.Column("number", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("callbacks", Json, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("cancelled_at", Instant),
        sa.Column("told", sa.String(12), nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
    )
    op.create_index("processor_request_open", "processor_request", ["open"])


def downgrade() -> None:
    op.drop_table("processor_request")
    with op.batch_alter_table("api_key") as key:
        key.drop_column("callbacks")
