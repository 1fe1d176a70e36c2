"""Houses to shoot at: embedded and split, opened with their supervisor, their agents and everybody's records."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from habeas.testing.faults.journey import Office
from habeas.testing.faults.keeper import Keeper
from habeas.testing.faults.plans import Plans
from habeas.testing.faults.records import open_archive
from habeas.testing.faults.trial import Range
from habeas.testing.faults.witness import Company
from habeas.testing.processes import Process
from habeas.testing.running import HABEAS, EmbeddedHouse, House, SplitHouse, make_company
from habeas.testing.servers.postgres import PrivatePostgres
from habeas.testing.servers.proxy import FaultProxy
from habeas.testing.servers.rabbitmq import PrivateRabbit
from habeas.testing.servers.server import LOOPBACK
from habeas.testing.servers.sms import SmsSink
from habeas.testing.servers.smtp import SmtpSink
from habeas.vocabulary import SERVICES, participant_of

QUICK = {"HABEAS_RETRY_SECONDS": "0.2", "HABEAS_LEASE_SECONDS": "3"}
"""A letter of a dead process is taken over soon."""
PEOPLE = 400
PROXIED = "fulfilment"
"""Who reaches the broker only through a proxy."""


@dataclass
class ProxiedHouse(SplitHouse):
    """A split house in which one participant reaches the broker only through a proxy."""

    proxy: FaultProxy | None = None

    def env(self, participant: str) -> dict[str, str]:
        """Return the settings of one participant."""
        given = super().env(participant)
        if participant == PROXIED and self.proxy is not None:
            given["HABEAS_BROKER"] = self.broker.replace(f":{self.proxy.target[1]}/", f":{self.proxy.port}/")
        return given


@dataclass
class SplitRange(Range):
    """A split house with the servers beneath it, all of them private: a test may kill them."""

    rabbit: PrivateRabbit = field(kw_only=True)
    postgres: PrivatePostgres = field(kw_only=True)
    proxy: FaultProxy = field(kw_only=True)

    def second_worker(self, service: str) -> Process:
        """Give a second `habeas work SERVICE` to stand beside the first: sound, and without a plan."""
        log = self.house.folder / f"second-{service}.log"
        return Process([HABEAS, "work", service], self.house.env(service), log=log, cwd=self.house.folder)

    def readers(self, queue: str) -> int:
        """Count who reads a queue; nobody reads one that is not there."""
        return self._queues("consumers").get(queue, 0)

    def dead(self) -> dict[str, int]:
        """Count what lies in the broker's dead queues that are not empty."""
        return {name: count for name, count in self._queues("messages").items() if name.endswith(".dead") and count}

    def _queues(self, column: str) -> dict[str, int]:
        rows = (line.split("\t") for line in self.rabbit.ctl("list_queues", "name", column).splitlines())
        return {row[0]: int(row[1]) for row in rows if row[1:] and row[1].isdigit()}


@contextmanager
def open_embedded(folder: Path, sample: Path) -> Iterator[Range]:
    """Open a house of one process with the company that `sample` makes."""
    company = make_company(sample, folder / "company", people=PEOPLE)
    prepare_company(company)
    plans = Plans(folder / "plans")
    house = EmbeddedHouse(folder=folder, company=company, program=plans.program, extra=QUICK)
    with _open(house, Company(company), plans) as embedded:
        yield embedded


@contextmanager
def open_split(
    folder: Path, sample: Path, *, rabbit: PrivateRabbit, postgres: PrivatePostgres, smtp: SmtpSink, sms: SmsSink
) -> Iterator[SplitRange]:
    """Open a house of a process a service and role, on running servers; the shop lies on the same PostgreSQL."""
    shop = _one_more_database(postgres, "shop")
    company = make_company(sample, folder / "company", people=PEOPLE, postgres=shop)
    prepare_company(company)
    plans = Plans(folder / "plans")
    with FaultProxy((LOOPBACK, rabbit.port)) as proxy:
        house = ProxiedHouse(
            folder=folder,
            company=company,
            database=postgres.url,
            broker=rabbit.url,
            store=f"file://{folder}/store",
            smtp=smtp,
            sms=sms,
            program=plans.program,
            extra=QUICK,
            proxy=proxy,
        )
        queues = _queues_of(house)
        with _open(house, Company(company, shop=shop), plans, lambda: rabbit.wait_until_kept(*queues)) as opened:
            parts = {each: getattr(opened, each) for each in opened.__dataclass_fields__}
            yield SplitRange(**parts, rabbit=rabbit, postgres=postgres, proxy=proxy)


@contextmanager
def _open(
    house: EmbeddedHouse | SplitHouse, company: Company, plans: Plans, ready: Callable[[], None] = lambda: None
) -> Iterator[Range]:
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
        keeper = stack.enter_context(Keeper(house))
        yield Range(house, plans, keeper, company, office, archive, office.patience)


def prepare_company(folder: Path) -> None:
    """Let a case have as many codes as a person asks for whose pages break off now and then."""
    profile = folder / "profile.yaml"
    text = profile.read_text(encoding="utf-8")
    assert "codes_per_hour: 3" in text
    profile.write_text(text.replace("codes_per_hour: 3", "codes_per_hour: 20"), encoding="utf-8")


def _queues_of(house: House) -> list[str]:
    names = [f"habeas.{each}" for each in (*SERVICES, *map(participant_of, house.systems))]
    return [*names, *(f"{name}.dead" for name in names)]


def _one_more_database(postgres: PrivatePostgres, name: str) -> str:
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as database:
        database.execute(f"CREATE DATABASE {name}".encode())
    return postgres.url.rpartition("/")[0] + f"/{name}"
