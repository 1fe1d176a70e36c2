"""The SQL connector keeps the promise of connectors, on SQLite, PostgreSQL and MariaDB."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from connector_shop import ALL_OF_ANN, ANN, BOB, connect, make_shop, shop_map

from habeas.sdk import Connector, Subject
from habeas.testing.connector_contract import ConnectorContract, Item
from habeas.testing.connector_contract.given import Correct
from habeas.testing.servers.mariadb import Mariadb
from habeas.testing.servers.postgres import Postgres


class _OnSql(ConnectorContract):
    @pytest.fixture
    def url(self) -> str:
        raise NotImplementedError("give a fixture url")

    @pytest.fixture
    def engine(self, url: str) -> sa.Engine:
        return make_shop(url)

    @pytest.fixture
    def connector(self, engine: sa.Engine, url: str, tmp_path: Path) -> Connector:
        return connect(url, tmp_path, shop_map(sqlite=engine.dialect.name == "sqlite"))

    @pytest.fixture
    def person(self) -> Subject:
        return ANN

    @pytest.fixture
    def stranger(self, engine: sa.Engine) -> Subject:
        with engine.begin() as connection:  # the contract's stranger has nothing in common with the person
            connection.exec_driver_sql("UPDATE customer SET address_id = 2 WHERE id = 2")
            connection.exec_driver_sql("UPDATE orders SET address_id = 2 WHERE id = 20")
        return BOB

    @pytest.fixture
    def expected(self) -> set[Item]:
        return ALL_OF_ANN

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("orders", "10"), ("item", '["10","1"]'), ("item", '["10","2"]')}

    @pytest.fixture
    def change(self, engine: sa.Engine) -> Callable[[], Item]:
        def change_order() -> Item:
            with engine.begin() as connection:
                connection.exec_driver_sql("UPDATE orders SET total = 99 WHERE id = 11")
            return ("orders", "11")

        return change_order

    @pytest.fixture
    def many(self, monkeypatch: pytest.MonkeyPatch) -> Subject:
        monkeypatch.setattr("habeas.connectors.sql.walk.MARK_EVERY", 2)
        return ANN

    @pytest.fixture
    def correct(self) -> Correct:
        return ("customer", "1"), {"name": "Anne", "created": "2024-02-01"}


class TestOnSqlite(_OnSql):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/shop.db"


@pytest.mark.servers
class TestOnPostgres(_OnSql):
    @pytest.fixture
    def url(self, postgres: Postgres) -> str:
        return postgres.fresh_database()


@pytest.mark.servers
class TestOnMariadb(_OnSql):
    @pytest.fixture
    def url(self, mariadb: Mariadb) -> str:
        return mariadb.fresh_database()
