"""Limits on processing: begun when the person is proved, decided by people, and lifted after a word to the person."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from habeas.clock import uuid7
from habeas.crypto.datakeys import Retention
from habeas.crypto.vault import Place
from habeas.digests import strip_salt
from habeas.errors import Fault, Faults, Refused
from habeas.events import LiftingDecided, ProcessingLimited, ProcessingReleased
from habeas.vocabulary import Operation, Right
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import found_of, identifiers_of, locked_case, profile_of
from habeas_fulfilment.actions.limit_orders import order_limits
from habeas_fulfilment.limits import Kind, Stop, find_stops
from habeas_fulfilment.models import CaseFile, Lease, Limit, LimitState, PlanLine, SubjectKeyMark
from habeas_fulfilment.subject_keys import SECRET, SubjectKey

NOTICE = timedelta(days=7)
"""How long a person knows of it before a restriction is lifted (GDPR Art. 18(3) names no time)."""
MOST_WORDS = 1_000
_OPEN = (LimitState.PENDING, LimitState.STANDING)


def begin_limits(tx: Transaction, case: CaseFile) -> None:
    """Stop what the person asked to be stopped, as far as the profile says that it stops; again changes nothing."""
    profile = profile_of(tx, case)
    today = tx.now.astimezone(ZoneInfo(profile.controller.zone)).date()
    known = {(each.right, each.activity) for each in limits_of(tx, case)}
    stops = [each for each in find_stops(profile, case.rights, today) if (each.right, each.activity) not in known]
    for stop in stops:
        _begin(tx, case, stop)
    lease_to(tx, case)
    for right in dict.fromkeys(stop.right for stop in stops):
        activities = [stop.activity for stop in stops if stop.right is right]
        tx.say(ProcessingLimited(case=case.id, right=right.value, activities=activities))
    order_limits(tx, case)


def _begin(tx: Transaction, case: CaseFile, stop: Stop) -> None:
    limit = Limit(
        id=uuid7(),
        case_id=case.id,
        controller=case.controller,
        right=stop.right.value,
        activity=stop.activity,
        kind=stop.kind.value,
        bases=[each.value for each in stop.bases],
        operation="" if stop.operation is None else stop.operation.value,
        state=(LimitState.PENDING if stop.pending else LimitState.STANDING).value,
        since=tx.now,
        notice="",
        decided_by="",
    )
    tx.session.add(limit)
    facts = {"right": limit.right, "activity": limit.activity, "why": limit.kind, "state": limit.state}
    tx.record("limit.began", case.id, limit=limit.id, **facts)


def lease_to(tx: Transaction, case: CaseFile) -> None:
    """Let the case's limits be found by every identifier that is known of its person by now."""
    tx.session.flush()
    standing = [each for each in limits_of(tx, case) if each.state != LimitState.LIFTED]
    if not standing:
        return
    key = mark_key(tx, case.controller)
    subjects = key.find_all(_known(tx, case))
    for limit in standing:
        for subject in subjects:
            if tx.session.get(Lease, (subject, limit.activity, limit.id)) is None:
                tx.session.add(Lease(subject=subject, activity=limit.activity, limit_id=limit.id))
    tx.session.flush()


def mark_key(tx: Transaction, controller: str) -> SubjectKey:
    """Give the key of a controller's people; raises Refused where leases were made with another, now lost, one."""
    key = SubjectKey(tx.context.keys.secret("fulfilment", SECRET), controller)
    known = tx.session.get(SubjectKeyMark, controller)
    if known is None:
        tx.session.add(SubjectKeyMark(controller=controller, mark=key.mark))
        tx.session.flush()
    elif known.mark != key.mark:
        raise Refused("the key under which this controller's people are found has changed: bring the old one back")
    return key


def _known(tx: Transaction, case: CaseFile) -> dict[str, list[str]]:
    known = {name: list(values) for name, values in strip_salt(identifiers_of(tx, case)).items()}
    for each in found_of(tx, case):
        for name, values in strip_salt(each["identifiers"]).items():
            known[name] = [*known.get(name, []), *values]
    return known


