"""The plan of an erasure: frozen, approved by people, called back, and made again when it no longer fits."""

from datetime import timedelta

from habeas.crypto.signing import Signed
from habeas.errors import Refused
from habeas.events import ApprovalGiven, PlanMade
from habeas.profile import Approval
from habeas.vocabulary import Right
from habeas.warrants import check_approval, digest_plan
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import locked_case, profile_of
from habeas_fulfilment.actions.held import keep_held
from habeas_fulfilment.actions.limiting import begin_pending, end_pending
from habeas_fulfilment.actions.orders import current_orders
from habeas_fulfilment.actions.progress import advance, search
from habeas_fulfilment.actions.replies import fail_order
from habeas_fulfilment.actions.scopes import approvals_of, list_plan, present_plan, seal_decided
from habeas_fulfilment.decisions import Draft
from habeas_fulfilment.models import (
    Answer,
    AnswerState,
    OrderState,
    Plan,
    PlanApproval,
    PlanLine,
    PlanState,
    SystemOrder,
    Task,
)

_NEEDED = {Approval.ONE: 1, Approval.TWO: 2}


def freeze_plan(tx: Transaction, case_id: str, round_: int, draft: Draft) -> None:
    """Freeze what was decided under its digest; nothing that a later search says can change it."""
    case = locked_case(tx, case_id)
    plan = tx.session.get(Plan, (case_id, round_))
    if plan is None or plan.state != PlanState.MAKING or case.round != round_:
        return
    plan.digest = digest_plan(case_id, list_plan(tx, case, draft.decided))
    plan.decided = seal_decided(tx, plan, draft.decided)
    plan.counts, plan.frozen_at = draft.counts(), tx.now
    found = any(draft.decided.values())
    plan.approvals = _NEEDED[profile_of(tx, case).erasure.approval] if found else 0
    plan.state = (PlanState.FROZEN if found else PlanState.ORDERED).value
    for number, line in enumerate(draft.lines):
        tx.session.add(
            PlanLine(
                case_id=case_id,
                round=round_,
                number=number,
                system=line.system,
                activity=line.activity[:40],
                kind=line.kind[:100],
                decision=line.fate.value,
                ground=line.ground[:500],
                law=line.law[:200],
                until=None if line.until is None else line.until.isoformat(),
                count=line.count,
            )
        )
    keep_held(tx, plan, draft.held)
    tx.record("plan.frozen", case_id, digest=plan.digest, approvals=plan.approvals, **plan.counts)
    tx.say(PlanMade(case=case_id, digest=plan.digest, approvals=plan.approvals, counts=plan.counts))
    advance(tx, case)


def stop_plan(tx: Transaction, case_id: str, round_: int, order_id: str, reason: str) -> None:
    """Give up making a plan, because one system's answer cannot be used: its order has failed."""
    case = locked_case(tx, case_id)
    plan = tx.session.get(Plan, (case_id, round_))
    if plan is None or plan.state != PlanState.MAKING:
        return
    tx.session.delete(plan)
    fail_order(tx, tx.session.get_one(SystemOrder, order_id), reason, final=True)
    advance(tx, case)


def approve_plan(tx: Transaction, given: ApprovalGiven) -> None:
    """Count an approval of exactly the frozen plan; with enough of them the time to call it back begins.

    Raises Refused for a statement that identity did not sign for this case and digest. An approval of a plan that was
    replaced meanwhile is written down and changes nothing.
    """
    case = locked_case(tx, given.case)
    signed = Signed.from_object(given.approval)
    approval = check_approval(signed, tx.context.keys.directory(), case=case.id, plan=given.digest, now=tx.now)
    plan = present_plan(tx, case)
    if plan is None or plan.digest != given.digest or plan.state not in (PlanState.FROZEN, PlanState.APPROVED):
        tx.record("approval.too_late", case.id, digest=given.digest, approval=approval.id)
        return
    if tx.session.get(PlanApproval, (case.id, plan.digest, approval.agent)) is not None:
        return
    tx.session.add(
        PlanApproval(
            case_id=case.id,
            digest=plan.digest,
            person=approval.agent,
            statement=given.approval,
            approved_at=tx.now,
        )
    )
    tx.session.flush()
    count = len(approvals_of(tx, plan))
    tx.record("plan.approved", case.id, digest=plan.digest, approval=approval.id, count=count, needed=plan.approvals)
    if plan.state == PlanState.FROZEN and count >= plan.approvals:
        plan.state, plan.approved_at = PlanState.APPROVED.value, tx.now
        plan.erase_at = tx.now + timedelta(hours=profile_of(tx, case).erasure.cooling_off_hours)
        begin_pending(tx, case)
    advance(tx, case)


def plan_again(tx: Transaction, case_id: str, agent: str) -> None:
    """Search everywhere again and make a new plan, which has to be approved anew; what was erased stays accounted for.

    Raises Refused while orders to erase are under way, and when the confirmation is made.
    """
    case = locked_case(tx, case_id)
    plan = present_plan(tx, case)
    answer = tx.session.get(Answer, (case_id, Right.ERASURE.value))
    if plan is None or plan.state == PlanState.MAKING:
        raise Refused("there is no plan yet that another could replace")
    if answer is not None and answer.state != AnswerState.STUCK:
        raise Refused("the confirmation of this erasure is made, or being made")
    if any(order.state == OrderState.GIVEN for order in current_orders(tx, case, Task.ERASURE).values()):
        raise Refused("systems are erasing just now: wait for their answers")
    plan.state = PlanState.REPLACED.value
    end_pending(tx, case)
    tx.record("plan.replaced", case_id, digest=plan.digest, by=agent)
    search(tx, case)


def call_back(tx: Transaction, case_id: str, agent: str) -> None:
    """Call an approved erasure back while its time to do so lasts: the approvals count no more, the plan stands."""
    case = locked_case(tx, case_id)
    plan = present_plan(tx, case)
    if plan is None or plan.state != PlanState.APPROVED:
        raise Refused("there is no approved erasure that has not begun")
    plan.state = PlanState.REPLACED.value
    end_pending(tx, case)
    tx.record("plan.called_back", case_id, digest=plan.digest, by=agent)
