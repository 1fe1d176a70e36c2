"""What an erasure and an export of very many rows of one person cost, against the same done by hand in batches.

On PostgreSQL. By hand is what an administrator would write: `DELETE … WHERE id = ANY(batch)` or `… IN (SELECT … LIMIT)`
with a commit each, nothing compared and nothing read back; of the two the faster one counts. Ours proves of each row
that it is as it was decided, deletes it and reads back. Memory is the peak of a process that exports, ten times the
rows against the tenth.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from habeas.connectors.sql import SqlConnector
from habeas.connectors.sql.mapfile import load_map
from habeas.sdk import Decided, Deed, Subject
from habeas.testing.servers.postgres import Postgres

ROUNDS = 3
ROWS = 1_000_000
EXPORTED = 10_000_000
BATCH = 5_000
ANN = Subject({"email": ("ann@example.com",)})
_MAP = """\
version: 1
system: shop
tables:
  customers:
    key: id
    activity: account
    identifiers: {email: {column: email, match: email}}
  visits:
    key: id
    activity: visits
    dated_by: seen_at
    reached_from: [customers.id -> customer_id]
"""


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    with Postgres() as server, tempfile.TemporaryDirectory() as folder:
        _make_tables(server.url)
        map_file = Path(folder) / "shop.map.yaml"
        map_file.write_text(_MAP)
        connector = _connect(server.url, map_file)
        ours: list[float] = []
        by_hand: dict[str, list[float]] = {}
        for _ in range(ROUNDS):  # taken in turns, so that a busy moment of the machine meets all
            _fill(server.url, ROWS)
            ours.append(_time(partial(_erase, connector, _decide(connector))))
            for way in (_delete_by_keys, _delete_by_select):
                _fill(server.url, ROWS)
                by_hand.setdefault(way.__name__, []).append(_time(partial(way, server.url)))
        speed = ROWS / statistics.median(ours)
        reference = ROWS / min(map(statistics.median, by_hand.values()))
        _fill(server.url, EXPORTED // 10)
        small, _ = _measure_export(server.url, map_file)
        _fill(server.url, EXPORTED)
        large, seconds = _measure_export(server.url, map_file)
    return {
        "sql_erasure": {
            "value": round(speed),
            "unit": f"rows/s to prove, erase and read back {ROWS} rows of one person, on postgresql",
            "against": f"the same deletes by hand in batches of {BATCH}: {reference:.0f} rows/s",
            "ratio": round(speed / reference, 3),
        },
        "sql_export_memory": {
            "value": round(large, 1),
            "unit": f"MB at most, to export {EXPORTED} rows of one person ({EXPORTED / seconds:.0f} rows/s)",
            "against": f"a tenth of the rows: {small:.1f} MB",
            "ratio": round(large / small, 3),
        },
    }


def _make_tables(url: str) -> None:
    with _connected(url) as database:
        database.execute("CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL)")
        database.execute(
            "CREATE TABLE visits (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,"
            " page text NOT NULL, milliseconds integer NOT NULL, seen_at timestamptz NOT NULL)"
        )
        database.execute('CREATE INDEX ON customers (lower(email COLLATE "C"))')
        database.execute("CREATE INDEX ON visits (customer_id, id)")


def _fill(url: str, rows: int) -> None:
    """Ann's rows, and a tenth as many of others between them."""
    with _connected(url) as database:
        database.execute("TRUNCATE visits, customers")
        database.execute(
            "INSERT INTO customers SELECT n, CASE n WHEN 1 THEN 'ann@example.com' ELSE n || '@example.org' END"
            " FROM generate_series(1, 1000) n"
        )
        database.execute(
            "INSERT INTO visits SELECT n, CASE WHEN n %% 11 = 0 THEN 2 + n %% 998 ELSE 1 END, '/page/' || n %% 5003,"
            " n %% 90000, timestamptz '2026-01-01 00:00+00' + n * interval '1 second' FROM generate_series(1, %s) n",
            (rows * 11 // 10,),
        )
        database.execute("VACUUM ANALYZE visits")
        database.execute("CHECKPOINT")


def _connect(url: str, map_file: Path) -> SqlConnector:
    return SqlConnector(sa.make_url(url), load_map(map_file, map_file.parent), max_rows=2 * EXPORTED)


def _decide(connector: SqlConnector) -> list[Decided]:
    return [
        Decided(each.kind, each.key, each.digest, keep=False) for each in connector.locate(ANN) if each.kind == "visits"
    ]


def _erase(connector: SqlConnector, scope: list[Decided]) -> None:
    done = [each for each in connector.erase(ANN, scope) if each.kind == "visits"]
    erased = sum(each.count for each in done if each.deed is Deed.ERASED and each.verified)
    if erased != len(scope):
        raise AssertionError(f"of {len(scope)} rows {erased} were erased")


def _delete_by_keys(url: str) -> None:
    with _connected(url) as database:
        keys = [key for (key,) in database.execute("SELECT id FROM visits WHERE customer_id = 1 ORDER BY id")]
        for start in range(0, len(keys), BATCH):
            database.execute("DELETE FROM visits WHERE id = ANY(%s)", (keys[start : start + BATCH],))


def _delete_by_select(url: str) -> None:
    with _connected(url) as database:
        gone = 1
        while gone:
            gone = database.execute(
                "DELETE FROM visits WHERE id IN (SELECT id FROM visits WHERE customer_id = 1 LIMIT %s)", (BATCH,)
            ).rowcount


def _connected(url: str) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _time(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _measure_export(url: str, map_file: Path) -> tuple[float, float]:
    """Export in a process of its own and give the most memory it ever had, in MB, and the seconds it took."""
    command = [sys.executable, __file__, url, str(map_file)]
    child = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
    most, seconds = child.stdout.split()
    return float(most), float(seconds)


def _export_alone(url: str, map_file: Path) -> None:
    began = time.perf_counter()
    for _ in _connect(url, map_file).export(ANN):
        pass
    # Not getrusage: its maximum begins with what the parent had when it forked.
    status = Path("/proc/self/status").read_text()
    most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) * 1024 / 1e6
    print(most, time.perf_counter() - began)


if __name__ == "__main__":
    _export_alone(sys.argv[1], Path(sys.argv[2]))
