"""Limits on floods: what was opened lately, the holding pen, and refusals by two people."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json

revision = "0003"
down_revision = "0002"

_PLACES = (("held", 12), ("held_from", 64), ("held_like", 64))


def upgrade() -> None:
    op.create_table(
        "quota_use",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("uses", Json, nullable=False),
        sa.Column("until", Instant, nullable=False, index=True),
    )
    op.create_table(
        "flood_refusal",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("controller", sa.String(80), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", Instant, nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("refused_by", sa.String(64), nullable=False),
        sa.Column("refused_at", Instant, nullable=True),
    )
    # Columns are added as they are, without making the table anew: others refer to its rows.
    for name, length in _PLACES:
        op.add_column("case_file", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.add_column("case_file", sa.Column("refusal", sa.String(36), nullable=True))
    op.create_index("case_file_held", "case_file", ["held"])
    op.create_index("case_file_refusal", "case_file", ["refusal"])


def downgrade() -> None:
    op.drop_index("case_file_refusal", "case_file")
    op.drop_index("case_file_held", "case_file")
    op.drop_column("case_file", "refusal")
    for name, _ in reversed(_PLACES):
        op.drop_column("case_file", name)
    op.drop_table("flood_refusal")
    op.drop_table("quota_use")
