"""Who works on which case, and who there is to work on one."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Json

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("case_file", sa.Column("assigned_to", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "colleague",
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("controllers", Json, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("colleague")
    op.drop_column("case_file", "assigned_to")
