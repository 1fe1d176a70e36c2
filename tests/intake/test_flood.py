"""A flood at the door: a genuine request in the middle of it is taken in at once, on its own clock; none is lost."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from tests.intake.conftest import SAMPLE, ask
from tests.intake.test_extensions import dates

from habeas.clock import SYSTEM_CLOCK
from habeas.service import Context
from habeas.testing.house import make_context
from habeas.web import Listener
from habeas.web.application import create_app
from habeas_intake.service import SERVICE

pytestmark = pytest.mark.slow
FORM = "/case/new/nordlunds-lampor"
A_MINUTE = 10_000
"""Requests of the flood in a minute; the floor sends for a shorter time, as densely."""
CONNECTIONS, NETWORKS = 16, 16
GENUINE_EVERY = 0.25
"""Seconds between two genuine people at the floor; at the full count they come for longer, and so less often."""
P95_SECONDS = 2.0
"""What nineteen of twenty wait at most: held at the full count, which has the machine for itself, told at the floor."""


@pytest.fixture
def flooded(tmp_path: Path) -> Iterator[tuple[Context, int]]:
    """Intake as it is served, behind a proxy on this machine that it trusts."""
    context = make_context(SERVICE, tmp_path, clock=SYSTEM_CLOCK, profiles=str(SAMPLE))
    listener, stop = Listener(create_app(context), "127.0.0.1", 0, trusted_proxy="127.0.0.1"), threading.Event()
    server = threading.Thread(target=listener.run, args=(stop,), daemon=True)
    server.start()
    yield context, listener.port
    stop.set()
    server.join(20)
    context.database.close()


class Browser:
    """Somebody at a browser somewhere, with one connection that stays open."""

    def __init__(self, port: int, address: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Host": "127.0.0.1:8080", "X-Forwarded-For": address, "Sec-Fetch-Site": "same-origin"}
        page, cookies = self._ask("GET", FORM, "")
        self._headers["Cookie"] = "; ".join(cookies)
        self._token = page.split('name="csrf_token" value="')[1].split('"')[0]

    def send(self, number: int, email: str) -> int:
        """Send the form; return the status."""
        fields = {"csrf_token": self._token, "form": f"{number:064x}", "rights": "access", "identifier-email": email}
        self._connection.request(
            "POST",
            FORM,
            urlencode(fields),
            {**self._headers, "Content-Type": "application/x-www-form-urlencoded"},
        )
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        """Leave."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str) -> tuple[str, list[str]]:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        cookies = [each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie") or []]
        return answer.read().decode(), cookies


def test_a_genuine_request_in_a_flood_is_taken_in_at_once_and_none_is_lost(
    flooded: tuple[Context, int], counts: Callable[[int, int], int]
) -> None:
    """S20: ten thousand in a minute."""
    context, port = flooded
    requests, began = counts(600, A_MINUTE), time.monotonic()
    over, statuses, genuine = threading.Event(), Counter[int](), list[tuple[float, str]]()

    def flood(connection: int) -> None:
        browser = Browser(port, f"198.51.{connection % NETWORKS}.9")
        for number in range(connection, requests, CONNECTIONS):
            due = began + number * 60 / A_MINUTE  # where the server is slower, as dense as it can take them
            time.sleep(max(due - time.monotonic(), 0))
            statuses[browser.send(number, f"flood{number}@example.com")] += 1
        browser.close()

    def ask_now_and_then() -> None:
        while not over.is_set():
            number = A_MINUTE + len(genuine)
            browser, started = Browser(port, "203.0.113.9"), time.monotonic()
            if browser.send(number, f"genuine{number}@example.com") == 303:
                genuine.append((time.monotonic() - started, f"{number:064x}"))
            browser.close()
            over.wait(GENUINE_EVERY if requests < A_MINUTE else 2.5)

    person = threading.Thread(target=ask_now_and_then)
    person.start()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(flood, range(CONNECTIONS)))
    took = time.monotonic() - began
    over.set()
    person.join(60)
    p95 = quantiles([seconds for seconds, _ in genuine], n=20)[-1]
    print(f"\n{requests} in {took:.1f} s ({requests / took:.0f} a second); {len(genuine)} genuine, p95 {p95:.3f} s")
    assert statuses == {303: requests}
    check_cases(context, requests, [token for _, token in genuine])
    assert p95 < P95_SECONDS or requests < A_MINUTE


def check_cases(context: Context, requests: int, genuine: list[str]) -> None:
    """None is lost; the flood is held but for what each network may have; a genuine one is not, and has its dates."""
    with context.database.reading() as session:
        rows = session.execute(text("SELECT id, token, held FROM case_file")).all()
    held = Counter(row.held for row in rows if row.token not in genuine)
    assert held.total() == requests
    assert set(held) <= {"", "network"}
    assert held[""] == min(requests, 30 * NETWORKS)
    mine = [row for row in rows if row.token in genuine]
    assert [(row.held == "") for row in mine].count(True) == min(len(genuine), 30)
    today = dates(context, ask(context, "a quiet moment").case)
    assert all(dates(context, row.id) == today for row in mine), datetime.now().astimezone()
