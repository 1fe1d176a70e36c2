"""First light: the house's tables, claims and how they are proved, agents and their sessions."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json
from habeas.database.house import create_house, drop_house

revision = "0001"
down_revision = None

TABLES = ("claim", "asked", "channel", "challenge", "visit", "quota_use", "agent", "agent_session", "approval")


def upgrade() -> None:
    create_house(op.get_bind())
    _create_claims()
    _create_challenges()
    _create_agents()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    drop_house(op.get_bind())


def _create_claims() -> None:
    op.create_table(
        "claim",
        sa.Column("case", sa.String(36), primary_key=True),
        sa.Column("controller", sa.String(40), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("identifiers", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("forget_at", Instant, nullable=False, index=True),
        sa.Column("proved_at", Instant, nullable=True),
    )
    op.create_table(
        "asked",
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), primary_key=True),
        sa.Column("system", sa.String(32), primary_key=True),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False, index=True),
        sa.Column("outcome", sa.String(16), nullable=True),
    )
    op.create_table(
        "channel",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), nullable=False, unique=True),
        sa.Column("system", sa.String(32), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("found_at", Instant, nullable=False),
    )


def _create_challenges() -> None:
    op.create_table(
        "challenge",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(36), sa.ForeignKey("channel.id"), nullable=True),
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sa.Column("issued_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("most_tries", sa.Integer, nullable=False),
        sa.Column("consumed_at", Instant, nullable=True),
    )
    op.create_index("challenge_newest", "challenge", ["case", "purpose", "browser", "id"])
    op.create_table(
        "visit",
        sa.Column("case", sa.String(36), sa.ForeignKey("claim.case"), primary_key=True),
        sa.Column("browser", sa.String(64), primary_key=True),
        sa.Column("until", Instant, nullable=False),
    )
    op.create_table(
        "quota_use",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("uses", Json, nullable=False),
        sa.Column("until", Instant, nullable=False, index=True),
    )


def _create_agents() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("email_key", sa.String(64), nullable=False, unique=True),
        sa.Column("details", sa.LargeBinary, nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("added_at", Instant, nullable=False),
        sa.Column("disabled_at", Instant, nullable=True),
    )
    op.create_table(
        "agent_session",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("agent", sa.String(36), sa.ForeignKey("agent.id"), nullable=False, index=True),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("began_at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case", sa.String(36), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(36), sa.ForeignKey("agent.id"), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("given_at", Instant, nullable=False),
        sa.UniqueConstraint("person", "digest", name="approval_once"),
    )
