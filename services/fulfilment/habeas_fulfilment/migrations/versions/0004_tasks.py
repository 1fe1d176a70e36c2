"""Tasks for people: what systems without an API are asked for."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "person_task",
        sa.Column("order_id", sa.String(36), sa.ForeignKey("system_order.id"), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("parts", Json, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("counts", Json, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("done_by", sa.String(64), nullable=True),
        sa.Column("done_at", Instant, nullable=True),
        sa.Column("signed_by", sa.String(64), nullable=True),
        sa.Column("signed_at", Instant, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("person_task")
