"""Random schemas with all that makes a map hard: odd names, circles, missing keys, and links nobody declared."""

import random

import sqlalchemy as sa

#: Stands in every value that is put into a row, so that a value which gets out is seen.
MARK = "zqx"

_TABLES = (
    "customer", "customers", "kunder", "users", "Employees", "members", "orders", "order", "OrderItems", "invoice",
    "addresses", "products", "categories", "audit_log", "settings", "notes", "contacts", "sessions", "null", "my table",
    "weird.name", "Ünïcode", "select", "events", "uporabniki", "alembic_version", "1st", "a-b", "yes",
)  # fmt: skip
_COLUMNS = (
    "email", "e_mail", "backup_email", "name", "first_name", "phone", "password_hash", "street", "city", "notes",
    "created_at", "born_on", "ip_address", "number", "status", "price", "photo", "no", "a,b", "x -> y", " padded",
    "weird.column", "Ort", "geburtsdatum", "customer_id", "user_id", "order_no", "epost", "personnummer", "data",
    "quo\"te", "updated_at", "created_by", "title",
)  # fmt: skip
_TYPES = (sa.Integer, sa.Text, sa.String(120), sa.String(8), sa.Date, sa.DateTime, sa.LargeBinary, sa.Boolean,
          sa.Numeric(10, 2), sa.String(2))  # fmt: skip


def random_schema(chance: random.Random, *, short_texts: bool = False) -> sa.MetaData:
    """Two to nine tables; some refer to each other, to themselves or in circles.

    With `short_texts` texts have a length, without which MariaDB makes no key of them.
    """
    metadata = sa.MetaData()
    chosen = chance.sample(_TABLES, chance.randint(2, 9))
    tables = [_random_table(chance, metadata, name) for name in chosen]
    for number, table in enumerate(tables):
        for _ in range(chance.choice((0, 1, 1, 2))):
            other = chance.choice(tables)
            key = list(other.primary_key.columns)
            if len(key) != 1:
                continue
            name = f"{chance.choice((other.name, 'ref', 'created_by', 'parent'))}_id"
            if name in table.c:
                continue
            column: sa.Column[object] = sa.Column(name, key[0].type, nullable=chance.random() < 0.6)
            table.append_column(column)
            if chance.random() < 0.2:
                table.append_constraint(sa.UniqueConstraint(column, name=f"u{number}_{len(table.c)}"))
            if chance.random() < 0.75:
                label = f"f{number}_{len(table.c)}"
                table.append_constraint(sa.ForeignKeyConstraint([column], [key[0]], name=label, use_alter=True))
    return _shortened(metadata) if short_texts else metadata


def _shortened(metadata: sa.MetaData) -> sa.MetaData:
    shorter = sa.MetaData()
    for table in metadata.tables.values():
        copied = table.to_metadata(shorter)
        for column in copied.columns:
            if isinstance(column.type, sa.Text):
                column.type = sa.String(200)
    return shorter


def _random_table(chance: random.Random, metadata: sa.MetaData, name: str) -> sa.Table:
    columns: list[sa.Column[object]] = []
    keyed = chance.random()
    if keyed < 0.75:
        columns.append(sa.Column("id", chance.choice((sa.Integer, sa.String(36))), primary_key=True))
    elif keyed < 0.85:
        columns += [sa.Column(each, sa.Integer, primary_key=True, autoincrement=False) for each in ("one", "two")]
    elif keyed < 0.9:
        columns.append(sa.Column("code", sa.String(20), nullable=chance.random() < 0.5, unique=True))
    for column in chance.sample(_COLUMNS, chance.randint(1, 7)):
        fitting = sa.String(200) if chance.random() < 0.5 else chance.choice(_TYPES)
        unique = chance.random() < 0.1
        columns.append(sa.Column(column, fitting, nullable=chance.random() < 0.6, unique=unique))
    return sa.Table(name, metadata, *columns)


def fill(connection: sa.Connection, metadata: sa.MetaData, chance: random.Random, rows: int) -> int:
    """Puts up to that many rows into each table, where its rules allow; gives how many came in."""
    came = 0
    for table in metadata.tables.values():
        for number in range(rows):
            values = {column.name: _value(chance, column, number) for column in table.columns}
            try:
                with connection.begin_nested():
                    connection.execute(sa.insert(table).values(values))
                came += 1
            except sa.exc.DBAPIError:
                continue
    return came


def _value(chance: random.Random, column: sa.Column[object], number: int) -> object:
    import datetime as dt

    if column.nullable and chance.random() < 0.2:
        return None
    match column.type:
        case sa.String() if column.type.length is not None and column.type.length < 30:
            return str(number)
        case sa.String() if column.primary_key or column.name.endswith("_id"):
            return f"{MARK}{number}"
        case sa.String():
            forms = (
                f"{MARK}{number}@example.com",
                f"{MARK} words of several kinds stand here {number}",
                f"{MARK}{number}",
            )
            return forms[len(column.name) % 3]
        case sa.DateTime():
            return dt.datetime(2026, 1, 1 + number % 28, tzinfo=dt.UTC).replace(tzinfo=None)
        case sa.Date():
            return dt.date(2026, 1, 1 + number % 28)
        case sa.LargeBinary():
            return f"{MARK}{number}".encode()
        case sa.Boolean():
            return bool(number % 2)
    return number
