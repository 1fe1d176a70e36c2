"""What a whole access case costs, split over its processes, against a bare script that looks up, copies and zips.

CPU seconds of everything that works on it: the habeas processes, the gateway, PostgreSQL and RabbitMQ; what they use
while nothing happens is measured over the same time and taken off. Not counted: the browser, and what takes mails and
texts.
"""

import json
import logging
import sqlite3
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from bench.cpu import seconds_of_threads, seconds_of_tree, taken

from habeas.testing.running import SplitHouse, make_company
from habeas.testing.servers.postgres import PrivatePostgres
from habeas.testing.servers.rabbitmq import PrivateRabbit
from habeas.testing.servers.sms import SmsSink
from habeas.testing.servers.smtp import SmtpSink
from habeas.testing.waiting import wait_until

CASES = 20
PEOPLE = 200
_SETTLE_SECONDS, _IDLE_SECONDS = 10.0, 20.0
_SAMPLE = Path(__file__).parents[1] / "examples" / "sample-company"
_BARE_ROUNDS = 200
_LETTERS_TO_READY = 2
"""The code, and that the answer is ready."""
_SHOP = {
    "customers": "SELECT * FROM customers WHERE lower(email) = %s",
    "addresses": "SELECT * FROM addresses WHERE id IN (SELECT address_id FROM customers WHERE lower(email) = %s)",
    "orders": "SELECT * FROM orders WHERE customer_id = %s",
    "order_lines": "SELECT * FROM order_lines WHERE order_id IN (SELECT id FROM orders WHERE customer_id = %s)",
    "invoices": "SELECT * FROM invoices WHERE customer_id = %s",
    "invoice_lines": "SELECT * FROM invoice_lines WHERE invoice_id IN (SELECT id FROM invoices WHERE customer_id = %s)",
    "support_tickets": "SELECT * FROM support_tickets WHERE customer_id = %s",
    "ticket_messages": "SELECT * FROM ticket_messages WHERE ticket_id IN"
    " (SELECT id FROM support_tickets WHERE customer_id = %s)",
    "logins": "SELECT * FROM logins WHERE customer_id = %s",
}
_NEWSLETTER = {
    "subscribers": "SELECT * FROM subscribers WHERE lower(email) = ?",
    "opens": "SELECT o.* FROM opens o JOIN subscribers s ON s.id = o.subscriber_id WHERE lower(s.email) = ?",
}


@dataclass
class Standing:
    """Everything that stands while cases are measured."""

    house: SplitHouse
    postgres: PrivatePostgres
    rabbit: PrivateRabbit
    shop: str
    folder: Path

    def read_cpu(self) -> dict[str, float]:
        """Give the CPU seconds so far of each process, gateway and servers included."""
        spent = {name: seconds_of_tree(process.pid) for name, process in self.house.processes().items()}
        gateways = [each for each in threading.enumerate() if each.name.startswith("waitress")]
        gateways += [each._thread for each in (self.house.gateway, self.house.downloads) if each._thread is not None]
        spent["gateway"] = seconds_of_threads(gateways)
        spent["PostgreSQL"] = seconds_of_tree(self.postgres._owned().pid)
        spent["RabbitMQ"] = seconds_of_tree(self.rabbit._owned().pid)
        return spent


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # twenty at once wait for the gateway, as they should
    with _stand() as standing:
        idle = _read_idle(standing)
        addresses = _addresses(standing)
        _walk(standing, addresses.pop())  # the first case of a process loads what the next ones have
        alone = _measure_cases(standing, addresses[:CASES], idle, at_once=1)
        together = _measure_cases(standing, addresses[CASES : 2 * CASES], idle, at_once=CASES)
        bare = _measure_bare(standing, addresses[:CASES])
    against = f"a bare script with the same look-ups, copies and a ZIP: {bare:.4f} s"
    return {
        "case_cpu": _figure(sum(alone.values()), "CPU s a case, one after the other", against, bare),
        "case_cpu_at_once": _figure(sum(together.values()), f"CPU s a case, {CASES} at once", against, bare),
        "idle_split": _figure(
            100 * sum(idle.values()), "% of one core, the split house doing nothing", "one core: 100 %", 100
        ),
    }


