"""Answers: made once, fetched a few times by whoever proved it anew, deleted on their day."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from habeas.crypto.datakeys import Retention
from habeas.crypto.vault import Place
from habeas.errors import Refused
from habeas.events import AnswerHandedOut, AnswerReady, SystemFailed
from habeas.vocabulary import Right
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import CARRIED_OUT, locked_case, profile_of
from habeas_fulfilment.actions.held import is_kept_open
from habeas_fulfilment.actions.limiting import end_pending, waits_to_lift
from habeas_fulfilment.actions.orders import all_settled, current_orders
from habeas_fulfilment.actions.progress import advance, gather, is_carried_out
from habeas_fulfilment.actions.replies import fail_order
from habeas_fulfilment.models import (
    Answer,
    AnswerState,
    CaseFile,
    PersonTask,
    Plan,
    SystemOrder,
    Task,
    Upload,
    UsedGrant,
)

ABANDONED = timedelta(days=90)
"""After so long a case that was never proved is forgotten here, and an answer that nobody may fetch deleted."""


@dataclass(frozen=True)
class Made:
    """An answer that lies in the store: `key` names it there, `content_key` opens it, size and digests are plain."""

    key: str
    content_key: bytes
    size: int
    sha256: str
    manifest: str

    def __repr__(self) -> str:
        """Hide the key that opens it."""
        return f"Made({self.key})"


@dataclass(frozen=True)
class Handed:
    """What is handed out now: where it lies, what opens it, and what it is called."""

    made: Made
    case: str
    right: str
    name: str


class Over(Refused):
    """Says that an answer is not to be had any more: fetched often enough, too late, or by a grant that was used."""


def answer_context(case: str, right: str) -> bytes:
    """Bind an answer's file to its case and right, so that no other can be put in its place."""
    return f"habeas answer {case} {right}".encode()


def finish_answer(tx: Transaction, case_id: str, right: str, made: Made) -> None:
    """Take a finished answer, and say that it waits for the person."""
    case = locked_case(tx, case_id)
    answer = tx.session.get_one(Answer, (case_id, right), populate_existing=True)
    if answer.state != AnswerState.MAKING:
        return
    policy = profile_of(tx, case).package
    answer.state, answer.key, answer.size = AnswerState.READY.value, made.key, made.size
    answer.sha256, answer.manifest = made.sha256, made.manifest
    answer.content_key = tx.vault.encrypt(case_id, Retention.PACKAGE, _place(answer), made.content_key)
    answer.made_at, answer.until = tx.now, tx.now + timedelta(days=policy.days)
    tx.say(AnswerReady(case=case_id, kind=answer.kind, right=right, days=policy.days))
    if right == Right.ERASURE:
        end_pending(tx, case)


def stop_answer(tx: Transaction, case_id: str, right: str, reason: str, order_id: str | None, *, usable: bool) -> None:
    """Note that an answer cannot be made as it is, so that a person looks at it.

    `usable` says that the order's result can be read, but leaves something for a person to decide.
    """
    case = locked_case(tx, case_id)
    answer = tx.session.get_one(Answer, (case_id, right), populate_existing=True)
    if answer.state != AnswerState.MAKING:
        return
    answer.state, answer.reason = AnswerState.STUCK.value, reason[:300]
    tx.record("answer.stuck", case_id, right=right)
    if order_id is None:
        tx.say(SystemFailed(case=case_id, system="fulfilment", operation=right, reason=answer.reason))
        return
    order = tx.session.get_one(SystemOrder, order_id)
    fail_order(tx, order, reason, final=not usable)
    if not usable:
        order.content, order.parts = None, []
        advance(tx, case)


def make_again(tx: Transaction, case_id: str, right: str, agent: str) -> None:
    """Let an answer that is stuck be made once more, from what the systems have answered by now."""
    case = locked_case(tx, case_id)
    answer = tx.session.get(Answer, (case_id, right))
    if answer is None or answer.state != AnswerState.STUCK:
        raise Refused("this answer is not stuck")
    tasks = (Task.PLAN, Task.ERASURE) if right == Right.ERASURE else (Task.PACKAGE,)
    orders = [order for task in tasks for order in current_orders(tx, case, task).values()]
    if not all_settled(profile_of(tx, case), orders):
        raise Refused("a system has not done its part: give its order again, or make a new plan")
    if right == Right.ERASURE and not is_carried_out(tx, case):
        raise Refused("the plan has not been carried out, or it is still being looked whether all is gone")
    tx.record("answer.retried", case_id, right=right, by=agent)
    gather(tx, case, Right(right))


