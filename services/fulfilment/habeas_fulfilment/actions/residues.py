"""Erasing again what a look found: a new plan of the same case, which people approve anew."""

from typing import Any

from habeas.crypto.canonical import write_json
from habeas.crypto.datakeys import Retention
from habeas.crypto.sealing import CaseKeys
from habeas.crypto.signing import Signed
from habeas.errors import Refused
from habeas.vocabulary import Right
from habeas.warrants import check_proof
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import keep_found, locked_case, place
from habeas_fulfilment.actions.looking import AGAIN, decide, undecided
from habeas_fulfilment.actions.progress import search
from habeas_fulfilment.actions.remains import person_of
from habeas_fulfilment.models import Answer, AnswerState, CaseFile, Watch


def erase_again(tx: Transaction, case_id: str, agent: str) -> None:
    """Search everywhere again for a plan that erases what was found; the confirmation is made anew after it.

    Raises Refused where nothing is undecided, another plan is under way, or the proof is too old to erase by: then the
    person has to ask again.
    """
    case = locked_case(tx, case_id)
    watch = tx.session.get(Watch, case_id)
    rows = undecided(tx, watch) if watch is not None and watch.forgotten_at is None else []
    if watch is None or not rows:
        raise Refused("no system was found to hold what was erased")
    answer = tx.session.get(Answer, (case_id, Right.ERASURE.value))
    if answer is None or answer.state not in (AnswerState.READY, AnswerState.EXPIRED) or case.round != watch.round:
        raise Refused("the erasure of this case is still under way")
    person = person_of(tx, watch)
    assert case.proof is not None
    proof, directory = Signed.from_object(case.proof), tx.context.keys.directory()
    check_proof(proof, directory, case=case_id, identifiers=person.identifiers, now=tx.now)
    if case.forgotten_at is not None:
        _remember(tx, case, person.identifiers, person.found)
    # The next confirmation takes its place, and accounts for what was erased before as far as that is still known.
    answer.state, answer.reason = AnswerState.STUCK.value, "what was found again is being erased first"
    answer.content_key, answer.until, answer.times = None, None, 0
    decide(rows, AGAIN, agent)
    tx.record("residue.again", case_id, systems=sorted({row.system for row in rows}), by=agent)
    search(tx, case)


def _remember(tx: Transaction, case: CaseFile, identifiers: dict[str, list[str]], found: list[dict[str, Any]]) -> None:
    """Let a case that was forgotten go on: its person is known from the looks, its old key pair is gone for good."""
    keys = CaseKeys.generate()
    case.public_key, case.forgotten_at = keys.public, None
    case.private_key = tx.vault.encrypt(case.id, Retention.PACKAGE, place(case.id, "private_key"), keys.private)
    plain = write_json(identifiers)
    case.identifiers = tx.vault.encrypt(case.id, Retention.PACKAGE, place(case.id, "identifiers"), plain)
    keep_found(tx, case, found)
