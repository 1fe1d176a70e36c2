"""Many connected systems around one fulfilment: real connectors behind real runners, letters carried in memory."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from fulfilment.absence.conftest import Watcher
from fulfilment.service.conftest import NOW, SAMPLE
from sqlalchemy import select

from habeas.clock import FixedClock
from habeas.connect.runner import connector_service
from habeas.sdk import Connector
from habeas.service import Context
from habeas.testing.house import make_context, run
from habeas.work.inbox import store
from habeas.work.tables import OutboxLetter
from habeas_fulfilment.look_timers import go_on_looking
from habeas_fulfilment.service import SERVICE
from habeas_fulfilment.timers import begin_erasures

ACTIVITIES = "[newsletter, customer_account, orders, invoicing, support, security, recruitment]"
UPLOADS = "http://127.0.0.1:9"
"""Nothing in these tests is too large for a letter: whoever wants to upload fails."""


class Fleet:
    """One controller with these systems, and a clock that a test moves."""

    def __init__(
        self,
        folder: Path,
        connectors: Mapping[str, Connector],
        feeds: Mapping[str, str] | None = None,
        *,
        gives: str = "",
    ) -> None:
        """`gives` is the system that knows somebody by a customer number, for which all others trust it."""
        self.clock = FixedClock(NOW)
        (folder / "profiles").mkdir()
        (folder / "profiles/fleet.yaml").write_text(_profile(list(connectors), feeds or {}, gives), encoding="utf-8")
        given = {"clock": self.clock, "systems": list(connectors)}
        self.desk = Watcher(make_context(SERVICE, folder, profiles=str(folder / "profiles"), **given), self.clock)
        self.runners: dict[str, Context] = {}
        for system, connector in connectors.items():
            service = connector_service(system, connector, 2, trusts={"customer_number": [gives]})
            told = {**given, "participant": service.name, "upload_url": UPLOADS}
            self.runners[service.name] = make_context(service, folder, **told)
        self._read: dict[str, str] = {}

    def work(self) -> None:
        """Carry letters and work until nobody says anything new."""
        said = True
        while said:
            self.desk.work()
            for recipient in self._carry(self.desk.context):
                run(self.runners[recipient])
            said = bool([True for runner in self.runners.values() if self._carry(runner)])

    def _carry(self, context: Context) -> set[str]:
        """Carry what somebody said since the last time; give those who got something."""
        with context.database.reading() as session:
            chosen = select(OutboxLetter).where(OutboxLetter.id > self._read.get(context.participant, ""))
            rows = session.scalars(chosen.order_by(OutboxLetter.id)).all()
        there = {**self.runners, "fulfilment": self.desk.context}
        by: dict[str, list[OutboxLetter]] = {}
        for row in rows:
            if row.recipient in there and row.recipient != context.participant:
                by.setdefault(row.recipient, []).append(row)
        for recipient, letters in by.items():
            store(there[recipient], letters)
        if rows:
            self._read[context.participant] = rows[-1].id
        return set(by)

    def planned(self, email: str) -> str:
        """Bring somebody's erasure to its plan."""
        case = self.desk.open("erasure")
        self.desk.prove(case, email)
        self.work()
        return case

    def erased(self, email: str) -> str:
        """Bring somebody's erasure to its confirmation, or to whatever stops it."""
        case = self.planned(email)
        self.desk.approve(case, "p1")
        self.desk.approve(case, "p2")
        self.pass_time(hours=25)
        return case

    def pass_time(self, **after: float) -> None:
        """Let time pass, and what is due by then be done."""
        self.clock.advance(timedelta(**after))
        begin_erasures(self.desk.context)
        go_on_looking(self.desk.context)
        self.work()

    def close(self) -> None:
        """Let go of every database."""
        for context in (self.desk.context, *self.runners.values()):
            context.database.close()


def _profile(systems: list[str], feeds: Mapping[str, str], gives: str) -> str:
    """Write the sample company's policy for these systems."""
    text = SAMPLE.read_text(encoding="utf-8")
    for name, value in (("approval", "two"), ("cooling_off_hours", "24")):
        text = re.sub(rf"^  {name}: \w+", f"  {name}: {value}", text, flags=re.MULTILINE)
    text = re.sub(r"^contact_of_record: .*", f"contact_of_record: [{systems[0]}]", text, flags=re.MULTILINE)
    before, _, rest = text.partition("\nsystems:\n")
    _, erasure, after = rest.partition("\nerasure:\n")
    return (
        before
        + "\nsystems:\n"
        + "".join(_system(name, feeds.get(name), name == gives) for name in systems)
        + erasure
        + after
    )


def _system(name: str, feeds: str | None, gives: bool) -> str:
    told: dict[str, Any] = {"name": name, "connector": "sql", "activities": ACTIVITIES}
    if feeds:
        told["feeds"] = f"[{feeds}]"
    if gives:
        told["gives"] = "[customer_number]"
    lines = [f"{key}: {value}" for key, value in told.items()]
    words = [f"{key}: {{sv: {name}, en: {name}}}" for key in ("title", "holds")]
    return "  - " + "\n    ".join([*lines, *words]) + "\n"
