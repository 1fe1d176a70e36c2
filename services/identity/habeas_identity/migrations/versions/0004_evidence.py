"""Evidence that a person brings: what came, what it was made of, when it goes, and who looked."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, index=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=True),
        sa.Column("stored", sa.Boolean, nullable=False),
        sa.Column("media", sa.String(8), nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("offered_at", Instant, nullable=False),
        sa.Column("destroy_at", Instant, nullable=False, index=True),
        sa.Column("ended_at", Instant, nullable=True),
    )
    op.create_index("evidence_of", "evidence", ["case", "offered_at"])
    op.create_table(
        "evidence_look",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("evidence", sa.String(36), sa.ForeignKey("evidence.id"), nullable=False, index=True),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("agent", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("minted_at", Instant, nullable=False),
        sa.Column("used_at", Instant, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("evidence_look")
    op.drop_table("evidence")
