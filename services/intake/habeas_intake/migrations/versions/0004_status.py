"""Where a case stands, as its person sees it: the secret that shows it, who cannot be identified, who stopped it."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "case_status",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("unidentified_at", Instant, nullable=True),
        sa.Column("unidentified_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("frozen_at", Instant, nullable=True),
        sa.Column("contested_at", Instant, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("case_status")
