"""Sorts a vendor's answers by what to do next; its own words are never repeated, as they may quote the person."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from habeas.connectors.http.fields import holds
from habeas.connectors.http.vendorfile import Call, ErrorRule, Vendor
from habeas.sdk import Json, NeedsPerson, TryLater

#: How long a group is left alone where the vendor asks for patience and does not say how much.
DEFAULT_WAIT_SECONDS = 30.0
_LONGEST_WAIT_SECONDS = 86_400.0
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529, 598, 599})
#: These ask for patience of everybody who calls.
HOLDS = frozenset({429, 503})


@dataclass(frozen=True)
class Answer:
    """What the vendor said to one call; `nothing` where it says that there is no such thing."""

    call: Call
    status: int
    body: Json = field(repr=False)
    next_link: str = field(default="", repr=False)
    nothing: bool = False


class Busy(TryLater):
    """The vendor asks for patience: nobody calls the group for a while."""

    def __init__(self, call: Call, status: int, seconds: float) -> None:
        super().__init__(f"{call.name}: the vendor asks for patience ({status})", timedelta(seconds=seconds))
        self.status = status
        self.seconds = seconds


def sort(vendor: Vendor, call: Call, status: int, body: Json, headers: Mapping[str, str], secrets: str) -> bool:
    """Whether the answer is what was asked for, or nothing (False); raises what else it is.

    secrets: what the operator has to look at where the vendor does not know who asks.
    """
    for rule in (*call.errors, *vendor.errors):
        if (rule.status in (None, status)) and (rule.when is None or holds(rule.when, body)):
            return _mean(rule.means, rule, call, status, headers, vendor)
    if str(status) in call.answers:
        return _mean(call.answers[str(status)], None, call, status, headers, vendor)
    if status in call.expect:
        return True
    if status == 401:
        raise NeedsPerson(f"{call.name}: the vendor does not accept who asks (401): look at {secrets}, renew it")
    if status == 403:
        needs = f"it needs {call.scope}" if call.scope else "its permissions do not reach"
        raise NeedsPerson(f"{call.name}: the vendor forbids it (403): look at what {secrets} may do, {needs}")
    if status in _LATER:
        return _mean("later", None, call, status, headers, vendor)
    if 300 <= status < 400:
        raise NeedsPerson(
            f"{call.name}: the vendor sends it elsewhere ({status}), which is not followed: look at base_url"
        )
    if status == 404:
        raise NeedsPerson(f"{call.name}: the vendor does not know the address (404): look at base_url and the options")
    raise NeedsPerson(f"{call.name}: the vendor answered {status}, which its file does not expect")


def _mean(
    means: str, rule: ErrorRule | None, call: Call, status: int, headers: Mapping[str, str], vendor: Vendor
) -> bool:
    if means == "nothing":
        return False
    if means == "later":
        seconds = wait_of(headers, vendor.waits)
        if status in HOLDS or seconds is not None or rule is not None:
            raise Busy(call, status, DEFAULT_WAIT_SECONDS if seconds is None else seconds)
        raise TryLater(f"{call.name}: the vendor cannot answer now ({status})", timedelta(minutes=1))
    say = rule.say if rule and rule.say else "its file says that a person has to look"
    raise NeedsPerson(f"{call.name}: {say} ({status})")


def wait_of(headers: Mapping[str, str], waits: Mapping[str, str], now: float | None = None) -> float | None:
    """The longest wait in seconds that headers ask for: Retry-After (RFC 9110, 10.2.3), and what the file names."""
    now = time.time() if now is None else now
    found = [_seconds(headers.get("Retry-After"), "retry", now)]
    found += [_seconds(headers.get(name), form, now) for name, form in waits.items()]
    known = [each for each in found if each is not None]
    return min(max(0.0, *known), _LONGEST_WAIT_SECONDS) if known else None


def _seconds(text: str | None, form: str, now: float) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return _seconds_to(text, now) if form == "retry" else None
    if number != number or number < 0:
        return None
    by_form = {
        "milliseconds": number / 1000,
        "epoch": number - now,
        "epoch_ms": number / 1000 - now,
    }
    return by_form.get(form, number)


def _seconds_to(text: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError):
        return None


def list_of(answer: Answer) -> list[dict[str, Any]]:
    """The records in an answer; raises NeedsPerson where they are not where the file says."""
    call = answer.call
    if answer.nothing:
        return []
    if call.record is not None:
        return [one_of(answer)]
    assert call.records is not None
    found = call.records.search(answer.body)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise NeedsPerson(f"{call.name}: {call.records.expression} is no list of records: the vendor changed its form")
    if call.most_records and len(found) >= call.most_records:
        raise NeedsPerson(f"{call.name}: the vendor gives no more than {call.most_records} records, and gave as many")
    return found


def one_of(answer: Answer) -> dict[str, Any]:
    """The one record of an answer."""
    call = answer.call
    assert call.record is not None
    found = call.record.search(answer.body)
    if not isinstance(found, dict):
        raise NeedsPerson(f"{call.name}: {call.record.expression} is no record: the vendor changed its form")
    return found
