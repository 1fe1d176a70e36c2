"""For which controllers a program may open cases."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Json

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Until now every key was good for all.
    with op.batch_alter_table("api_key") as key:
        key.add_column(sa.Column("controllers", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("api_key") as key:
        key.drop_column("controllers")
