"""One person with ten million rows: exported in flat memory, gone on with after a SIGKILL, and in the package whole.

The floor is two hundred thousand rows, which takes the same way in the same slices.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
import pytest
from faults.stand import Stand, open_stand

from habeas.testing.servers.postgres import Postgres
from habeas.testing.servers.rabbitmq import Rabbit
from habeas.testing.waiting import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow]
EMAIL = "anna.canary@example.com"
FLOOR, FULL = 200_000, 10_000_000
SECONDS_A_ROW = 1 / 2_000
"""A very slow machine's: only there so that a hang ends."""
BOUNDED = 48
"""MB that may come on top after the first slices: the cache of what was seen before is 32 MiB, however much that is."""
MAP = """\
version: 1
system: shop
tables:
  customers:
    key: id
    activity: customer_account
    identifiers: {email: {column: email, match: email}}
  logins:
    key: id
    activity: security
    dated_by: signed_in_at
    reached_from: [customers.id -> customer_id]
"""
_NUMBER = re.compile(rb'"number": ?(\d+)[^\d]')


@pytest.fixture
def stand(tmp_path: Path, rabbitmq: Rabbit) -> Iterator[Stand]:
    with open_stand(tmp_path, rabbitmq) as made:
        yield made


def fill(stand: Stand, url: str, rows: int) -> None:
    """Give Anna so many logins, and others a tenth of that between hers."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as database:
        database.execute("CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL)")
        database.execute(
            "CREATE TABLE logins (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,"
            " number bigint NOT NULL, browser text NOT NULL, signed_in_at timestamptz NOT NULL)"
        )
        database.execute("INSERT INTO customers VALUES (1, %s), (2, 'somebody.else@example.com')", (EMAIL,))
        database.execute(
            "INSERT INTO logins SELECT n, CASE WHEN n %% 11 = 0 THEN 2 ELSE 1 END, n, 'browser ' || n %% 97,"
            " timestamptz '2024-01-01 00:00+00' + n * interval '1 second' FROM generate_series(1, %s) n",
            (rows * 11 // 10,),
        )
        database.execute("CREATE INDEX ON logins (customer_id, id)")
        database.execute("VACUUM ANALYZE logins")
    (stand.systems / "shop.map.yaml").write_text(MAP)
    settings = f"system: shop\nconnector: sql\nurl: {url}\nmap: shop.map.yaml\nmax_rows: {2 * FULL}\n"
    (stand.systems / "shop.yaml").write_text(settings)


def megabytes(process: int | str, what: str) -> float:
    """What the kernel counts of a process: VmHWM is the most memory it ever had, VmRSS what it has."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what)) * 1024 / 1e6


@contextmanager
def watched() -> Iterator[list[float]]:
    """Note how much memory this process has, ten times a second."""
    seen, over = [megabytes("self", "VmRSS")], threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            seen.append(megabytes("self", "VmRSS"))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield seen
    over.set()
    thread.join()


def count_numbers(source: IO[bytes]) -> tuple[int, int]:
    """How many logins a file has, and the sum of their numbers, read in pieces."""
    count = total = 0
    rest = b""
    while piece := source.read(2**20):
        text = rest + piece
        end = 0
        for found in _NUMBER.finditer(text):
            count, total, end = count + 1, total + int(found[1]), found.end()
        rest = text[max(end, len(text) - 64) :]
    return count, total


def test_ten_million_rows_come_once_each_in_flat_memory_though_the_runner_is_killed(
    stand: Stand, postgres: Postgres, counts: Callable[[int, int], int], tell: Callable[[str, str], None]
) -> None:
    rows = counts(FLOOR, FULL)
    fill(stand, postgres.fresh_database(), rows)
    case, patience = stand.desk.proved("access", email=EMAIL), 120 + rows * SECONDS_A_ROW
    with watched() as memory, stand.runner() as runner:
        wait_until(lambda: len(stand.uploads(stand.order(case).id)) >= 2, patience, "two slices have arrived")
        early = megabytes(runner.pid, "VmHWM")
        half = rows // 2
        wait_until(lambda: (stand.order(case).progress or {}).get("logins", 0) >= half, patience, "half has come")
        runner.kill9()
        before = stand.uploads(stand.order(case).id)
        runner.start()
        wait_until(lambda: stand.order(case).state == "answered", patience, "the order is answered")
        late = megabytes(runner.pid, "VmHWM")
    order, after = stand.order(case), stand.uploads(stand.order(case).id)
    assert order.counts == {"customers": 1, "logins": rows}
    assert after[: len(before)] == before, "nothing that had arrived was sent again"
    assert len(after) == len(order.parts), "and nothing twice"
    assert late < early + BOUNDED
    with watched() as making:
        stand.complete(case, patience)
    with stand.package(case) as bag:
        count, total = count_numbers(bag.open("data/systems/shop/logins.json"))
    everything = rows * 11 // 10
    others = sum(range(11, everything + 1, 11))
    assert (count, total) == (rows, everything * (everything + 1) // 2 - others)
    assert max(making) < making[0] + 60
    tell(
        "ten million rows",
        f"{rows} rows once each; {len(before)} slices before the SIGKILL, {len(after) - len(before)} after it; runner"
        f" {early:.0f} MB at most after two slices, {late:.0f} at the end; fulfilment and the test {memory[0]:.0f} MB,"
        f" {max(memory):.0f} at most; the package {max(making) - making[0]:.0f} MB more",
    )
