"""After the proof: codes that stop a case, cases that stand still, and addresses that change."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "stop_code",
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), primary_key=True),
        sa.Column("mark", sa.LargeBinary, primary_key=True),
        sa.Column("expires_at", Instant, nullable=False),
    )
    op.create_table(
        "frozen_case",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), nullable=False),
        sa.Column("by", sa.String(36), nullable=False),
        sa.Column("frozen_at", Instant, nullable=False),
        sa.Column("contested_at", Instant, nullable=True),
        sa.Column("reached", sa.String(2), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=True),
        sa.Column("confirmed_by", sa.String(64), nullable=True),
        sa.Column("thawed_at", Instant, nullable=True),
    )
    op.create_index("frozen_case_now", "frozen_case", ["case", "thawed_at"])
    _create_address_changes()


def downgrade() -> None:
    for table in ("address_change", "frozen_case", "stop_code"):
        op.drop_table(table)


def _create_address_changes() -> None:
    op.create_table(
        "address_change",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("was", sa.String(64), nullable=False),
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("hold_until", Instant, nullable=True),
        sa.Column("ended_at", Instant, nullable=True),
    )
    op.create_index("address_change_of", "address_change", ["case", "state"])
    op.create_index("address_change_due", "address_change", ["state", "hold_until"])
