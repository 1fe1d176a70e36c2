"""The connector for vendors with an HTTP API: what it does follows from the vendor's file."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import httpx

from habeas.connectors.http.account import Account, read_account
from habeas.connectors.http.asking import Asking
from habeas.connectors.http.begun import Begun
from habeas.connectors.http.changing import Changes
from habeas.connectors.http.erasing import Erasure
from habeas.connectors.http.exchange import Exchange
from habeas.connectors.http.fields import holds
from habeas.connectors.http.matching import stored_identifiers
from habeas.connectors.http.pace import Pace
from habeas.connectors.http.vendorfile import Check, Vendor
from habeas.connectors.http.walk import Walk
from habeas.sdk import (
    Changed,
    Channel,
    Connector,
    Correction,
    Decided,
    Done,
    HabeasError,
    Health,
    Identified,
    Operation,
    Record,
    Subject,
)


class HttpConnector(Connector):
    """Finds, exports, corrects, restricts and erases a person's records at a vendor, as the vendor's file says.

    transport: what carries the requests, given from outside in tests; else the network. clock: seconds since 1970.
    """

    def __init__(
        self,
        account: Account,
        transport: httpx.BaseTransport | None = None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.account = account
        self.max_rows = account.max_rows
        self.supports = _supports(account.vendor)  # type: ignore[misc]  # each vendor can do something else
        self._transport = transport
        self._clock = clock
        self._sleep = sleep
        self._begun: Begun | None = None
        self._exchange: Exchange | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], here: Path) -> Self:
        """Settings: `vendor` or `vendor_file`, and what `docs/writing-an-http-connector.md` names."""
        return cls(read_account(settings, here))

    def channels(self, claimed: Subject) -> Iterator[Channel]:
        walk = self._walk(claimed)
        for kind in self.account.vendor.kinds.values():
            if not kind.channel:
                continue
            for item in walk.claimed(kind):
                known = stored_identifiers(kind, item.record, claimed)
                for channel, field in kind.channel.items():
                    for value in field.texts(item.record):
                        yield Channel(channel, value, known)

    def identify(self, subject: Subject) -> Iterator[Identified]:
        for item in self._walk(subject).items():
            for name, field in item.kind.identifies.items():
                for value in field.texts(item.record):
                    yield Identified(name, value, item.matches)

    def export(self, subject: Subject) -> Iterator[Record]:
        for item in self._walk(subject).items():
            yield item.as_record(self.account.activities[item.kind.name])

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        walk, asking = self._walk(subject), self._ask()
        yield from Erasure(self.account.vendor, asking, walk, self._remembered()).run(scope)

    def rehearse(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        walk, asking = self._walk(subject), self._ask()
        yield from Erasure(self.account.vendor, asking, walk, self._remembered()).rehearse(scope)

    def rectify(self, subject: Subject, corrections: Sequence[Correction]) -> Iterator[Changed]:
        yield from self._changes(subject).rectify(corrections)

    def restrict(self, subject: Subject, lift: bool = False) -> Iterator[Changed]:
        yield from self._changes(subject).restrict(lift=lift)

    def suppress(self, claimed: Subject, lift: bool = False) -> Iterator[Changed]:
        yield from self._changes(claimed).suppress(claimed, lift=lift)

    def check(self) -> Health:
        problems = []
        for each in self.account.vendor.check:
            try:
                problem = self._look(each)
            except HabeasError as error:
                problem = str(error)
            if problem:
                problems.append(problem)
        facts = {"vendor": self.account.vendor.vendor, "calls tried": str(len(self.account.vendor.check))}
        return Health(problems=tuple(dict.fromkeys(problems)), facts=facts)

    def close(self) -> None:
        """Closes the connections to the vendor."""
        if self._exchange is not None:
            self._exchange.close()
            self._exchange = None

    def _look(self, check: Check) -> str:
        asking = self._ask()
        slots = asking.slots(value=check.with_value or None)
        call = self.account.vendor.calls[check.call]
        if check.where is None and (call.records or call.record):
            next(asking.records(check.call, slots), None)
            return ""
        answer = asking.ask(check.call, slots)
        if check.where is None or holds(check.where, answer.body):
            return ""
        return f"{check.call}: {check.say or 'the vendor does not answer as its file says'}"

    def _walk(self, subject: Subject) -> Walk:
        return Walk(self._ask(), self.account, subject, self._remembered())

    def _changes(self, subject: Subject) -> Changes:
        return Changes(self.account.vendor, self._ask(), self._walk(subject))

    def _ask(self) -> Asking:
        # made at the first use, as `state` is given to the connector after it is made
        if self._exchange is None:
            pace = Pace(self.account.vendor.limits, self.file("pace.sqlite"), clock=self._clock, sleep=self._sleep)
            self._exchange = Exchange(self.account, pace, self._remembered(), self._transport)
        return Asking(self._exchange)

    def _remembered(self) -> Begun:
        if self._begun is None:
            self._begun = Begun(self.file("begun.sqlite"), self._clock)
        return self._begun


def _supports(vendor: Vendor) -> frozenset[Operation]:
    kinds = vendor.kinds.values()
    can = {
        Operation.CHECK: True,
        Operation.LOCATE: bool(kinds),
        Operation.EXPORT: bool(kinds),
        Operation.CHANNELS: any(kind.channel for kind in kinds),
        Operation.IDENTIFY: any(kind.identifies for kind in kinds),
        Operation.ERASE: any(kind.erase for kind in kinds),
        Operation.RECTIFY: any(kind.rectify for kind in kinds),
        Operation.RESTRICT: any(kind.restrict for kind in kinds),
        Operation.SUPPRESS: bool(vendor.suppress) or any(kind.suppress for kind in kinds),
    }
    return frozenset(operation for operation, able in can.items() if able)