def limits_of(tx: Transaction, case: CaseFile) -> Sequence[Limit]:
    """Give all limits of a case, the oldest first."""
    return tx.session.scalars(select(Limit).where(Limit.case_id == case.id).order_by(Limit.since, Limit.id)).all()


def uphold(tx: Transaction, case_id: str, right: str, activities: Collection[str], ground: str, agent: str) -> None:
    """Decide that what was stopped for the time being stays stopped, and why."""
    case, chosen = _chosen(tx, case_id, right, activities, ground, (LimitState.PENDING,))
    for limit in chosen:
        limit.state = LimitState.STANDING.value
        _decide(tx, limit, ground, agent, "limit.upheld")
    order_limits(tx, case)


def refuse(tx: Transaction, case_id: str, right: str, activities: Collection[str], ground: str, agent: str) -> None:
    """Decide that what was stopped for the time being goes on, and why; not before the person was told."""
    case, chosen = _chosen(tx, case_id, right, activities, ground, (LimitState.PENDING,))
    _end(tx, case, chosen, ground, agent, "limit.refused")


def lift(tx: Transaction, case_id: str, right: str, activities: Collection[str], ground: str, agent: str) -> None:
    """Let go on what was stopped, since its reason is gone or the person wants it again; told first where law says."""
    case, chosen = _chosen(tx, case_id, right, activities, ground, (LimitState.STANDING,))
    _end(tx, case, chosen, ground, agent, "limit.lifting")


def _chosen(
    tx: Transaction, case_id: str, right: str, activities: Collection[str], ground: str, states: Collection[LimitState]
) -> tuple[CaseFile, list[Limit]]:
    case = locked_case(tx, case_id)
    open_ = [each for each in limits_of(tx, case) if each.right == right and each.state in states]
    faults = []
    if not 0 < len(ground.strip()) <= MOST_WORDS:
        faults.append(Fault("ground", "is missing or too long", f"say why in at most {MOST_WORDS} characters"))
    if not activities or not set(activities) <= {each.activity for each in open_}:
        names = ", ".join(each.activity for each in open_) or "there is none left"
        faults.append(Fault("activity", "names nothing that can be decided now", f"choose of: {names}"))
    if faults:
        raise Faults(faults)
    return case, [each for each in open_ if each.activity in activities]


def _decide(tx: Transaction, limit: Limit, ground: str, agent: str, kind: str) -> None:
    place = Place("processing_limit", "ground", limit.id)
    limit.ground = tx.vault.encrypt(limit.case_id, Retention.LETTERS, place, ground.strip().encode())
    limit.decided_by = agent
    tx.record(kind, limit.case_id, limit=limit.id, right=limit.right, activity=limit.activity, by=agent)


def _end(tx: Transaction, case: CaseFile, limits: Sequence[Limit], ground: str, agent: str, kind: str) -> None:
    for limit in limits:
        _decide(tx, limit, ground, agent, kind)
    told = [limit for limit in limits if needs_notice(limit)]
    if told:
        announce(tx, case, told)
    _release(tx, case, [limit for limit in limits if limit not in told])


def needs_notice(limit: Limit) -> bool:
    """Say whether the person has to be told first (GDPR Art. 18(3)): wherever a use was restricted, not marketing."""
    return limit.right != Right.CONSENT_WITHDRAWAL and limit.operation != Operation.SUPPRESS


def announce(tx: Transaction, case: CaseFile, limits: Iterable[Limit]) -> None:
    """Have the person told from which day on something is used again; nothing is before they were."""
    day = _day_of_lifting(tx, case)
    for limit in limits:
        limit.state, limit.notice, limit.until = LimitState.LIFTING.value, "asked", _begin_of(tx, case, day)
    tx.say(LiftingDecided(case=case.id, lifted_on=day.isoformat()))


