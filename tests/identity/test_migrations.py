"""The migrations make what the models say, and go down and up again with data in the tables."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from tests.identity.conftest import BROWSER, Desk

from habeas.database.house import MODULES
from habeas.database.migration import downgrade, upgrade
from habeas.database.types import House
from habeas_identity.models import Base
from habeas_identity.sign_ins import AGENT, begin_sign_in


def test_the_migrations_make_what_the_models_say(desk: Desk) -> None:
    assert MODULES
    with desk.context.database.engine.connect() as connection:
        settings = {"compare_type": True, "include_name": lambda name, kind, _: kind != "schema" or name is None}
        migrations = MigrationContext.configure(connection, opts=settings)
        assert compare_metadata(migrations, [House.metadata, Base.metadata]) == []


def test_the_tables_go_down_and_up_again_with_data_in_them(desk: Desk) -> None:
    desk.found()
    desk.hire("approver@example.com")
    with desk.context.transaction() as tx:
        assert begin_sign_in(tx, "company-login", AGENT, BROWSER)
    downgrade(desk.context, "base")
    left = inspect(desk.context.database.engine).get_table_names()
    assert not set(left) & (set(Base.metadata.tables) | set(House.metadata.tables))
    upgrade(desk.context)
    assert desk.codes(desk.found()) != []
