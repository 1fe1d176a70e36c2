"""A fulfilment on a real broker with an upload door of its own, and one system's runner as a process beside it."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fulfilment.service.conftest import Desk
from sqlalchemy import select

from habeas.bus import Receipts
from habeas.bus.dead import declare_all
from habeas.clock import SYSTEM_CLOCK
from habeas.crypto.streams import DecryptingReader
from habeas.runtime import Threads, work
from habeas.testing.house import make_context
from habeas.testing.processes import Process
from habeas.testing.running import HABEAS
from habeas.testing.servers.rabbitmq import Rabbit
from habeas.testing.waiting import wait_until
from habeas.vocabulary import SERVICES, participant_of
from habeas.web.application import create_app
from habeas.web.serve import Listener
from habeas_fulfilment.actions import answer_context, find_answer
from habeas_fulfilment.models import SystemOrder, Upload
from habeas_fulfilment.service import SERVICE

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
SYSTEMS = ("shop", "newsletter", "applications")


@dataclass
class Stand:
    """The shop's runner is the process; the other two systems answer by the test's hand."""

    folder: Path
    desk: Desk
    rabbit: Rabbit
    url: str
    door: int

    @property
    def systems(self) -> Path:
        return self.folder / "systems"

    def runner(self, **more: str) -> Process:
        """Make the runner's process; start it by entering it."""
        given = {
            "HABEAS_KEYS": str(self.folder / "keys"),
            "HABEAS_DATA": str(self.folder / "runner"),
            "HABEAS_SYSTEMS": str(self.systems),
            "HABEAS_BROKER": self.url,
            "HABEAS_UPLOAD_URL": f"http://127.0.0.1:{self.door}",
            "HABEAS_LEASE_SECONDS": "3",
            "HABEAS_RETRY_SECONDS": "0.2",
        }
        return Process([HABEAS, "connect", "shop"], given | more, log=self.folder / "runner.log")

    def order(self, case: str) -> SystemOrder:
        """Give the shop's order to export."""
        [found] = [row for row in self.desk.rows(case) if row.system == "shop" and row.operation == "export"]
        return found

    def uploads(self, order: str) -> list[str]:
        """The parts that have arrived, each with the attempt that brought it, oldest first."""
        with self.desk.context.database.reading() as session:
            chosen = select(Upload.part).where(Upload.order_id == order).order_by(Upload.uploaded_at, Upload.part)
            return list(session.scalars(chosen))

    def unacknowledged(self) -> int:
        """How many letters the runner holds from the broker's point of view."""
        host = self.url.rpartition("/")[2]
        told = self.rabbit.ctl("list_queues", "-p", host, "name", "messages_unacknowledged")
        rows = dict(line.split("\t") for line in told.splitlines() if line.startswith("habeas."))
        return int(rows[f"habeas.{participant_of('shop')}"])

    def complete(self, case: str, timeout: float = 60) -> None:
        """Let the other systems answer, and wait until the package is made."""
        for each in self.desk.orders(case, "export"):
            if each.event.system != "shop":  # type: ignore[attr-defined]
                self.desk.answer(each)
        wait_until(
            lambda: [each.state for each in self.desk.answers(case)] == ["ready"], timeout, "the package is made"
        )

    @contextmanager
    def package(self, case: str) -> Iterator[zipfile.ZipFile]:
        """Open the package as the person gets it, in a file of the stand's folder."""
        context, file = self.desk.context, self.folder / "package.zip"
        with context.reading() as tx:
            handed = find_answer(tx, case, "access")
        assert handed is not None
        with context.store.open(handed.made.key) as source, file.open("wb") as target:
            reader = DecryptingReader(source, handed.made.content_key, answer_context(case, "access"))
            while piece := reader.read(2**20):
                target.write(piece)
        with zipfile.ZipFile(file) as bag:
            yield bag


@contextmanager
def open_stand(folder: Path, rabbit: Rabbit) -> Iterator[Stand]:
    """Run fulfilment's door and workers as threads."""
    url = rabbit.fresh_host()
    declare_all(url, [*SERVICES, *map(participant_of, SYSTEMS)])
    context = make_context(SERVICE, folder, systems=SYSTEMS, profiles=str(SAMPLE), broker=url)
    listener, threads = Listener(create_app(context), "127.0.0.1", 0, threads=2), Threads()
    threads.start("door", lambda stop: listener.run(stop))
    work(context, threads, Receipts())
    made = Stand(folder, Desk(context, SYSTEM_CLOCK), rabbit, url, listener.port)  # type: ignore[arg-type]
    made.systems.mkdir()
    yield made
    threads.stop.set()
    for bell in (context.bells.inbox, context.bells.outbox):
        bell.ring()  # else they would sleep to the end of their pauses
    threads.join()
    context.database.close()
