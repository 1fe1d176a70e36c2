"""Limits on processing: leases by purpose, and legal holds."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "processing_limit",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("controller", sa.String(80), nullable=False),
        sa.Column("asked_right", sa.String(20), nullable=False),
        sa.Column("activity", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("bases", Json, nullable=False),
        sa.Column("operation", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("until", Instant, nullable=True),
        sa.Column("notice", sa.String(10), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("ground", sa.LargeBinary, nullable=True),
        sa.Column("lifted_at", Instant, nullable=True),
    )
    op.create_index("processing_limit_case", "processing_limit", ["case_id"])
    op.create_table(
        "lease",
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("activity", sa.String(40), primary_key=True),
        sa.Column("limit_id", sa.String(36), sa.ForeignKey("processing_limit.id"), primary_key=True),
    )
    op.create_table(
        "program_key",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("added_at", Instant, nullable=False),
        sa.Column("controllers", Json, nullable=False),
        sa.Column("holds", sa.Boolean, nullable=False),
    )
    op.create_table(
        "subject_key_mark",
        sa.Column("controller", sa.String(80), primary_key=True),
        sa.Column("mark", sa.String(8), nullable=False),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("controller", sa.String(80), nullable=False),
        sa.Column("system", sa.String(31), nullable=False),
        sa.Column("activity", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("law", sa.String(200), nullable=False),
        sa.Column("set_by", sa.String(64), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("until", sa.String(10), nullable=True),
        sa.Column("lifted_by", sa.String(64), nullable=True),
        sa.Column("lifted_at", Instant, nullable=True),
        sa.Column("lifted_why", sa.String(300), nullable=False),
    )
    op.create_index("ix_legal_hold_controller", "legal_hold", ["controller"])
    op.create_table(
        "held_back",
        sa.Column("hold_id", sa.String(36), sa.ForeignKey("legal_hold.id"), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("resumed_at", Instant, nullable=True),
    )


def downgrade() -> None:
    for table in ("held_back", "legal_hold", "subject_key_mark", "program_key", "lease", "processing_limit"):
        op.drop_table(table)