def _figure(value: float, unit: str, against: str, reference: float) -> dict[str, Any]:
    return {"value": round(value, 4), "unit": unit, "against": against, "ratio": round(value / reference, 3)}


@contextmanager
def _stand() -> Iterator[Standing]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres, rabbit = stack.enter_context(PrivatePostgres()), stack.enter_context(PrivateRabbit())
        smtp, sms = stack.enter_context(SmtpSink()), stack.enter_context(SmsSink())
        company = make_company(_SAMPLE, folder / "company", people=PEOPLE, postgres=postgres.url)
        house = SplitHouse(
            folder=folder,
            company=company,
            database=postgres.url,
            broker=rabbit.url,
            store=f"file://{folder}/store",
            smtp=smtp,
            sms=sms,
        )
        yield Standing(stack.enter_context(house), postgres, rabbit, postgres.url.replace("+psycopg", ""), folder)


def _addresses(standing: Standing) -> list[str]:
    with psycopg.connect(standing.shop) as shop:
        rows = shop.execute("SELECT email FROM public.customers WHERE email LIKE '%@%' ORDER BY id").fetchall()
    return [str(email) for (email,) in rows]


def _read_idle(standing: Standing) -> dict[str, float]:
    """Give the CPU seconds a second that each part uses while nothing happens."""
    time.sleep(_SETTLE_SECONDS)
    before, began = standing.read_cpu(), time.monotonic()
    time.sleep(_IDLE_SECONDS)
    seconds = time.monotonic() - began
    return {name: spent / seconds for name, spent in taken(before, standing.read_cpu()).items()}


def _measure_cases(
    standing: Standing, addresses: Sequence[str], idle: Mapping[str, float], at_once: int
) -> dict[str, float]:
    before, began = standing.read_cpu(), time.monotonic()
    with ThreadPoolExecutor(at_once) as walkers:
        for walked in [walkers.submit(_walk, standing, address) for address in addresses]:
            walked.result()
    seconds = time.monotonic() - began
    spent = taken(before, standing.read_cpu())
    return {name: (spent[name] - idle[name] * seconds) / len(addresses) for name in spent}


def _walk(standing: Standing, address: str) -> None:
    """Walk one case from the form to the package."""
    house = standing.house
    with house.person() as person:
        codes = house.codes_for(address)
        person.ask(["access"], address)
        person.prove(codes)
        # Whoever asks looks at the page when the letter says that there is something to fetch, not every few moments.
        wait_until(lambda: len(house.letters_to(address)) >= _LETTERS_TO_READY, 120, "a letter says it is ready")
        wait_until(person.can_fetch, 60, "the answer is ready")
        codes = house.codes_for(address)
        person.ask_to_fetch()
        person.fetch_answer(codes, standing.folder / "fetched" / address)


def _measure_bare(standing: Standing, addresses: Sequence[str]) -> float:
    """Do by hand, with no more than it takes, what the connectors and the package do; give CPU seconds a person."""
    company, target = standing.house.company, standing.folder / "bare.zip"
    server = standing.postgres._owned().pid
    before, ours = seconds_of_tree(server), time.process_time()
    for number in range(_BARE_ROUNDS):
        _copy_person(standing.shop, company, addresses[number % len(addresses)], target)
    return (seconds_of_tree(server) - before + time.process_time() - ours) / _BARE_ROUNDS


def _copy_person(shop: str, company: Path, address: str, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        with psycopg.connect(shop) as database:
            found = database.execute("SELECT id FROM public.customers WHERE lower(email) = %s", [address]).fetchone()
            assert found is not None
            for table, query in _SHOP.items():
                rows = database.execute(query, [address if "email" in query else found[0]]).fetchall()
                package.writestr(f"{table}.json", json.dumps(rows, default=str))
        with closing(sqlite3.connect(company / "newsletter.db")) as newsletter:
            for table, query in _NEWSLETTER.items():
                package.writestr(f"{table}.json", json.dumps(newsletter.execute(query, [address]).fetchall()))
        for file in sorted((company / "applications").glob(f"{address}/*")):
            package.write(file, file.name)


if __name__ == "__main__":
    for name, figure in measure().items():
        print(name, figure)
