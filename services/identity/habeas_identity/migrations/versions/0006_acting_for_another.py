"""Whoever acts for another: assertions that were used, mandates, calls, and what two people vouch for."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant

revision = "0006"
down_revision = "0005"

TABLES = ("used_assertion", "mandate", "call_back", "vouch")


def upgrade() -> None:
    op.add_column("claim", sa.Column("capacity", sa.String(10), nullable=False, server_default="self"))
    op.create_table(
        "used_assertion",
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("until", Instant, nullable=False, index=True),
    )
    op.create_table(
        "mandate",
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("given", sa.Boolean, nullable=True),
        sa.Column("answered_at", Instant, nullable=True),
    )
    op.create_table(
        "call_back",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sa.Column("shown_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("consumed_at", Instant, nullable=True),
        sa.Column("heard_by", sa.String(64), nullable=True),
    )
    op.create_index("call_back_newest", "call_back", ["case", "shown_at"])
    op.create_table(
        "vouch",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("said_at", Instant, nullable=False),
        sa.Column("used_at", Instant, nullable=True),
        sa.UniqueConstraint("case", "person", name="vouch_once"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("claim", "capacity")
