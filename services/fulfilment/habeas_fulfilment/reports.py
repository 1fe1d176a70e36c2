"""What a person reports of a task, read from a form and written in the lines that a runner would write.

Pure: nothing is stored here. Whatever is wrong is told by field, all at once.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from habeas.connect.lines import changed_line, done_line, located_line, record_line
from habeas.errors import Fault, Faults
from habeas.sdk import Changed, Decided, Deed, Done, Json, Located, Operation, Outcome, Record, Subject, digest_of

MOST_LINES = 200
DOCUMENT = "document"
_KIND = re.compile(r"[a-z][a-z0-9_ -]{0,60}")
_CHOICES = (Outcome.FOUND, Outcome.NOTHING, Outcome.NOT_APPLICABLE)
_Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class SentFile:
    """A file that came with a report, as it was sealed: `part` names it among the result's parts."""

    part: str
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Asked:
    """What the person was asked to do, and of whom."""

    operation: Operation
    subject: Subject
    activities: tuple[str, ...]
    scope: tuple[Decided, ...] = ()


@dataclass(frozen=True)
class Report:
    """What came of it: as a runner's answer has it."""

    outcome: Outcome
    lines: tuple[dict[str, Any], ...]
    reason: str

    @property
    def counts(self) -> dict[str, int]:
        """Count what it tells, by kind."""
        found: Counter[str] = Counter()
        for line in self.lines:
            found[line["kind"]] += int(line.get("count", 1))
        return dict(found)


def read_report(asked: Asked, form: Mapping[str, str], files: Sequence[SentFile]) -> Report:
    """Read a report: fields `outcome`, `reason`, `activity`, `records`, `count` and, of an erasure, `left-N`.

    Raises Faults, each with the field that is wrong.
    """
    reason = form.get("reason", "").strip()[:300]
    if asked.operation is Operation.ERASE:
        return Report(Outcome.FOUND, tuple(_erased(asked.scope, form, reason)), reason)
    outcome = form.get("outcome", "")
    if outcome not in list(_CHOICES):
        raise Faults([Fault("outcome", "nothing is chosen", "say whether you found anything")])
    if outcome != Outcome.FOUND:
        if not reason:
            raise Faults([Fault("reason", "it says nothing", "say where you looked, so that others can rely on it")])
        return Report(Outcome(outcome), (), reason)
    activity = form.get("activity", "")
    if activity not in asked.activities:
        raise Faults([Fault("activity", "it is none of this system's", "choose what the data is for")])
    readers = {Operation.EXPORT: _exported, Operation.LOCATE: _located}
    read = readers.get(asked.operation, _changed)
    return Report(Outcome.FOUND, tuple(read(asked, activity, form, files)), reason)


def _exported(asked: Asked, activity: str, _form: Mapping[str, str], files: Sequence[SentFile]) -> _Lines:
    if not files:
        raise Faults([Fault("files", "there are none", "add the files that you took out of the system")])
    lines = []
    for file in files:
        data: dict[str, Json] = {"name": file.name, "size": file.size, "sha256": file.sha256}
        record = Record(DOCUMENT, file.part, activity, data, tie_of(asked.subject))
        sent = {"id": file.part, "name": file.name, "media_type": file.media_type, "size": file.size}
        lines.append(record_line(record, [sent]))
    return lines


def _located(asked: Asked, activity: str, form: Mapping[str, str], _files: Sequence[SentFile]) -> _Lines:
    told = [line for line in form.get("records", "").splitlines() if line.strip()]
    faults, lines, seen = [], [], set()
    if not told or len(told) > MOST_LINES:
        remedy = f"write 1 to {MOST_LINES} lines: what it is; its number there; since when"
        faults.append(Fault("records", f"it has {len(told)} lines", remedy))
    for number, line in enumerate(told, 1):
        kind, key, since, problem = _read_line(line)
        if problem or (kind, key) in seen:
            faults.append(
                Fault("records", f"line {number}: {problem or 'it stands there twice'}", "contact; 4711; 2024-05-31")
            )
            continue
        seen.add((kind, key))
        digest = digest_of(kind, key, {})
        lines.append(located_line(Located(kind, key, activity, digest, since, tie_of(asked.subject))))
    if faults:
        raise Faults(faults)
    return lines


def _read_line(line: str) -> tuple[str, str, date | None, str]:
    """Give kind, key and day of a line, and what is wrong with it."""
    parts = [part.strip() for part in line.split(";")]
    kind, key, since = (*parts, "", "", "")[:3]
    if len(parts) > 3 or not _KIND.fullmatch(kind.lower()):
        return "", "", None, "the first word does not say what it is"
    if not key or len(key) > 100:
        return "", "", None, "it has no number or name by which it can be found again"
    try:
        return kind.lower().replace(" ", "_"), key, date.fromisoformat(since) if since else None, ""
    except ValueError:
        return "", "", None, "the day is not written as year-month-day"


def _changed(_asked: Asked, _activity: str, form: Mapping[str, str], _files: Sequence[SentFile]) -> _Lines:
    count = form.get("count", "")
    if not count.isascii() or not count.isdigit() or not 0 < int(count) <= 100_000:
        raise Faults([Fault("count", "it is no number of records", "say how many records you changed")])
    return [changed_line(Changed("record", int(count), verified=False, why=form.get("reason", "")[:300]))]


def _erased(scope: Sequence[Decided], form: Mapping[str, str], reason: str) -> _Lines:
    """Account for every record that was decided; what could not be erased needs a word why."""
    left = {number for number, _ in enumerate(scope) if form.get(f"left-{number}")}
    if left and not reason:
        raise Faults([Fault("reason", "it says nothing", "say why some could not be erased")])
    done: Counter[Done] = Counter()
    for number, each in enumerate(scope):
        if each.keep:
            done[Done(each.kind, Deed.KEPT, 1, each.ground, each.until)] += 1
        elif number in left:
            done[Done(each.kind, Deed.NEEDS_PERSON, 1, why=reason)] += 1
        else:
            done[Done(each.kind, Deed.ERASED, 1)] += 1
    return [
        done_line(Done(one.kind, one.deed, count, one.ground, one.until, why=one.why)) for one, count in done.items()
    ]


def tie_of(subject: Subject) -> dict[str, str]:
    """Tie what a person found to the first identifier that they were given to look for."""
    name = next(iter(subject.identifiers))
    return {name: subject.values(name)[0]}
