"""Proofs that add up: what a claim needs, several stored addresses a claim, and the proofs that were given."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json

revision = "0002"
down_revision = "0001"

_OLD = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
"""The name that the unnamed constraint of 0001 goes by where a database did not name it."""


def upgrade() -> None:
    with op.batch_alter_table("claim") as claim:
        claim.add_column(sa.Column("rights", Json, nullable=False, server_default="[]"))
        # What is under way was asked for before there was a ladder: it needs as much as anything.
        claim.add_column(sa.Column("needed", sa.String(2), nullable=False, server_default="A2"))
    with op.batch_alter_table("claim") as claim:
        claim.alter_column("rights", server_default=None)
        claim.alter_column("needed", server_default=None)
    _let_channels_be_several()
    op.create_table(
        "given_proof",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("assurance", sa.String(2), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("given_at", Instant, nullable=False),
        sa.Column("used_at", Instant, nullable=True),
    )
    op.create_index("given_proof_of", "given_proof", ["case", "purpose", "browser"])


def downgrade() -> None:
    op.drop_table("given_proof")
    _let_channels_be_one()
    with op.batch_alter_table("claim") as claim:
        claim.drop_column("needed")
        claim.drop_column("rights")


def _let_channels_be_several() -> None:
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("channel", naming_convention=_OLD) as channel:
            channel.drop_constraint("uq_channel_case", type_="unique")
            channel.create_unique_constraint("channel_of_method", ["case", "method"])
    else:
        op.drop_constraint("channel_case_key", "channel", type_="unique")
        op.create_unique_constraint("channel_of_method", "channel", ["case", "method"])


def _let_channels_be_one() -> None:
    op.execute("DELETE FROM challenge WHERE channel IN (SELECT id FROM channel WHERE method != 'mailbox')")
    op.execute("DELETE FROM channel WHERE method != 'mailbox'")
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("channel", naming_convention=_OLD) as channel:
            channel.drop_constraint("channel_of_method", type_="unique")
            channel.create_unique_constraint("uq_channel_case", ["case"])
    else:
        op.drop_constraint("channel_of_method", "channel", type_="unique")
        op.create_unique_constraint("channel_case_key", "channel", ["case"])
