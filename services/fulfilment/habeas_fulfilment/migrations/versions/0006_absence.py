"""Absence: looks after an erasure, and tombstones."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "absence_watch",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("erased_at", Instant, nullable=False),
        sa.Column("look", sa.Integer, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("next_at", Instant, nullable=True),
        sa.Column("looked_at", Instant, nullable=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("private_key", sa.LargeBinary, nullable=False),
        sa.Column("person", sa.LargeBinary, nullable=False),
        sa.Column("records", sa.LargeBinary, nullable=False),
        sa.Column("forgotten_at", Instant, nullable=True),
    )
    op.create_table(
        "absence_look",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("system", sa.String(31), primary_key=True),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("looked_at", Instant, nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("left_there", sa.LargeBinary, nullable=True),
        sa.Column("decided", sa.String(10), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
    )
    op.create_table(
        "tombstone",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("controller", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("system", sa.String(31), nullable=False),
        sa.Column("activity", sa.String(40), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("erased_on", sa.String(10), nullable=False),
        sa.Column("lifted_on", sa.String(10), nullable=True),
        sa.UniqueConstraint("controller", "digest", "system", "activity", "case_id", name="tombstone_once"),
    )
    op.create_index("tombstone_case", "tombstone", ["case_id"])


def downgrade() -> None:
    for table in ("tombstone", "absence_look", "absence_watch"):
        op.drop_table(table)
