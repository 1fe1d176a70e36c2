"""What systems answered, opened: sealed results read as lines, each checked again to be the person's own.

Everything is read as a stream; whatever cannot be opened or understood raises BrokenResult, which names the system.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from habeas.connect.delivery import context_of, part_name
from habeas.crypto.streams import DecryptingReader, open_stream
from habeas.digests import strip_salt
from habeas.errors import NeedsPerson, Refused
from habeas.sdk import Deed, Done, Guard, Identified, Located, Record, Subject
from habeas.storage import Store
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import found_of, identifiers_of, private_key_of
from habeas_fulfilment.models import CaseFile, SystemOrder

RECORDS = part_name(1)
_MOST = 2**62
_LONGEST_LINE = 64 * 1024 * 1024


class BrokenResult(Refused):
    """Says that one system's result cannot be used, and why."""

    def __init__(self, order: str, system: str, reason: str) -> None:
        super().__init__(f"the result of {system} cannot be used: {reason}")
        self.order = order
        self.system = system
        self.short = reason


@dataclass(frozen=True)
class SealedResult:
    """One order's answer as it lies here, sealed to the case: in `content`, or in the store under `parts`."""

    case: str
    order: str
    system: str
    outcome: str
    content: bytes | None
    parts: Mapping[str, str]
    private: bytes
    subject: Subject

    def __repr__(self) -> str:
        """Hide the case's private key."""
        return f"SealedResult({self.order}, {self.system})"


def seal_results(tx: Transaction, case: CaseFile, orders: Mapping[str, SystemOrder]) -> dict[str, SealedResult]:
    """Give the answers to some orders, with what it takes to open them."""
    private, subject = private_key_of(tx, case), subject_of(tx, case)
    return {
        system: SealedResult(
            case.id,
            order.id,
            system,
            order.outcome or "",
            order.content,
            {part["part"]: part["key"] for part in order.parts},
            private,
            subject,
        )
        for system, order in orders.items()
    }


def subject_of(tx: Transaction, case: CaseFile) -> Subject:
    """Give the person as what was proved, and as what systems found beside it and signed."""
    return read_subject(identifiers_of(tx, case), found_of(tx, case))


def read_subject(identifiers: Mapping[str, list[str]], found: Iterable[Mapping[str, Any]]) -> Subject:
    """Give a person as identifiers that were proved, and as what systems found beside them."""
    values = strip_salt(identifiers)
    for each in found:
        for name, more in strip_salt(each["identifiers"]).items():
            values[name] = [*values.get(name, ()), *more]
    return Subject({name: tuple(known) for name, known in values.items()})


def read_records(store: Store, result: SealedResult) -> Iterator[dict[str, Any]]:
    """Yield an export's records as JSON values, each tied to the person by what was proved."""
    # The guard sees every record as it passes, and what it lets through is handed on as it was read.
    read: list[dict[str, Any]] = []

    def seen() -> Iterator[Record]:
        for line in _lines(store, result):
            read[:] = [line]
            yield _record(line)

    with _blaming(result) as guard_of:
        for _ in guard_of.records(seen()):
            yield read[0]


def read_introduction(store: Store, result: SealedResult) -> dict[str, Any] | None:
    """Give the further identifiers that a system found, as it signed them; None if it found none."""
    with _blaming(result) as guard_of:
        lines = list(_lines(store, result))
        if not lines:
            return None
        *told, last = lines
        list(guard_of.identified(Identified(each["kind"], each["value"], each["matches"]) for each in told))
        found: dict[str, list[str]] = {}
        for each in told:
            found.setdefault(each["kind"], []).append(each["value"])
        if strip_salt(last["identifiers"]) != found:
            raise Refused("what it signed is not what it found")
        return {"system": result.system, "identifiers": last["identifiers"], "introduction": last["introduction"]}


def read_located(store: Store, result: SealedResult) -> Iterator[Located]:
    """Yield what a system located, each tied to the person by what was proved."""
    with _blaming(result) as guard_of:
        yield from guard_of.located(_located(line) for line in _lines(store, result))


def read_done(store: Store, result: SealedResult) -> Iterator[Done]:
    """Yield what an erasure did."""
    with _blaming(result):
        for line in _lines(store, result):
            yield _done(line)


def open_part(store: Store, result: SealedResult, part: str) -> DecryptingReader:
    """Open one file of an answer."""
    with _blaming(result):
        if part == RECORDS and result.content is not None:
            source: BinaryIO = io.BytesIO(result.content)
        elif part in result.parts:
            source = store.open(result.parts[part])
        else:
            raise Refused("a part that it names is not there")
        return open_stream(source, result.private, context_of(result.order, part))


class _blaming:  # noqa: N801 - reads as the preposition it is
    """Turns whatever a result does wrong into a BrokenResult of its system."""

    def __init__(self, result: SealedResult) -> None:
        self._result = result

    def __enter__(self) -> Guard:
        return Guard(self._result.subject, max_rows=_MOST)  # the breaker is the connector's, who knows its system

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, BrokenResult):
            return
        reason = None
        if isinstance(error, Refused | NeedsPerson):
            reason = str(error)
        elif isinstance(error, ValueError | KeyError | TypeError):
            reason = "a line of it is not written as it should be"
        if reason is not None:
            raise BrokenResult(self._result.order, self._result.system, reason) from None


def _lines(store: Store, result: SealedResult) -> Iterator[dict[str, Any]]:
    if result.content is None and not result.parts:
        return
    number = 1
    while number == 1 or part_name(number) in result.parts:
        yield from _lines_of(store, result, part_name(number))
        number += 1


def _lines_of(store: Store, result: SealedResult, part: str) -> Iterator[dict[str, Any]]:
    with io.BufferedReader(open_part(store, result, part), 256 * 1024) as source:
        while line := source.readline(_LONGEST_LINE):
            if not line.endswith(b"\n"):
                raise Refused("a line of it has no end or is too long")
            value = json.loads(line)
            if not isinstance(value, dict):
                raise Refused("a line of it is not an object")
            yield value


def _record(line: dict[str, Any]) -> Record:
    return Record(
        line["kind"],
        line["key"],
        line["activity"],
        line["data"],
        line["matches"],
        (),
        _day(line["dated"]),
        line.get("presumed", False) is True,
    )


def _located(line: dict[str, Any]) -> Located:
    return Located(
        line["kind"],
        line["key"],
        line["activity"],
        line["digest"],
        _day(line["dated"]),
        dict(line["matches"]),
        line.get("presumed", False) is True,
    )


def _done(line: dict[str, Any]) -> Done:
    if type(line["count"]) is not int or type(line["verified"]) is not bool or line["count"] < 0:
        raise ValueError("a deed is not written as it should be")
    return Done(
        line["kind"],
        Deed(line["deed"]),
        line["count"],
        line["ground"],
        _day(line["until"]),
        line["verified"],
        line["why"],
    )


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
