"""How often something may happen, counted in our own tables and in the transaction of the act itself.

Keys are blind indexes or random ids, so that the table tells nothing of anybody. A refusal is never counted: whoever
knocks on does not lock the door for longer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, text
from sqlalchemy.orm import Session

from habeas.database import Instant
from habeas_identity.models import QuotaUse


@dataclass(frozen=True)
class Quota:
    """At most so many times within any window of that length."""

    name: str
    most: int
    window: timedelta


CLAIMS = Quota("claims of an identifier", 5, timedelta(days=1))
OPENINGS = Quota("cases of a controller", 1_000, timedelta(hours=1))
PROVING_MAILS = Quota("codes to an address to prove", 3, timedelta(days=1))
"""What a stranger can make us send to an address that they know."""
RELEASING_MAILS = Quota("codes to an address to release", 3, timedelta(days=1))
"""Counted apart: these go only to whoever has proved the case, and a day of many cases must not keep an answer back."""
ASKED_BY_BROWSER = Quota("codes asked by a browser", 10, timedelta(hours=1))
ASKED_FOR_CASE = Quota("codes asked for a case", 10, timedelta(hours=1))
SIGN_INS_OF_ACCOUNT = Quota("sign-ins of an account", 5, timedelta(minutes=15))
SIGN_INS_FROM_ADDRESS = Quota("sign-ins from an address", 60, timedelta(minutes=15))

# The update changes nothing: it takes the row's lock, so that two at once count one after the other.
_TAKE = text(
    "INSERT INTO quota_use (name, key, uses, until) VALUES (:name, :key, '[]', :now) "
    "ON CONFLICT (name, key) DO UPDATE SET name = excluded.name"
).bindparams(bindparam("now", type_=Instant()))


def codes_of_case(per_hour: int) -> Quota:
    """Return how many codes one case may get, as its controller's profile has it."""
    return Quota("codes of a case", per_hour, timedelta(hours=1))


def spend(session: Session, quota: Quota, key: str, now: datetime) -> bool:
    """Count one use if the quota still allows it; say whether it did."""
    session.execute(_TAKE, {"name": quota.name, "key": key, "now": now})
    row = session.get_one(QuotaUse, (quota.name, key), populate_existing=True)
    recent = count_recent(row.uses, quota, now)
    allowed = len(recent) < quota.most
    if allowed:
        recent.append(_milliseconds(now))
        row.until = now + quota.window
    row.uses = recent
    session.flush()
    return allowed


def start_over(session: Session, quota: Quota, key: str) -> None:
    """Count from nothing again, as after a sign-in that succeeded."""
    session.execute(delete(QuotaUse).where(QuotaUse.name == quota.name, QuotaUse.key == key))


def count_recent(uses: list[int], quota: Quota, now: datetime) -> list[int]:
    """Return the uses that still count: those less than a window ago (milliseconds since 1970)."""
    return [use for use in uses if use > _milliseconds(now - quota.window)]


def forget_uses(session: Session, now: datetime) -> None:
    """Delete the counts that no longer matter."""
    session.execute(delete(QuotaUse).where(QuotaUse.until < now))


def _milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
