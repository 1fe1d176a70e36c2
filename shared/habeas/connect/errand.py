"""One attempt at an order: what the connector yields is guarded, counted, cut into slices, sealed and sent."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from habeas.clock import uuid7
from habeas.connect.delivery import Delivered, LineReader, Parcel
from habeas.connect.lines import (
    changed_line,
    done_line,
    identified_line,
    located_line,
    read_correction,
    read_decided,
    record_line,
)
from habeas.connect.slices import Come, keep_slice, read_slices
from habeas.digests import salt_identifiers
from habeas.errors import Refused
from habeas.events import OrderProgressed
from habeas.introductions import introduce
from habeas.sdk.connector import Connector
from habeas.sdk.guard import Guard
from habeas.sdk.records import Mark, Record
from habeas.sdk.subject import Subject
from habeas.sdk.words import Operation, Outcome
from habeas.service import Context

SLICE_BYTES = 8 * 1024 * 1024
"""At the first mark after so much an export is cut: what a crash can cost, and what one slice of it weighs."""
TELL_EVERY_SECONDS = 5.0
LIFT = {"lift": True}
"""The scope of an order that takes a restriction or a stop back."""

_Lines = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """One order as the work needs it: nothing of it is written down outside the sealed letter."""

    case: str
    order: str
    system: str
    operation: Operation
    subject: Subject
    scope: tuple[Mapping[str, Any], ...]
    case_key: bytes
    upload: str


@dataclass(frozen=True)
class Result:
    """What an order came to."""

    outcome: Outcome
    counts: dict[str, int]
    delivered: Delivered


class Errand:
    """Carries one order out; after a crash another one goes on where the last whole slice of an export ended."""

    def __init__(self, context: Context, connector: Connector, job: Job) -> None:
        self._context = context
        self._connector = connector
        self._job = job
        door = str(context.settings.upload_url)
        self._parcel = Parcel(order=job.order, run=uuid7(), case_key=job.case_key, door=door, grant=job.upload)
        self._guard = Guard(job.subject, max_rows=connector.max_rows)
        self._counts: Counter[str] = Counter()
        self._told_at = time.monotonic()

    def run(self) -> Result:
        """Do what was ordered, and send what came of it sealed to the case."""
        if self._job.operation not in self._connector.supports:
            return Result(Outcome.NOT_APPLICABLE, {}, Delivered("", []))
        delivered = self._export() if self._job.operation is Operation.EXPORT else self._parcel.deliver(self._lines())
        return Result(Outcome.FOUND if self._counts else Outcome.NOTHING, dict(self._counts), delivered)

    def _export(self) -> Delivered:
        come = read_slices(self._context, self._job.case, self._job.order)
        self._counts.update(come.counts)
        subject = self._job.subject
        found = self._connector.export(subject) if come.after is None else self._connector.resume(subject, come.after)
        items = self._guard.records(found, before=self._counts.total())
        cut = _Cut(items, lambda record: self._counted(self._record_line(record, come)))
        if not come.slices:
            first = self._send_first(cut, come)
            if first is not None:
                return first
        while cut.goes_on:
            self._parcel.upload(come.slices + 1, cut.slice())
            self._keep(come, cut)
        return Delivered("", come.parts)

    def _send_first(self, cut: "_Cut", come: Come) -> Delivered | None:
        """Send the first slice; give the whole delivery if there is no other."""
        delivered = self._parcel.deliver(cut.lines())
        if not cut.goes_on:
            return delivered
        self._parcel.upload_first(delivered)
        self._keep(come, cut)
        return None

    def _keep(self, come: Come, cut: "_Cut") -> None:
        parts, self._parcel.parts = self._parcel.parts, []
        if cut.after is None:  # the last slice: the answer itself is what is kept of it
            come.slices += 1
            come.parts += parts
            return
        with self._context.transaction() as tx:
            keep_slice(tx, self._job.case, self._job.order, come, parts, self._counts, cut.after)
            tx.say(self._progress())

    def _record_line(self, record: Record, come: Come) -> dict[str, Any]:
        files = []
        for attachment in record.attachments:
            come.files += 1
            with attachment.open() as source:
                sent = self._parcel.attach(come.files, attachment.name, attachment.media_type, source)
            files.append({**sent, "size": attachment.size})
        return record_line(record, files)

    def _lines(self) -> _Lines:
        job, connector, guard = self._job, self._connector, self._guard
        operations: dict[Operation, Callable[[], _Lines]] = {
            Operation.IDENTIFY: self._identified,
            Operation.LOCATE: lambda: map(located_line, guard.located(connector.locate(job.subject))),
            Operation.ERASE: self._erased,
            Operation.RECTIFY: self._rectified,
            Operation.RESTRICT: lambda: map(
                changed_line, guard.changed(connector.restrict(job.subject, lift=self._lifts()))
            ),
            Operation.SUPPRESS: lambda: map(
                changed_line, guard.changed(connector.suppress(job.subject, lift=self._lifts()))
            ),
        }
        if job.operation not in operations:
            raise Refused(f"this runner does not order {job.operation}")
        return map(self._counted, operations[job.operation]())

    def _erased(self) -> _Lines:
        scope = tuple(read_decided(dict(each)) for each in self._job.scope)
        return map(done_line, self._guard.done(self._connector.erase(self._job.subject, scope), scope))

    def _rectified(self) -> _Lines:
        corrections = tuple(read_correction(dict(each)) for each in self._job.scope)
        most = Counter(each.kind for each in corrections)
        return map(changed_line, self._guard.changed(self._connector.rectify(self._job.subject, corrections), most))

    def _identified(self) -> _Lines:
        """The further identifiers, and last the introduction under which other systems may believe them."""
        found: dict[str, list[str]] = {}
        for each in self._guard.identified(self._connector.identify(self._job.subject)):
            known = found.setdefault(each.name, [])
            if each.value not in known:
                known.append(each.value)
                yield identified_line(each)
        if not found:
            return
        identifiers = salt_identifiers(found)
        signer, now = self._context.keys.signer(self._context.participant), self._context.clock.now()
        introduction = introduce(signer, case=self._job.case, system=self._job.system, identifiers=identifiers, now=now)
        yield {"kind": "", "identifiers": identifiers, "introduction": introduction.to_object()}

    def _lifts(self) -> bool:
        if self._job.scope not in ((), (LIFT,)):
            raise Refused("the scope of this order is none of its operation")
        return bool(self._job.scope)

    def _counted(self, line: dict[str, Any]) -> dict[str, Any]:
        if line["kind"]:
            self._counts[line["kind"]] += int(line.get("count", 1))
        if time.monotonic() - self._told_at >= TELL_EVERY_SECONDS:
            with self._context.transaction() as tx:
                tx.say(self._progress())
        return line

    def _progress(self) -> OrderProgressed:
        self._told_at = time.monotonic()
        job = self._job
        return OrderProgressed(
            case=job.case,
            order=job.order,
            system=job.system,
            operation=job.operation.value,
            counts=dict(self._counts),
            waiting="",
            until="",
        )


class _Cut:
    """Cuts what an export yields into slices: each ends at the first mark after `SLICE_BYTES`, the last at the end."""

    def __init__(self, items: Iterator[Record | Mark], line_of: Callable[[Record], dict[str, Any]]) -> None:
        self._items = items
        self._line_of = line_of
        self._reader: LineReader | None = None
        self._bytes = 0
        self._ahead: Record | None = None
        self.after: str | None = None
        self.goes_on = True

    def lines(self) -> _Lines:
        """The lines of the next slice; when they are read, `goes_on` says whether there is another."""
        self._bytes = 0
        self.after = None
        if self._ahead is not None:
            yield self._line(self._ahead)
            self._ahead = None
        for item in self._items:
            if isinstance(item, Record):
                yield self._line(item)
            elif self._bytes >= SLICE_BYTES and self._look_ahead():
                self.after = item.at
                return
        self.goes_on = False

    def slice(self) -> LineReader:
        """The same as a stream of bytes."""
        return LineReader(self.lines())

    def _look_ahead(self) -> bool:
        """Say whether a record follows, so that no slice is empty."""
        self._ahead = next((item for item in self._items if isinstance(item, Record)), None)
        return self._ahead is not None

    def _line(self, record: Record) -> dict[str, Any]:
        line = self._line_of(record)
        self._bytes += _weight_of(line)
        return line


def _weight_of(line: Mapping[str, Any]) -> int:
    """About how many bytes a record will take: what is cut is measured, not billed."""
    return sum(len(name) + len(str(value)) for name, value in line["data"].items()) + 200
