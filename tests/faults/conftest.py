"""Houses under fire: embedded and split, each with a supervisor, and with witnesses in the company's systems."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from habeas.testing.faults.journey import Office
from habeas.testing.faults.keeper import Keeper
from habeas.testing.faults.plans import Plans
from habeas.testing.faults.records import Archive, open_archive
from habeas.testing.faults.trial import Range, prepare_company
from habeas.testing.faults.witness import Company
from habeas.testing.running import EmbeddedHouse, House, SplitHouse, make_company
from habeas.testing.servers.postgres import PrivatePostgres
from habeas.testing.servers.proxy import FaultProxy
from habeas.testing.servers.rabbitmq import PrivateRabbit
from habeas.testing.servers.server import Server
from habeas.testing.servers.smtp import SmtpSink
from habeas.vocabulary import SERVICES, participant_of

SAMPLE = Path(__file__).parents[2] / "examples" / "sample-company"
QUICK = {"HABEAS_RETRY_SECONDS": "0.2", "HABEAS_LEASE_SECONDS": "3"}
PEOPLE = 400


@dataclass
class ProxiedHouse(SplitHouse):
    """A split house in which one participant reaches the broker only through a proxy."""

    proxied: str = "fulfilment"
    proxy: FaultProxy | None = None

    def env(self, participant: str) -> dict[str, str]:
        """Return the settings of one participant."""
        given = super().env(participant)
        if participant == self.proxied and self.proxy is not None:
            given["HABEAS_BROKER"] = f"amqp://guest:guest@127.0.0.1:{self.proxy.port}/%2F"
        return given


@dataclass
class SplitRange(Range):
    """A split house with the servers beneath it, all of them private: a test may kill them."""

    rabbit: PrivateRabbit = field(kw_only=True)
    postgres: PrivatePostgres = field(kw_only=True)
    proxy: FaultProxy = field(kw_only=True)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    """Everything in one process, which a plan may kill at any point."""
    folder = tmp_path_factory.mktemp("embedded")
    company = make_company(SAMPLE, folder / "company", people=PEOPLE)
    prepare_company(company)
    plans = Plans(folder / "plans")
    house = EmbeddedHouse(folder=folder, company=company, program=plans.program, extra=QUICK)
    with opened(house) as (keeper, office, archive):
        yield Range(house, plans, keeper, Company(company), office, archive, office.patience)


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory, have: Callable[[Server], Server]) -> Iterator[SplitRange]:
    """A process a service and role; the shop is a database on the same PostgreSQL."""
    folder = tmp_path_factory.mktemp("split")
    have(rabbit := PrivateRabbit())
    have(postgres := PrivatePostgres())
    have(smtp := SmtpSink())
    have(proxy := FaultProxy(("127.0.0.1", rabbit.port)))
    shop = _one_more_database(postgres, "shop")
    company = make_company(SAMPLE, folder / "company", people=PEOPLE, postgres=shop)
    prepare_company(company)
    plans = Plans(folder / "plans")
    house = ProxiedHouse(
        folder=folder,
        company=company,
        database=postgres.url,
        broker=rabbit.url,
        store=f"file://{folder}/store",
        smtp=smtp,
        program=plans.program,
        extra=QUICK,
        proxy=proxy,
    )
    with opened(house, ready=lambda: rabbit.wait_until_kept(*queues_of(house))) as (keeper, office, archive):
        people = Company(company, shop=shop)
        yield SplitRange(
            house,
            plans,
            keeper,
            people,
            office,
            archive,
            office.patience,
            rabbit=rabbit,
            postgres=postgres,
            proxy=proxy,
        )


@contextmanager
def opened(house: House, ready: Callable[[], None] = lambda: None) -> Iterator[tuple[Keeper, Office, Archive]]:
    """Prepare a house and start it, with its supervisor, two agents, and everybody's database open for looking."""
    with ExitStack() as stack:
        stack.callback(house.stop)
        house.prepare()
        ready()
        house.add_agent("Ada", "ada@example.com", "agent", "approver", "administrator")
        house.add_agent("Bo", "bo@example.com", "agent", "approver")
        house.start()
        office = Office(house)
        stack.callback(office.close)
        archive = stack.enter_context(open_archive(house))
        yield stack.enter_context(Keeper(house)), office, archive


def queues_of(house: House) -> list[str]:
    """Name all queues of a house."""
    names = [f"habeas.{each}" for each in (*SERVICES, *map(participant_of, house.systems))]
    return [*names, *(f"{name}.dead" for name in names)]


def _one_more_database(postgres: PrivatePostgres, name: str) -> str:
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as database:
        database.execute(f"CREATE DATABASE {name}".encode())
    return postgres.url.rpartition("/")[0] + f"/{name}"