def ready_answers(tx: Transaction, case_id: str) -> list[Answer]:
    """Give the answers of a case that can be fetched now, by right."""
    chosen = select(Answer).where(Answer.case_id == case_id, Answer.state == AnswerState.READY.value)
    case = tx.session.get(CaseFile, case_id)
    if case is None or case.frozen_at is not None:
        return []
    downloads = profile_of(tx, case).package.downloads
    found = tx.session.scalars(chosen.order_by(Answer.right))
    return [each for each in found if each.times < downloads and each.until is not None and each.until > tx.now]


def find_answer(tx: Transaction, case_id: str, right: str) -> Handed:
    """Give what it takes to send an answer, before its sending is counted; raises Over when it is not to be had."""
    answer = _ready(tx, case_id, right)
    assert answer.key is not None
    assert answer.content_key is not None
    content_key = tx.vault.decrypt(case_id, Retention.PACKAGE, _place(answer), answer.content_key)
    made = Made(answer.key, content_key, answer.size, answer.sha256, answer.manifest)
    return Handed(made, case_id, right, f"{tx.session.get_one(CaseFile, case_id).reference}-{right}.zip")


def hand_out(tx: Transaction, case_id: str, right: str, grant: str) -> None:
    """Count one fetching of an answer; raises Over when it is not to be had any more.

    A grant is good for each answer of its case once.
    """
    case = locked_case(tx, case_id)
    answer = _ready(tx, case_id, right)
    if tx.session.get(UsedGrant, (grant, right)) is not None:
        raise Over("this grant was used before")
    tx.session.add(UsedGrant(grant=grant, right=right, used_at=tx.now))
    answer.times += 1
    tx.record("answer.handed_out", case_id, right=right, times=answer.times, manifest=answer.manifest)
    tx.say(AnswerHandedOut(case=case_id, kind=answer.kind, right=right, times=answer.times))
    advance(tx, case)


def _ready(tx: Transaction, case_id: str, right: str) -> Answer:
    answer = next((each for each in ready_answers(tx, case_id) if each.right == right), None)
    if answer is None:
        raise Over("there is nothing to fetch, or it was fetched as often as it may be")
    return answer


def expire_answer(tx: Transaction, case_id: str, right: str) -> None:
    """Make an answer unreadable whose days are over; its file is deleted after this is committed."""
    case = locked_case(tx, case_id)
    answer = tx.session.get_one(Answer, (case_id, right), populate_existing=True)
    if answer.state != AnswerState.READY or answer.until is None or answer.until > tx.now:
        return
    if case.frozen_at is not None and case.frozen_at > tx.now - ABANDONED:
        return  # its person may yet be told to fetch it: the days begin anew when it thaws
    answer.state, answer.content_key = AnswerState.EXPIRED.value, None
    tx.record("answer.expired", case_id, right=right, times=answer.times)
    advance(tx, case)


def is_over(tx: Transaction, case: CaseFile) -> bool:
    """Say whether nothing of a case is needed here any more: every answer expired, or never proved in time."""
    if case.forgotten_at is not None:
        return True
    if is_kept_open(tx, case.id) or waits_to_lift(tx, case):
        return False  # the rest of an erasure is owed, or a restriction that has to be lifted one day
    rights = [right for right in CARRIED_OUT if right in case.rights]
    if case.identifiers is None or not rights:
        return case.opened_at <= tx.now - ABANDONED
    answers = [tx.session.get(Answer, (case.id, right.value)) for right in rights]
    return all(answer is not None and answer.state == AnswerState.EXPIRED for answer in answers)


def forget_case(tx: Transaction, case_id: str) -> None:
    """Make all personal values of a case that is over unreadable."""
    case = locked_case(tx, case_id)
    if case.forgotten_at is not None or not is_over(tx, case):
        return
    mine = (
        SystemOrder.case_id == case_id,
        SystemOrder.task != Task.ABSENCE.value,
    )  # looks go on, and are forgotten last
    for order in tx.session.scalars(select(SystemOrder).where(*mine)):
        order.content, order.parts = None, []
        task = tx.session.get(PersonTask, order.id)
        if task is not None:
            task.content, task.parts = None, []
        for upload in tx.session.scalars(select(Upload).where(Upload.order_id == order.id)):
            tx.session.delete(upload)
    for plan in tx.session.scalars(select(Plan).where(Plan.case_id == case_id)):
        plan.decided = b""
    case.private_key, case.forgotten_at = b"", tx.now
    case.identifiers = None if case.identifiers is None else b""
    case.found = None if case.found is None else b""
    tx.session.flush()
    tx.vault.forget(case_id, Retention.PACKAGE)
    tx.record("case.forgotten", case_id)


def _place(answer: Answer) -> Place:
    return Place("answer", "content_key", f"{answer.case_id}/{answer.right}")
