"""Authorised agents: keys that sign, the nonces they used, and for whom a case was opened."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant

revision = "0005"
down_revision = "0004"

_ADDED = (
    ("case_file", "closed_to_agent"),
    ("case_file", "capacity"),
    ("api_key", "cases_a_day"),
    ("api_key", "public_key"),
)


def upgrade() -> None:
    with op.batch_alter_table("api_key") as key:
        key.add_column(sa.Column("public_key", sa.String(44), nullable=False, server_default=""))
        key.add_column(sa.Column("cases_a_day", sa.Integer, nullable=False, server_default="0"))
    with op.batch_alter_table("case_file") as case:
        case.add_column(sa.Column("capacity", sa.String(10), nullable=False, server_default="self"))
        case.add_column(sa.Column("closed_to_agent", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("case_file_opened_by", "case_file", ["opened_by", "opened_at"])
    op.create_table(
        "used_nonce",
        sa.Column("agent", sa.String(40), primary_key=True),
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("until", Instant, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("used_nonce")
    op.drop_index("case_file_opened_by", "case_file")
    for table, column in _ADDED:
        op.drop_column(table, column)
