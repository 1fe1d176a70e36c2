"""First light: the house's tables, cases with their rights and timeline, ended sessions, API keys."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json
from habeas.database.house import create_house, drop_house

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_house(op.get_bind())
    op.create_table(
        "case_file",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("reference", sa.String(20), nullable=False, unique=True),
        sa.Column("controller", sa.String(80), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("opened_by", sa.String(40), nullable=False),
        sa.Column("personal", sa.LargeBinary, nullable=False),
        sa.Column("unmatched", sa.String(200), nullable=False),
        sa.Column("failing", Json, nullable=False),
        sa.Column("extension", Json, nullable=True),
        sa.Column("extension_words", sa.LargeBinary, nullable=True),
        sa.Column("complaint", Json, nullable=True),
        sa.Column("complaint_words", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "case_right",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("right", sa.String(24), primary_key=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("respond_by", sa.Date, nullable=False),
        sa.Column("refuse_by", sa.Date, nullable=False),
        sa.Column("target_on", sa.Date, nullable=False),
        sa.Column("ends_at", Instant, nullable=False),
        sa.Column("steps", Json, nullable=False),
        sa.Column("plan", sa.String(64), nullable=False),
        sa.Column("approvals_needed", sa.Integer, nullable=False),
        sa.Column("answered_at", Instant, nullable=True),
    )
    op.create_index("case_right_due", "case_right", ["open", "respond_by"])
    op.create_table(
        "timeline",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("facts", Json, nullable=False),
    )
    op.create_index("timeline_case", "timeline", ["case_id", "id"])
    op.create_table(
        "ended_session",
        sa.Column("session", sa.String(64), primary_key=True),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_table(
        "api_key",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("added_at", Instant, nullable=False),
    )


def downgrade() -> None:
    for table in ("api_key", "ended_session", "timeline", "case_right", "case_file"):
        op.drop_table(table)
    drop_house(op.get_bind())
