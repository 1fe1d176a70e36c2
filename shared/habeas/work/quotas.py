"""How often something may happen, counted in a service's own tables and in the transaction of the act itself.

Keys are blind indexes or random ids, so that the table tells nothing of anybody. A refusal is never counted: whoever
knocks on does not lock the door for longer. Several processes count in one place, so more of them let no more through.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import String, TextualSelect, bindparam, column, delete, table, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from habeas.database import Instant, Json

_EXACT = 100
"""Up to so many, each use is kept by its moment; of more, a hundredth part of the window's are kept as one."""


@dataclass(frozen=True)
class Quota:
    """At most so many times within any window of that length."""

    name: str
    most: int
    window: timedelta


Use = tuple[Quota, str]
"""One use of a quota, under a key."""


class Uses:
    """The columns of a service's table `quota_use`: how often something happened, under a key that names nobody."""

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    uses: Mapped[list[list[int]]] = mapped_column(Json)
    """[when, how often]: when is in milliseconds since 1970."""
    until: Mapped[datetime] = mapped_column(Instant, index=True)
    """From when on none of them counts any more."""


_TABLE = table("quota_use", column("name"), column("key"), column("uses", Json), column("until", Instant))
# The update changes nothing: it takes the row's lock, so that two at once count one after the other.
_TAKE = (
    "INSERT INTO quota_use (name, key, uses, until) VALUES {} "
    "ON CONFLICT (name, key) DO UPDATE SET name = excluded.name RETURNING name, key, uses"
)
_PUT = (
    update(_TABLE)
    .where(_TABLE.c.name == bindparam("of"), _TABLE.c.key == bindparam("under"))
    .values(uses=bindparam("uses", type_=Json()), until=bindparam("until", type_=Instant()))
)


def spend(session: Session, quota: Quota, key: str, now: datetime) -> bool:
    """Count one use if the quota still allows it; say whether it did."""
    return spend_all(session, [(quota, key)], now) is None


def spend_all(session: Session, wanted: Sequence[Use], now: datetime) -> Quota | None:
    """Count one use of each if every one allows it, else of none; return the first that does not.

    The same two statements run whatever comes of it, so that the time tells nothing.
    """
    if not wanted:
        return None
    # Always in the same order, so that two at once wait for each other and never in a circle.
    ordered = sorted(set(wanted), key=lambda use: (use[0].name, use[1]))
    kept = _take(session, ordered, now)
    over = next(
        (quota for quota, key in wanted if sum(times for _, times in kept[quota.name, key]) >= quota.most), None
    )
    rows = []
    for quota, key in ordered:
        uses = kept[quota.name, key]
        if over is None:
            uses = _add(uses, _round_up(now, quota))
        until = _moment(uses[-1][0]) + quota.window if uses else now
        rows.append({"of": quota.name, "under": key, "uses": uses, "until": until})
    session.connection().execute(_PUT, rows)
    return over


def start_over(session: Session, quota: Quota, key: str) -> None:
    """Count from nothing again, as after a sign-in that succeeded."""
    session.execute(delete(_TABLE).where(_TABLE.c.name == quota.name, _TABLE.c.key == key))


def forget_uses(session: Session, now: datetime) -> None:
    """Delete the counts that no longer matter."""
    session.execute(delete(_TABLE).where(_TABLE.c.until < now))


def count_recent(uses: Iterable[Sequence[int]], quota: Quota, now: datetime) -> list[list[int]]:
    """Return the uses that still count: those less than a window ago."""
    since = _milliseconds(now - quota.window)
    return [[when, times] for when, times in uses if when > since]


def _take(session: Session, ordered: Sequence[Use], now: datetime) -> dict[tuple[str, str], list[list[int]]]:
    values: dict[str, object] = {"now": now}
    for place, (quota, key) in enumerate(ordered):
        values |= {f"name{place}": quota.name, f"key{place}": key}
    quotas = {quota.name: quota for quota, _ in ordered}
    rows = session.execute(_statement(len(ordered)), values)
    return {(name, key): count_recent(uses, quotas[name], now) for name, key, uses in rows}


@cache
def _statement(rows: int) -> TextualSelect:
    values = ", ".join(f"(:name{place}, :key{place}, '[]', :now)" for place in range(rows))
    taking = text(_TAKE.format(values)).bindparams(bindparam("now", type_=Instant()))
    return taking.columns(column("name", String), column("key", String), column("uses", Json))


def _add(uses: list[list[int]], when: int) -> list[list[int]]:
    if uses and uses[-1][0] == when:
        return [*uses[:-1], [when, uses[-1][1] + 1]]
    return [*uses, [when, 1]]


def _round_up(now: datetime, quota: Quota) -> int:
    """Return the moment that a use is kept by: never an earlier one, so that no window holds more than it may."""
    grain = 1 if quota.most <= _EXACT else max(int(quota.window.total_seconds() * 1000) // _EXACT, 1)
    return -(-_milliseconds(now) // grain) * grain


def _milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
