"""A long export on a real broker: it holds no delivery, meets no time-out, and after a crash goes on from its mark."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import waitress.adjustments
from faults.stand import Stand, open_stand

from habeas.testing.servers.rabbitmq import Rabbit
from habeas.testing.waiting import wait_until

pytestmark = pytest.mark.servers
EMAIL = "anna.canary@example.com"
RECORDS, SLICE = 20, 8
"""Records of a MiB each: a slice is cut after eight of them."""
STOPS_AT = 12
SILENCE = 1
"""After so many silent seconds the door of this test hangs up; in earnest it is two minutes."""

PLUG_IN = '''
"""A connector that takes its time: it stops at one record until a file says that it may go on."""

import time

from habeas.sdk import Connector, Mark, Record


class Slow(Connector):
    def __init__(self, folder):
        self.folder = folder

    @classmethod
    def from_settings(cls, settings, here):
        return cls(here)

    def export(self, subject):
        yield from self.read(subject, "export", 0)

    def resume(self, subject, after):
        yield from self.read(subject, f"resume {after}", int(after))

    def read(self, subject, how, first):
        [email] = subject.values("email")
        with (self.folder / "asked").open("a") as asked:
            asked.write(how + "\\n")
        for number in range(first, RECORDS):
            if number == STOPS_AT:
                (self.folder / "stopped").touch()
                while not (self.folder / "go").exists():
                    time.sleep(0.05)
            data = {"number": number, "text": "x" * 2**20}
            yield Record("orders", f"{number:03}", "orders", data, {"email": email})
            yield Mark(str(number + 1))
'''


@pytest.fixture(autouse=True)
def impatient_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waitress.adjustments.Adjustments, "channel_timeout", SILENCE)
    monkeypatch.setattr(waitress.adjustments.Adjustments, "cleanup_interval", SILENCE)


@pytest.fixture
def long(impatient_door: None, tmp_path: Path, rabbitmq: Rabbit) -> Iterator[Stand]:
    with open_stand(tmp_path, rabbitmq) as made:
        install(made)
        yield made


def install(stand: Stand) -> None:
    """Write the connector as a plug-in that is installed, and its settings file."""
    place = stand.folder / "plug-in"
    (place / "slow-1.dist-info").mkdir(parents=True)
    (place / "slow-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1\n")
    (place / "slow-1.dist-info" / "entry_points.txt").write_text("[habeas.connectors]\nslow = slow:Slow\n")
    numbers = f"RECORDS, STOPS_AT = {RECORDS}, {STOPS_AT}\n"
    (place / "slow.py").write_text(PLUG_IN.replace("\n\nclass Slow", f"\n{numbers}\n\nclass Slow", 1))
    (stand.systems / "shop.yaml").write_text("system: shop\nconnector: slow\n")


def test_a_crash_in_a_long_export_repeats_nothing_that_had_arrived(
    long: Stand, tell: Callable[[str, str], None]
) -> None:
    case = long.desk.proved("access", email=EMAIL)
    with long.runner(PYTHONPATH=str(long.folder / "plug-in")) as runner:
        wait_until((long.systems / "stopped").exists, 60, "the export has come to its slow place")
        first = long.uploads(long.order(case).id)
        assert long.unacknowledged() == 0, "the broker waits for nothing, however long this takes"
        runner.kill9()
        runner.start()
        wait_until(lambda: len(asked(long)) == 2, 60, "it goes on after the crash")
        time.sleep(2.5 * SILENCE)  # the door hangs up on whoever is silent for so long
        (long.systems / "go").touch()
        wait_until(lambda: long.order(case).state == "answered", 60, "the order is answered")
    order = long.order(case)
    whole, rest = STOPS_AT // SLICE, -(-RECORDS // SLICE) - STOPS_AT // SLICE
    assert asked(long) == ["export", f"resume {whole * SLICE}"]
    assert len(first) == whole
    uploaded = long.uploads(order.id)
    assert uploaded[:whole] == first, "nothing of what had arrived was sent again"
    assert len(uploaded) == whole + rest
    assert [part["part"] for part in order.parts] == ["records", "records-2", "records-3"]
    assert order.counts == {"orders": RECORDS}
    long.complete(case)
    with long.package(case) as bag:
        records = json.loads(bag.read("data/systems/shop/orders.json"))
    assert [record["data"]["number"] for record in records] == list(range(RECORDS))
    tell("long export", f"{whole} slices before the crash, {rest} after it, {RECORDS} records once each")


def asked(long: Stand) -> list[str]:
    return (long.systems / "asked").read_text().splitlines()
