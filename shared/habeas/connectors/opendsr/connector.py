"""The connector for processors that take requests by OpenDSR 2.0, and answer them within days."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import uuid4

import httpx

from habeas.connectors.http.begun import Begun, name_of
from habeas.connectors.opendsr.processor import Processor, Status
from habeas.connectors.opendsr.results import Results
from habeas.connectors.opendsr.settings import Settings, read_settings
from habeas.opendsr.identities import Identity
from habeas.sdk import (
    Connector,
    Decided,
    Deed,
    Done,
    HabeasError,
    Health,
    Located,
    NeedsPerson,
    Record,
    Subject,
    Waiting,
    canonical_json,
)
from habeas.sdk.rehearsal import rehearse

KIND = "profile"
#: How long a request is waited for before a person asks what became of it.
_WITHIN = timedelta(days=90)


class OpenDsrConnector(Connector):
    """Asks a processor for what it holds of a person, or to erase it, and believes only what it signs.

    Nobody can read there: under each identity that is proved something is presumed, and an erasure that the processor
    confirms is never told as verified. transport, clock: given from outside in tests.
    """

    def __init__(
        self,
        settings: Settings,
        transport: httpx.BaseTransport | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._processor = Processor(settings, transport, clock)
        self._begun: Begun | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], here: Path) -> Self:
        """Settings: see docs/connectors/opendsr.md."""
        return cls(read_settings(settings, here))

    def locate(self, subject: Subject) -> Iterator[Located]:
        """What is presumed; the processor is not asked, as a look at it is a request of weeks."""
        for record in self._presumed(subject):
            yield record.located()

    def export(self, subject: Subject) -> Iterator[Record]:
        """What is presumed, with the processor's answer as a file where it gives one; raises Waiting until then."""
        presumed = list(self._presumed(subject))
        if "access" not in self._processor.discover().kinds:
            yield from presumed
            return
        status = self._ask_for("access", [self._identity(each) for each in presumed])
        first, *others = presumed
        yield Results(self._processor, status).attached_to(first)
        yield from others

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        """Asks for everything that is let go in one request, and waits until the processor signs that it is done."""
        decided = {(each.kind, each.key, each.digest): each.keep for each in scope}
        let_go = [
            each for each in self._presumed(subject) if decided.get((each.kind, each.key, each.digest), True) is False
        ]
        if let_go:
            self._ask_for("erasure", [self._identity(each) for each in let_go])
        yield from self.rehearse(subject, scope)

    def rehearse(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        """What an erasure says, too: nothing there can be seen to change."""
        located = list(self.locate(subject))
        presumed = {(each.kind, each.key) for each in located}
        yield from rehearse(located, [each for each in scope if (each.kind, each.key) in presumed])
        if others := sum((each.kind, each.key) not in presumed for each in scope):
            yield Done(KIND, Deed.NEEDS_PERSON, others, why="it is under nothing that was proved")

    def check(self) -> Health:
        """Whether it answers, its certificate is good, and it knows the identities and kinds that it will be asked."""
        try:
            found = self._processor.discover()
            self._processor.prove()
        except HabeasError as error:
            return Health(problems=(str(error),))
        problems = [
            f"the processor does not take {form['type']} as {form['format']}: look at identities.{name}"
            for name, form in self._settings.identities.items()
            if (form["type"], form["format"]) not in found.identities
        ]
        if "erasure" not in found.kinds:
            problems.append("the processor takes no requests for erasure")
        return Health(tuple(problems), {"kinds": ", ".join(sorted(found.kinds))})

    def close(self) -> None:
        """Closes the connections."""
        self._processor.close()

    def _presumed(self, subject: Subject) -> Iterator[Record]:
        proved = list(self._settings.proved(subject))
        if not proved:
            names = ", ".join(self._settings.identities)
            raise NeedsPerson(f"the processor cannot be asked: none of {names} is proved")
        for name, value in proved:
            key = hashlib.sha256(f"{KIND}:{name}:{value}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
            data = {"identifier": name, "value": value}
            yield Record(KIND, key, self._settings.activity, data, {name: value}, presumed=True)

    def _identity(self, record: Record) -> Identity:
        return self._settings.identity(str(record.data["identifier"]), str(record.data["value"]))

    def _ask_for(self, kind: str, identities: Sequence[Identity]) -> Status:
        """The completed request, handed over before or now; raises Waiting while the processor is at it."""
        begun = self._work()
        told = sorted((each.as_json() for each in identities), key=str)
        name = name_of(kind, self._settings.domain, *(canonical_json(dict(each)).decode() for each in told))
        work = begun.find(name)
        if work is None:  # before it is sent: what breaks off is asked for under the same number
            work = begun.remember(name, _WITHIN, str(uuid4()))
            status = None
        else:
            status = self._processor.status(work.number)
        if status is None:
            status = self._processor.submit(self._request(kind, work.number, told))
        if status.state == "completed":
            begun.finish(name)
            return status
        if status.state == "cancelled":
            begun.forget(name)
            raise NeedsPerson(f"the processor cancelled the request for {kind}: ask there why")
        if self._clock() > work.until:
            raise NeedsPerson(f"the processor has been at it for {_WITHIN.days} days: ask there why")
        reason = f"the processor is at it ({status.state})"
        raise Waiting(reason, self._settings.every, status.expected or None, work.number)

    def _request(self, kind: str, number: str, told: list[dict[str, str]]) -> dict[str, object]:
        """A request (7.1.1). Its time is when it is sent: when the person asked is not ours to pass on."""
        request: dict[str, object] = {
            "regulation": self._settings.regulation,
            "subject_request_id": number,
            "subject_request_type": kind,
            "submitted_time": datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "subject_identities": told,
            "api_version": "2.0",
        }
        if self._settings.callback:
            request["status_callback_urls"] = [self._settings.callback]
        if self._settings.extension:
            request["extensions"] = {self._settings.domain: dict(self._settings.extension)}
        return request

    def _work(self) -> Begun:
        if self._begun is None:
            self._begun = Begun(self.file("begun.sqlite"), self._clock)
        return self._begun
