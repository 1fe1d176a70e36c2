"""Further identifiers that systems find, how far orders have come, and what was proved of connectors."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json

revision = "0003"
down_revision = "0002"

_COLUMNS = ("progress", "waiting", "waits_until", "told_at", "passport")


def upgrade() -> None:
    op.add_column("case_file", sa.Column("found", sa.LargeBinary(), nullable=True))
    types = (Json, sa.String(300), sa.String(40), Instant, Json)
    for name, kind in zip(_COLUMNS, types, strict=True):
        op.add_column("system_order", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name in _COLUMNS:
        op.drop_column("system_order", name)
    op.drop_column("case_file", "found")
