"""What a connector yields as lines of JSON, the form in which a result is sealed to the case.

`export` gives {kind, key, activity, dated, matches, data, attachments: [{id, name, media_type, size}]}, `locate`
gives {kind, key, activity, dated, matches, digest}, both with `presumed: true` where nobody can read it; `erase` gives
{kind, deed, count, ground, until, verified, why}, `rectify`, `restrict` and `suppress` give {kind, count, verified,
why}, `identify` gives {kind, value, matches} with the identifier's name as its kind; dates are ISO days or null.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from habeas.sdk.records import Changed, Correction, Decided, Done, Identified, Located, Record


def record_line(record: Record, attachments: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Write an exported record, with its files as they were uploaded."""
    return {
        "kind": record.kind,
        "key": record.key,
        "activity": record.activity,
        "dated": _day(record.dated),
        "matches": dict(record.matches),
        "data": dict(record.data),
        "attachments": list(attachments),
        **_presumed(record),
    }


def located_line(located: Located) -> dict[str, Any]:
    """Write a located record."""
    return {
        "kind": located.kind,
        "key": located.key,
        "activity": located.activity,
        "dated": _day(located.dated),
        "matches": dict(located.matches),
        "digest": located.digest,
        **_presumed(located),
    }


def done_line(done: Done) -> dict[str, Any]:
    """Write what was done to a class of records."""
    return {
        "kind": done.kind,
        "deed": done.deed.value,
        "count": done.count,
        "ground": done.ground,
        "until": _day(done.until),
        "verified": done.verified,
        "why": done.why,
    }


def changed_line(changed: Changed) -> dict[str, Any]:
    """Write what was corrected, restricted or stopped in a class of records."""
    return {"kind": changed.kind, "count": changed.count, "verified": changed.verified, "why": changed.why}


def identified_line(identified: Identified) -> dict[str, Any]:
    """Write a further identifier of the person."""
    return {"kind": identified.name, "value": identified.value, "matches": dict(identified.matches)}


def _presumed(item: Record | Located) -> dict[str, bool]:
    return {"presumed": True} if item.presumed else {}


def read_correction(value: dict[str, Any]) -> Correction:
    """Read one correction, as the order's scope carries it."""
    return Correction(kind=value["kind"], key=value["key"], digest=value["digest"], changes=dict(value["changes"]))


def read_decided(value: dict[str, Any]) -> Decided:
    """Read one decision of a plan, as the order's scope carries it."""
    until = value["until"]
    return Decided(
        kind=value["kind"],
        key=value["key"],
        digest=value["digest"],
        keep=value["keep"],
        ground=value["ground"],
        until=None if until is None else date.fromisoformat(until),
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
