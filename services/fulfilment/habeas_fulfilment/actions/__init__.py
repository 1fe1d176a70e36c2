"""The verbs of fulfilment: each is one function in the transaction that it is given."""

from habeas_fulfilment.actions.answers import (
    Handed,
    Made,
    Over,
    answer_context,
    expire_answer,
    find_answer,
    finish_answer,
    forget_case,
    hand_out,
    is_over,
    make_again,
    ready_answers,
    stop_answer,
)
from habeas_fulfilment.actions.cases import end_session, extend_case, open_case, prove_identity
from habeas_fulfilment.actions.freezing import freeze_case, thaw_case
from habeas_fulfilment.actions.introductions import fail_introduction, introduce_case
from habeas_fulfilment.actions.plans import approve_plan, call_back, freeze_plan, plan_again, stop_plan
from habeas_fulfilment.actions.progress import advance, begin
from habeas_fulfilment.actions.replies import retry_order, take_answer, take_progress
from habeas_fulfilment.actions.tasks import find_task, needs_signature, report_task, sign_task

__all__ = [
    "Handed",
    "Made",
    "Over",
    "advance",
    "answer_context",
    "approve_plan",
    "begin",
    "call_back",
    "end_session",
    "expire_answer",
    "extend_case",
    "fail_introduction",
    "find_answer",
    "find_task",
    "finish_answer",
    "forget_case",
    "freeze_case",
    "freeze_plan",
    "hand_out",
    "introduce_case",
    "is_over",
    "make_again",
    "needs_signature",
    "open_case",
    "plan_again",
    "prove_identity",
    "ready_answers",
    "report_task",
    "retry_order",
    "sign_task",
    "stop_answer",
    "stop_plan",
    "take_answer",
    "take_progress",
    "thaw_case",
]
