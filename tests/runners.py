"""Real runners beside a fulfilment under test: letters carried by hand, results through a real upload door."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from habeas.connect.runner import connector_service
from habeas.sdk import Connector
from habeas.service import Context
from habeas.testing.house import make_context, run
from habeas.web.serve import Listener
from habeas.work.inbox import store
from habeas.work.tables import OutboxLetter


class Runners:
    """The systems of a house, each driven by the real runner; use as a context manager."""

    def __init__(self, desk: Any, folder: Path, systems: tuple[str, ...]) -> None:
        self.desk = desk
        self.contexts: dict[str, Context] = {}
        self._folder = folder
        self._systems = systems
        self._carried: set[str] = set()
        self._stop = threading.Event()
        self._listener = Listener(desk.app, "127.0.0.1", 0, threads=2)
        self._serving = threading.Thread(target=self._listener.run, args=(self._stop,), daemon=True)

    def __enter__(self) -> "Runners":
        self._serving.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._serving.join()
        for context in self.contexts.values():
            context.database.close()

    def connect(self, system: str, connector: Connector, **wiring: Any) -> Context:
        """Drive a connector, or drive it anew as after a crash."""
        service = connector_service(system, connector, **wiring)
        if service.name in self.contexts:
            self.contexts[service.name].database.close()
        context = make_context(
            service,
            self._folder,
            clock=self.desk.clock,
            systems=self._systems,
            participant=service.name,
            upload_url=f"http://127.0.0.1:{self._listener.port}",
        )
        self.contexts[service.name] = context
        return context

    def work(self) -> None:
        """Carry letters and work until nobody says anything new."""
        while sum(self.carry(context) for context in (self.desk.context, *self.contexts.values())):
            for context in self.contexts.values():
                run(context)
            self.desk.work()

    def carry(self, context: Context) -> int:
        """Bring what a participant has said to whoever it is for; return how many letters were new."""
        with context.database.reading() as session:
            rows = session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)).all()
        there: Mapping[str, Context] = {**self.contexts, "fulfilment": self.desk.context}
        new = [row for row in rows if row.id not in self._carried and row.recipient in there]
        for row in new:
            if context is not there[row.recipient]:
                store(there[row.recipient], [row])
            self._carried.add(row.id)
        return len(new)
