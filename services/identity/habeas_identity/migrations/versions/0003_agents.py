"""How agents show who they are: providers, passkeys, how a session began, and grants that are good once."""

import sqlalchemy as sa
from alembic import op

from habeas.database import Instant, Json

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("agent") as agent:
        agent.alter_column("password", existing_type=sa.String(200), nullable=True)
        agent.add_column(sa.Column("issuer", sa.String(255), nullable=True))
        agent.add_column(sa.Column("subject", sa.String(64), nullable=True))
        # Until now everybody worked for all.
        agent.add_column(sa.Column("controllers", Json, nullable=False, server_default="[]"))
        agent.create_unique_constraint("agent_of_provider", ["issuer", "subject"])
    _say_how_sessions_began()
    _create_passkeys()
    _create_sign_ins()
    op.create_table(
        "enrollment",
        sa.Column("agent", sa.String(36), sa.ForeignKey("agent.id"), primary_key=True),
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant, nullable=True),
    )
    op.create_table(
        "used_grant",
        sa.Column("grant", sa.String(36), primary_key=True),
        sa.Column("used_at", Instant, nullable=False),
    )


def downgrade() -> None:
    for table in ("used_grant", "enrollment", "begun_sign_in", "passkey_challenge", "passkey"):
        op.drop_table(table)
    with op.batch_alter_table("agent_session") as session:
        session.drop_column("authenticated_at")
        session.drop_column("method")
    # No password fits an empty hash: whoever has none signs in by nothing that was there before.
    op.execute("UPDATE agent SET password = '' WHERE password IS NULL")
    with op.batch_alter_table("agent") as agent:
        agent.drop_constraint("agent_of_provider", type_="unique")
        agent.drop_column("controllers")
        agent.drop_column("subject")
        agent.drop_column("issuer")
        agent.alter_column("password", existing_type=sa.String(200), nullable=False)


def _say_how_sessions_began() -> None:
    with op.batch_alter_table("agent_session") as session:
        # Until now there were passwords alone.
        session.add_column(sa.Column("method", sa.String(10), nullable=False, server_default="password"))
        session.add_column(sa.Column("authenticated_at", Instant, nullable=True))
    op.execute("UPDATE agent_session SET authenticated_at = began_at")
    with op.batch_alter_table("agent_session") as session:
        session.alter_column("method", existing_type=sa.String(10), server_default=None)
        session.alter_column("authenticated_at", existing_type=Instant(), nullable=False)


def _create_passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("agent", sa.String(36), sa.ForeignKey("agent.id"), nullable=False, index=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
        sa.Column("added_at", Instant, nullable=False),
        sa.Column("used_at", Instant, nullable=True),
    )
    op.create_table(
        "passkey_challenge",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("challenge", sa.LargeBinary, nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("act", sa.String(100), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(36), sa.ForeignKey("agent.id"), nullable=True),
        sa.Column("expires_at", Instant, nullable=False, index=True),
        sa.Column("used_at", Instant, nullable=True),
    )


def _create_sign_ins() -> None:
    op.create_table(
        "begun_sign_in",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("case", sa.String(36), nullable=False),
        sa.Column("wanted", Json, nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False, index=True),
        sa.Column("used_at", Instant, nullable=True),
    )
