"""What the console's page of a case shows: the plan in numbers, how each order stands, and the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from habeas.profile import Profile
from habeas.vocabulary import Right
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import CARRIED_OUT, profile_of
from habeas_fulfilment.actions.orders import round_of
from habeas_fulfilment.actions.tasks import tasks_of
from habeas_fulfilment.decisions import Fate
from habeas_fulfilment.models import (
    Answer,
    AnswerState,
    CaseFile,
    OrderState,
    PersonTask,
    Plan,
    PlanApproval,
    PlanLine,
    PlanState,
    SystemOrder,
    Task,
)


@dataclass(frozen=True)
class Kept:
    """How many records of a kind are kept until a day, and why."""

    kind: str
    count: int
    ground: str
    until: date | None


@dataclass(frozen=True)
class ShownPlan:
    """A plan with its lines, and how many people have approved it."""

    plan: Plan
    lines: Sequence[PlanLine]
    approved: int
    kept: Sequence[Kept]
    undecided: Sequence[Kept]

    @property
    def waits(self) -> bool:
        """Say whether it waits for approval."""
        return self.plan.state == PlanState.FROZEN


@dataclass(frozen=True)
class ShownOrder:
    """One order, its system's title, whether it may be given again, and the task where a person does it."""

    order: SystemOrder
    title: str
    again: bool
    task: PersonTask | None = None


@dataclass(frozen=True)
class ShownCase:
    """Everything that the page shows of one case."""

    case: CaseFile
    profile: Profile
    plan: ShownPlan | None
    orders: Sequence[ShownOrder]
    answers: Sequence[Answer]
    by_hand: Sequence[str]
    """Rights that no order carries out: a person does what they need."""

    @property
    def due(self) -> date:
        """Give the last day by law, of the right that is due first."""
        return date.fromisoformat(min(self.case.respond_by.values()))

    @property
    def may_plan_again(self) -> bool:
        """Say whether another search may begin: nobody is erasing, and the confirmation is not made."""
        erasing = any(each.order.task == Task.ERASURE and each.order.state == OrderState.GIVEN for each in self.orders)
        made = any(each.right == Right.ERASURE and each.state != AnswerState.STUCK for each in self.answers)
        return self.plan is not None and not erasing and not made


def show_case(tx: Transaction, case_id: str, language: str) -> ShownCase | None:
    """Read a case for its page; None if fulfilment knows none of that id."""
    case = tx.session.get(CaseFile, case_id)
    if case is None:
        return None
    profile = profile_of(tx, case)
    titles = {system.name: system.title.in_(language) for system in profile.systems}
    counts = (SystemOrder.state != OrderState.REPLACED.value, SystemOrder.task != Task.ABSENCE.value)
    chosen = select(SystemOrder).where(SystemOrder.case_id == case_id, *counts)
    orders = tx.session.scalars(chosen.order_by(SystemOrder.given_at, SystemOrder.id)).all()
    tasks = tasks_of(tx, case_id)
    answers = tx.session.scalars(select(Answer).where(Answer.case_id == case_id).order_by(Answer.right)).all()
    return ShownCase(
        case,
        profile,
        _show_plan(tx, case),
        [
            ShownOrder(each, titles.get(each.system, each.system), _may_be_given_again(case, each), tasks.get(each.id))
            for each in orders
        ],
        answers,
        [right for right in case.rights if right not in list(CARRIED_OUT)],
    )


def _may_be_given_again(case: CaseFile, order: SystemOrder) -> bool:
    return order.round == round_of(case, Task(order.task)) and order.state == OrderState.FAILED


def _show_plan(tx: Transaction, case: CaseFile) -> ShownPlan | None:
    plan = tx.session.get(Plan, (case.id, case.round))
    if plan is None or plan.state == PlanState.MAKING:
        return None
    mine = (PlanLine.case_id == case.id, PlanLine.round == case.round)
    lines = tx.session.scalars(select(PlanLine).where(*mine).order_by(PlanLine.number)).all()
    approvals = select(PlanApproval).where(PlanApproval.case_id == case.id, PlanApproval.digest == plan.digest)
    approved = len(tx.session.scalars(approvals).all())
    return ShownPlan(plan, lines, approved, _sum(lines, Fate.KEEP), _sum(lines, Fate.PERSON))


def _sum(lines: Sequence[PlanLine], fate: Fate) -> list[Kept]:
    """Add up the lines of one fate that say the same of the same kind."""
    sums: dict[tuple[str, str, str | None], int] = {}
    for line in lines:
        if line.decision == fate:
            alike = (line.kind, line.ground, line.until)
            sums[alike] = sums.get(alike, 0) + line.count
    return [
        Kept(kind, count, ground, None if until is None else date.fromisoformat(until))
        for (kind, ground, until), count in sums.items()
    ]
