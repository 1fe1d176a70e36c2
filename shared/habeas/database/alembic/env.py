"""What Alembic runs: the steps of one service on the connection it was given, in that connection's transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
