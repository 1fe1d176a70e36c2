"""Quotas: never more than they allow within any window, however many count at once, and of several all or none."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.orm import DeclarativeBase

from habeas.database import Database
from habeas.web.addresses import prefix_of
from habeas.work.quotas import Quota, Uses, forget_uses, spend, spend_all, start_over

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FEW = Quota("few", 3, timedelta(days=1))
MANY = Quota("many", 500, timedelta(hours=1))


class Base(DeclarativeBase):
    """The tables of a service that counts."""


class QuotaUse(Uses, Base):
    """Its counts."""

    __tablename__ = "quota_use"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/quotas.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").fresh_database()
    made = Database(url, "quotas")
    with made.engine.begin() as connection:
        if request.param == "postgresql":
            connection.execute(text("CREATE SCHEMA quotas"))
        Base.metadata.create_all(connection)
    yield made
    made.close()


def count(database: Database, quota: Quota, now: datetime, key: str = "k") -> bool:
    with database.session() as session:
        return spend(session, quota, key, now)


def kept(database: Database) -> dict[str, int]:
    """How much is counted under each quota."""
    with database.reading() as session:
        rows = session.execute(select(QuotaUse.name, QuotaUse.uses)).all()
    return {name: sum(times for _, times in uses) for name, uses in rows}


def test_a_quota_lets_so_many_through_and_again_when_the_window_has_passed(database: Database) -> None:
    assert [count(database, FEW, NOW + timedelta(hours=number)) for number in range(5)] == [True] * 3 + [False] * 2
    assert not count(database, FEW, NOW + timedelta(days=1, seconds=-1))
    assert count(database, FEW, NOW + timedelta(days=1))
    assert not count(database, FEW, NOW + timedelta(days=1))
    assert count(database, FEW, NOW, key="another")


def test_whoever_knocks_on_does_not_lock_the_door_for_longer(database: Database) -> None:
    for _ in range(3):
        count(database, FEW, NOW)
    for minutes in range(0, 24 * 60, 60):
        assert not count(database, FEW, NOW + timedelta(minutes=minutes))
    assert count(database, FEW, NOW + timedelta(days=1))


def test_of_fifty_at_once_as_many_get_through_as_may(database: Database) -> None:
    """Case 35: a counter in the memory of each process would let each of them through as many."""
    with ThreadPoolExecutor(50) as pool:
        got = list(pool.map(lambda _: count(database, FEW, NOW), range(50)))
    assert got.count(True) == 3
    assert kept(database) == {"few": 3}


def test_several_quotas_are_counted_all_or_none(database: Database) -> None:
    """Who is over one of them uses up nobody else's allowance."""
    for _ in range(3):
        with database.session() as session:
            assert spend_all(session, [(FEW, "k"), (MANY, "all")], NOW) is None
    for _ in range(20):
        with database.session() as session:
            assert spend_all(session, [(FEW, "k"), (MANY, "all")], NOW) == FEW
    assert kept(database) == {"few": 3, "many": 3}
    with database.session() as session:
        assert spend_all(session, [], NOW) is None
        assert spend_all(session, [(MANY, "all"), (MANY, "all")], NOW) is None
    assert kept(database)["many"] == 4


def test_two_that_take_the_same_quotas_in_another_order_never_wait_for_ever(database: Database) -> None:
    pairs = [(FEW, str(number)) for number in range(6)]

    def take(number: int) -> None:
        with database.session() as session:
            spend_all(session, pairs if number % 2 else pairs[::-1], NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, range(60)))
    assert kept(database)["few"] == 3


def test_it_costs_the_same_statements_whether_it_allows_it_or_not(database: Database) -> None:
    done: list[list[str]] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        done[-1].append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    for _ in range(5):
        done.append([])
        with database.session() as session:
            spend_all(session, [(FEW, "k"), (MANY, "all")], NOW)
    assert all(each == done[0] for each in done)
    assert len([each for each in done[0] if "quota_use" in each]) == 2


def test_many_uses_take_little_room_and_never_too_few_are_counted(database: Database) -> None:
    got = [count(database, MANY, NOW + timedelta(milliseconds=number * 1500)) for number in range(2400)]
    allowed = [number for number, each in enumerate(got) if each]
    assert len(allowed) == 500
    with database.reading() as session:
        assert len(session.scalars(select(QuotaUse.uses)).one()) <= 101
    assert count(database, MANY, NOW + timedelta(hours=1, seconds=36))


@given(st.lists(st.integers(min_value=0, max_value=200), min_size=1, max_size=60))
def test_no_window_holds_more_than_it_may(pauses: list[int]) -> None:
    quota, moment, through = Quota("q", 150, timedelta(seconds=1)), NOW, list[datetime]()
    database = Database("sqlite://", "quotas")
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
    with database.session() as session:
        for pause in pauses:
            moment += timedelta(milliseconds=pause)
            through += [moment for _ in range(10) if spend(session, quota, "k", moment)]
    database.close()
    for first in through:
        assert sum(first <= each < first + quota.window for each in through) <= quota.most


def test_what_no_longer_counts_is_forgotten(database: Database) -> None:
    count(database, FEW, NOW)
    with database.session() as session:
        forget_uses(session, NOW + timedelta(hours=23))
    assert kept(database) == {"few": 1}
    with database.session() as session:
        forget_uses(session, NOW + timedelta(days=1, seconds=1))
    assert kept(database) == {}


def test_a_count_starts_over_for_its_own_key_alone(database: Database) -> None:
    count(database, FEW, NOW, "one")
    count(database, FEW, NOW, "two")
    with database.session() as session:
        start_over(session, FEW, "one")
    with database.reading() as session:
        assert list(session.scalars(select(QuotaUse.key))) == ["two"]


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("203.0.114.9", "203.0.114.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:7:1::1", "2001:db8:7::/48"),
        ("2001:db8:7:ffff:1:2:3:4", "2001:db8:7::/48"),
        ("2001:db8:8::1", "2001:db8:8::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("127.0.0.1", ""),
        ("127.1.2.3", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("", ""),
        ("203.0.113.9, 198.51.100.7", "unknown"),
        ("localhost", "unknown"),
    ],
)
def test_an_address_is_counted_by_the_network_that_one_subscriber_has(address: str, prefix: str) -> None:
    """Case 35: a subscriber with 2**80 addresses is one subscriber."""
    assert prefix_of(address) == prefix