def announce_again(tx: Transaction, case_id: str, right: str, agent: str, *, by_hand: bool) -> None:
    """Have the person told once more where the letter could not leave; `by_hand` says that somebody has told them."""
    case = locked_case(tx, case_id)
    failed = [each for each in limits_of(tx, case) if each.right == right and each.notice == "failed"]
    if not failed:
        raise Refused("there is nothing here that the person could not be told of")
    tx.record("lifting.told_by_hand" if by_hand else "lifting.told_again", case_id, right=right, by=agent)
    if not by_hand:
        announce(tx, case, failed)
        return
    for limit in failed:
        limit.notice, limit.until = "sent", _begin_of(tx, case, _day_of_lifting(tx, case))


def _day_of_lifting(tx: Transaction, case: CaseFile) -> date:
    return (tx.now + NOTICE).astimezone(ZoneInfo(profile_of(tx, case).controller.zone)).date()


def _begin_of(tx: Transaction, case: CaseFile, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(profile_of(tx, case).controller.zone))


def note_notice(tx: Transaction, case_id: str, at: datetime, *, told: bool) -> None:
    """Note that the letter before a lifting has left, or could not; one that left too late counts for nothing."""
    case = locked_case(tx, case_id)
    for limit in limits_of(tx, case):
        if limit.state == LimitState.LIFTING and limit.notice == "asked" and limit.until is not None:
            limit.notice = "sent" if told and at < limit.until else "failed"
            tx.record(f"lifting.notice_{limit.notice}", case_id, limit=limit.id)


def lift_due(tx: Transaction, case_id: str) -> None:
    """Lift what the person was told of, on the day that they were told."""
    case = locked_case(tx, case_id)
    due = [each for each in limits_of(tx, case) if each.state == LimitState.LIFTING and each.notice == "sent"]
    _release(tx, case, [each for each in due if each.until is not None and each.until <= tx.now])


def _release(tx: Transaction, case: CaseFile, limits: Sequence[Limit]) -> None:
    for limit in limits:
        limit.state, limit.lifted_at = LimitState.LIFTED.value, tx.now
        tx.session.execute(delete(Lease).where(Lease.limit_id == limit.id))
        tx.record("limit.lifted", case.id, limit=limit.id, right=limit.right, activity=limit.activity)
    for right in dict.fromkeys(limit.right for limit in limits):
        activities = [limit.activity for limit in limits if limit.right == right]
        tx.say(ProcessingReleased(case=case.id, right=right, activities=activities))
    tx.session.flush()
    order_limits(tx, case)


def begin_pending(tx: Transaction, case: CaseFile) -> None:
    """Let nobody use what an approved plan will erase, from the approval until it is erased."""
    mine = (PlanLine.case_id == case.id, PlanLine.round == case.round, PlanLine.decision == "erase")
    known = {activity.name for activity in profile_of(tx, case).activities}
    found = tx.session.scalars(select(PlanLine.activity).where(*mine).distinct().order_by(PlanLine.activity))
    standing = {each.activity for each in _pending_of(tx, case)}
    for activity in [each for each in found if each in known and each not in standing]:
        _begin(tx, case, Stop(Right.ERASURE, activity, Kind.ERASURE_PENDING))
    lease_to(tx, case)


def end_pending(tx: Transaction, case: CaseFile) -> None:
    """End that: the erasure was done, called back, or has to be planned anew."""
    _release(tx, case, _pending_of(tx, case))


def _pending_of(tx: Transaction, case: CaseFile) -> list[Limit]:
    wanted = (Kind.ERASURE_PENDING.value, *(state.value for state in _OPEN))
    return [each for each in limits_of(tx, case) if each.kind == wanted[0] and each.state in wanted[1:]]


def waits_to_lift(tx: Transaction, case: CaseFile) -> bool:
    """Say whether systems restrict something for a case that one day has to be lifted there again."""
    return any(each.operation == Operation.RESTRICT and each.state != LimitState.LIFTED for each in limits_of(tx, case))
