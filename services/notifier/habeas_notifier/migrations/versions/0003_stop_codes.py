"""Stop codes: what stands in a case's letters, so that their reader can stop what they never asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("correspondence", sa.Column("stop", sa.LargeBinary, nullable=True))


def downgrade() -> None:
    op.drop_column("correspondence", "stop")
