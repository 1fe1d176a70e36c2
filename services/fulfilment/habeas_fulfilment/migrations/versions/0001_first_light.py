"""First light: the house's tables, cases, orders, plans and answers."""

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
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("controller", sa.String(80), nullable=False),
        sa.Column("rights", Json, nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("respond_by", Json, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("private_key", sa.LargeBinary, nullable=False),
        sa.Column("proof", Json, nullable=True),
        sa.Column("identifiers", sa.LargeBinary, nullable=True),
        sa.Column("proved_at", Instant, nullable=True),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("forgotten_at", Instant, nullable=True),
        sa.Column("round", sa.Integer, nullable=False),
    )
    op.create_table(
        "ended_session",
        sa.Column("session_id", sa.String(64), primary_key=True),
        sa.Column("ended_at", Instant, nullable=False),
    )
    op.create_table(
        "used_grant",
        sa.Column("grant_id", sa.String(64), primary_key=True),
        sa.Column("asked_right", sa.String(20), primary_key=True),
        sa.Column("used_at", Instant, nullable=False),
    )
    op.create_table(
        "answer",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("asked_right", sa.String(20), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("key", sa.String(200), nullable=True),
        sa.Column("content_key", sa.LargeBinary, nullable=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("manifest", sa.String(64), nullable=False),
        sa.Column("made_at", Instant, nullable=True),
        sa.Column("until", Instant, nullable=True),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_table(
        "plan",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("approvals", sa.Integer, nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("decided", sa.LargeBinary, nullable=False),
        sa.Column("frozen_at", Instant, nullable=False),
        sa.Column("approved_at", Instant, nullable=True),
        sa.Column("erase_at", Instant, nullable=True),
    )
    op.create_table(
        "plan_approval",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("statement", Json, nullable=False),
        sa.Column("approved_at", Instant, nullable=False),
    )
    op.create_table(
        "plan_line",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("system", sa.String(31), nullable=False),
        sa.Column("activity", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("decision", sa.String(10), nullable=False),
        sa.Column("ground", sa.String(500), nullable=False),
        sa.Column("law", sa.String(200), nullable=False),
        sa.Column("until", sa.String(10), nullable=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "system_order",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("task", sa.String(10), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("system", sa.String(31), nullable=False),
        sa.Column("operation", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("given_at", Instant, nullable=False),
        sa.Column("answered_at", Instant, nullable=True),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("counts", Json, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=True),
        sa.Column("parts", Json, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("final", sa.Boolean, nullable=False),
    )
    op.create_index("system_order_case", "system_order", ["case_id", "task", "round"])
    op.create_table(
        "upload",
        sa.Column("order_id", sa.String(36), sa.ForeignKey("system_order.id"), primary_key=True),
        sa.Column("part", sa.String(80), primary_key=True),
        sa.Column("key", sa.String(200), nullable=False, unique=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("uploaded_at", Instant, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "upload",
        "system_order",
        "plan_line",
        "plan_approval",
        "plan",
        "answer",
        "used_grant",
        "ended_session",
        "case_file",
    ):
        op.drop_table(table)
    drop_house(op.get_bind())
