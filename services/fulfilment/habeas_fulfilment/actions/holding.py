"""Legal holds: set by one person and lifted by another or on their day; what they kept back then goes on by itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from habeas.clock import uuid7
from habeas.crypto.signing import Signed
from habeas.errors import Fault, Faults, Refused
from habeas.events import SystemFailed
from habeas.profile import Profile
from habeas.vocabulary import Right
from habeas.warrants import check_proof
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import identifiers_of, locked_case
from habeas_fulfilment.actions.held import is_held
from habeas_fulfilment.actions.limiting import end_pending
from habeas_fulfilment.actions.orders import current_orders
from habeas_fulfilment.actions.progress import search
from habeas_fulfilment.actions.scopes import present_plan
from habeas_fulfilment.holds import MOST_WORDS
from habeas_fulfilment.models import (
    Answer,
    AnswerState,
    CaseFile,
    HeldBack,
    Hold,
    OrderState,
    Plan,
    PlanLine,
    PlanState,
    Task,
)

ITS_DAY = "its last day"
"""Who lifts a hold whose day is over."""
PROOF_IS_OVER = "a legal hold was lifted, but the proof of who asks is over: ask the person to show it in a new case"
WAITING = (PlanState.FROZEN.value, PlanState.APPROVED.value)


@dataclass(frozen=True)
class NewHold:
    """What is to be held, why, by which law and until when; an empty system, activity or kind means any."""

    controller: str
    system: str
    activity: str
    kind: str
    reason: str
    law: str
    until: date | None


def read_hold(
    profiles: Mapping[str, Profile], mine: Collection[str], given: Mapping[str, Any], now: datetime
) -> NewHold:
    """Read a hold that somebody wants to set for one of `mine`; raises Faults with all that is wrong."""
    words = {name: str(given.get(name) or "").strip() for name in ("system", "activity", "kind", "reason", "law")}
    controller, faults = str(given.get("controller") or ""), []
    profile = profiles.get(controller) if controller in mine else None
    if profile is None:
        known = ", ".join(sorted(name for name in profiles if name in mine))
        raise Faults([Fault("controller", "there is no such controller", f"one of {known}")])
    for name, known_names in (
        ("system", [each.name for each in profile.systems]),
        ("activity", [each.name for each in profile.activities]),
    ):
        if words[name] and words[name] not in known_names:
            faults.append(Fault(name, f"the profile has no such {name}", f"one of {', '.join(known_names)}, or none"))
    if not (words["system"] or words["activity"]):
        faults.append(Fault("activity", "neither an activity nor a system is named", "say what is held"))
    if len(words["kind"]) > 100:
        faults.append(Fault("kind", "is too long", "at most 100 characters"))
    for name, most in (("reason", MOST_WORDS), ("law", 200)):
        if not 0 < len(words[name]) <= most or not words[name].isprintable():
            faults.append(Fault(name, "is missing or too long", f"1 to {most} characters on one line"))
    today = now.astimezone(ZoneInfo(profile.controller.zone)).date()
    until = _read_day(str(given.get("until") or "").strip(), today, faults)
    if faults:
        raise Faults(faults)
    return NewHold(controller=controller, until=until, **words)


def _read_day(text: str, today: date, faults: list[Fault]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day < today:
        faults.append(Fault("until", "is no day from today on", "write it as 2027-06-30, or leave it out"))
    return day


def set_hold(tx: Transaction, new: NewHold, by: str) -> str:
    """Set a hold; plans that wait and would erase what it covers are made anew. Return its id."""
    hold = Hold(
        id=uuid7(),
        controller=new.controller,
        system=new.system,
        activity=new.activity,
        kind=new.kind,
        reason=new.reason,
        law=new.law,
        set_by=by,
        since=tx.now,
        until=None if new.until is None else new.until.isoformat(),
        lifted_why="",
    )
    tx.session.add(hold)
    tx.session.flush()
    tx.record("hold.set", "", hold=hold.id, by=by, **_facts(hold))
    for case_id in _cases_waiting(tx, new.controller):
        case = locked_case(tx, case_id)
        plan = present_plan(tx, case)
        if plan is not None and plan.state in WAITING and is_held(tx, case, plan, _systems(tx, plan)):
            replace_plan(tx, case, plan, hold.id)
    return hold.id


def _facts(hold: Hold) -> dict[str, str | None]:
    names = ("controller", "system", "activity", "reason", "law", "until")
    return {name: getattr(hold, name) for name in names} | {"records": hold.kind}


def _cases_waiting(tx: Transaction, controller: str) -> list[str]:
    chosen = select(Plan.case_id).join(CaseFile, CaseFile.id == Plan.case_id)
    chosen = chosen.where(CaseFile.controller == controller, Plan.state.in_(WAITING), Plan.round == CaseFile.round)
    return list(tx.session.scalars(chosen.order_by(Plan.case_id)))


def _systems(tx: Transaction, plan: Plan) -> list[str]:
    mine = (PlanLine.case_id == plan.case_id, PlanLine.round == plan.round)
    return list(tx.session.scalars(select(PlanLine.system).where(*mine).distinct()))


def replace_plan(tx: Transaction, case: CaseFile, plan: Plan, hold: str) -> None:
    """Give up a plan because of a hold, and search anew: what people approved does not fit any more."""
    plan.state = PlanState.REPLACED.value
    tx.record("plan.replaced", case.id, digest=plan.digest, by=f"hold {hold}")
    end_pending(tx, case)
    search(tx, case)


def lift_hold(tx: Transaction, hold_id: str, why: str, by: str) -> None:
    """Lift a hold, and let every erasure go on that it kept back; raises Refused for whoever set it.

    Each goes on with a new search and a plan of its own, which people approve as any other.
    """
    hold = tx.session.get_one(Hold, hold_id, with_for_update=True, populate_existing=True)
    if hold.lifted_at is not None:
        raise Refused("this hold was lifted before")
    if by == hold.set_by:
        raise Refused("you set this hold: another person has to lift it")
    if not 0 < len(why.strip()) <= MOST_WORDS:
        raise Faults([Fault("why", "is missing or too long", f"say why in at most {MOST_WORDS} characters")])
    _lift(tx, hold, why.strip(), by)


def end_hold(tx: Transaction, hold_id: str) -> None:
    """Lift a hold whose last day is over, as the controller's days are counted."""
    hold = tx.session.get_one(Hold, hold_id, with_for_update=True, populate_existing=True)
    profile = tx.context.profiles.get(hold.controller)
    if hold.lifted_at is None and hold.until is not None and profile is not None:
        today = tx.now.astimezone(ZoneInfo(profile.controller.zone)).date()
        if date.fromisoformat(hold.until) < today:
            _lift(tx, hold, ITS_DAY, ITS_DAY)


