"""Texts: which block of numbers one went to, and what kind a letter of the local inbox is."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("sent") as sent:
        sent.add_column(sa.Column("block", sa.String(64), nullable=False, server_default=""))
        sent.create_index("sent_to_block", ["block", "at"])
    with op.batch_alter_table("inbox_mail") as mail:
        mail.add_column(sa.Column("kind", sa.String(4), nullable=False, server_default="mail"))


def downgrade() -> None:
    op.execute("DELETE FROM inbox_mail WHERE kind <> 'mail'")
    with op.batch_alter_table("inbox_mail") as mail:
        mail.drop_column("kind")
    with op.batch_alter_table("sent") as sent:
        sent.drop_index("sent_to_block")
        sent.drop_column("block")
