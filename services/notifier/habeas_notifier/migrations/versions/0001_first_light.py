"""First light: the house's tables, correspondence, what was sent, and the local inbox."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant
from habeas.database.house import create_house, drop_house

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_house(op.get_bind())
    op.create_table(
        "correspondence",
        sa.Column("case_id", sa.String(36), primary_key=True),
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("controller", sa.String(80), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("address", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "sent",
        sa.Column("letter", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("message", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_index("sent_to", "sent", ["recipient", "at"])
    op.create_table(
        "inbox_mail",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("mail", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for table in ("inbox_mail", "sent", "correspondence"):
        op.drop_table(table)
    drop_house(op.get_bind())