def _lift(tx: Transaction, hold: Hold, why: str, by: str) -> None:
    hold.lifted_at, hold.lifted_by, hold.lifted_why = tx.now, by, why
    tx.record("hold.lifted", "", hold=hold.id, by=by, why=why)
    tx.session.flush()
    kept = select(HeldBack).where(HeldBack.hold_id == hold.id, HeldBack.resumed_at.is_(None))
    for each in tx.session.scalars(kept.order_by(HeldBack.case_id, HeldBack.round)).all():
        resume(tx, each)


def resume(tx: Transaction, held: HeldBack) -> None:
    """Let an erasure go on that a lifted hold had kept back; one that systems are at just now goes on later."""
    case = locked_case(tx, held.case_id)
    plan = present_plan(tx, case)
    if case.forgotten_at is None and plan is not None and case.round == held.round:
        if _is_under_way(tx, case, plan):
            return
        _go_on(tx, case, plan, held.hold_id)
    held.resumed_at = tx.now  # one that was planned anew since has its own account of what is kept back


def _is_under_way(tx: Transaction, case: CaseFile, plan: Plan) -> bool:
    answer = tx.session.get(Answer, (case.id, Right.ERASURE.value))
    if plan.state == PlanState.ORDERED and (answer is None or answer.state == AnswerState.MAKING):
        return True
    orders = current_orders(tx, case, Task.ERASURE).values()
    return plan.state == PlanState.MAKING or any(order.state == OrderState.GIVEN for order in orders)


def _go_on(tx: Transaction, case: CaseFile, plan: Plan, hold: str) -> None:
    tx.record("erasure.resumed", case.id, hold=hold)
    if not _is_proved(tx, case):
        tx.say(SystemFailed(case=case.id, system="fulfilment", operation="plan", reason=PROOF_IS_OVER))
        return
    answer = tx.session.get(Answer, (case.id, Right.ERASURE.value))
    if answer is not None:
        # The next confirmation takes its place, and accounts for what was erased before as well.
        answer.state, answer.reason = AnswerState.STUCK.value, "a legal hold was lifted: the erasure goes on"
        answer.content_key, answer.until, answer.times = None, None, 0
    replace_plan(tx, case, plan, hold)


def _is_proved(tx: Transaction, case: CaseFile) -> bool:
    """Say whether systems would still believe who asks: a proof lasts four months, and a hold may last for years."""
    assert case.proof is not None
    identifiers, directory = identifiers_of(tx, case), tx.context.keys.directory()
    try:
        check_proof(Signed.from_object(case.proof), directory, case=case.id, identifiers=identifiers, now=tx.now)
    except Refused:
        return False
    return True
