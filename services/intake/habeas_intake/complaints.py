"""Complaints: an agent answers one, and it is closed once its person was told."""

from datetime import datetime
from enum import StrEnum

from habeas.crypto.vault import Place
from habeas.errors import Fault, Faults, Refused
from habeas.events import ComplaintAnswered
from habeas.vocabulary import COMPLAINT, CaseState
from habeas.work.transaction import Transaction
from habeas_intake.actions import RETENTION
from habeas_intake.models import Case, CaseRight
from habeas_intake.notes import enter, locked_case, move_right

MESSAGE = "complaint_answer"
"""The notifier's name for the letter that tells it."""


class ComplaintOutcome(StrEnum):
    """How a complaint to the controller ends."""

    UPHELD = "upheld"
    IN_PART = "in_part"
    NOT_UPHELD = "not_upheld"


def _(words: str) -> str:
    """Mark words that a page translates."""
    return words


def answer_complaint(tx: Transaction, case_id: str, outcome: str, told: str, agent: str) -> None:
    """Answer a complaint with this outcome, in these words to the person.

    Raises Faults for an outcome that is none or without words, and Refused where there is no open complaint, where
    nobody can be told yet, and while an answer is under way.
    """
    _check(outcome, told)
    case = locked_case(tx, case_id)
    right = _complaint_of(case)
    if right is None or not right.open:
        raise Refused("there is no open complaint in this case")
    if right.state == CaseState.RECEIVED:
        raise Refused("nobody has proved who asks, so there is no address to tell: wait for the proof")
    if case.complaint is not None:
        raise Refused("this complaint is being answered")
    case.complaint = {"outcome": outcome, "by": agent}
    words = told.strip()
    place = Place("case_file", "complaint_words", case.id)
    case.complaint_words = tx.vault.encrypt(case.id, RETENTION, place, words.encode())
    tx.record("complaint.answered", case.id, outcome=outcome, agent=agent)
    enter(tx, case.id, "complaint.answered", outcome=outcome, agent=agent)
    tx.say(ComplaintAnswered(case=case.id, outcome=outcome), sealed={"notifier": {"words": words}})


def note_told(tx: Transaction, case_id: str, _at: datetime) -> None:
    """Close a complaint whose person was told."""
    case = locked_case(tx, case_id)
    right = _complaint_of(case)
    if right is None or case.complaint is None:
        raise Refused("no complaint of this case was answered")
    move_right(right, "complaint.told")
    right.answered_at = tx.now
    enter(tx, case.id, "complaint.told")


def note_not_told(tx: Transaction, case_id: str) -> None:
    """Let another attempt be made: the letter could not leave, so the complaint stays open."""
    case = locked_case(tx, case_id)
    case.complaint = case.complaint_words = None


def _check(outcome: str, told: str) -> None:
    faults: list[Fault] = []
    if outcome not in list(ComplaintOutcome):
        faults.append(Fault("outcome", _("nothing was chosen"), _("choose how the complaint ends")))
    if not told.strip():
        faults.append(Fault("told", _("the person has to be told why"), _("say it in your own words, for this case")))
    if faults:
        raise Faults(faults)


def _complaint_of(case: Case) -> CaseRight | None:
    return next((right for right in case.rights if right.right == COMPLAINT), None)
