"""Fulfilment's tables: what the migrations make is what the models say, up, down and up again."""

from sqlalchemy import inspect, text

from habeas.database.house import create_house
from habeas.database.migration import downgrade, upgrade
from habeas_fulfilment.models import Base


def shape(connection):
    """Describe every table of the service: columns, types, nullability, keys, indexes."""
    inspector = inspect(connection)
    return {
        table: (
            [(each["name"], str(each["type"]), each["nullable"]) for each in inspector.get_columns(table)],
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted((each["constrained_columns"], each["referred_table"]) for each in inspector.get_foreign_keys(table)),
            sorted(
                (tuple(each["column_names"]), bool(each["unique"]))
                for each in inspector.get_indexes(table)
                if not each.get("duplicates_constraint")
            ),
            sorted(each["column_names"] for each in inspector.get_unique_constraints(table)),
        )
        for table in sorted(inspector.get_table_names())
        if table in Base.metadata.tables
    }


def test_the_migrations_make_what_the_models_say(desk):
    with desk.context.database.engine.connect() as connection:
        made = shape(connection)
    assert made.keys() == Base.metadata.tables.keys()
    downgrade(desk.context, "base")
    with desk.context.database.engine.begin() as connection:
        create_house(connection)
        Base.metadata.create_all(connection)
    with desk.context.database.engine.connect() as connection:
        assert shape(connection) == made


def test_the_migrations_go_up_down_and_up_with_data(desk):
    desk.planned("access", "erasure")
    with desk.context.database.engine.connect() as connection:
        before = shape(connection)
    downgrade(desk.context, "base")
    with desk.context.database.engine.connect() as connection:
        left = set(inspect(connection).get_table_names()) - {"alembic_version"}
        assert left == set()
    upgrade(desk.context)
    with desk.context.database.engine.connect() as connection:
        assert shape(connection) == before
        assert connection.execute(text("SELECT count(*) FROM case_file")).scalar() == 0
