"""More time for a case: an agent decides it, the person is told, and only what was told in time moves a date."""

from collections.abc import Iterator
from datetime import date, datetime

from habeas.crypto.vault import Place
from habeas.errors import Refused
from habeas.events import CaseExtended, ExtensionDecided
from habeas.profile import Profile
from habeas.vocabulary import COMPLAINT, CaseState
from habeas.work.transaction import Transaction
from habeas_intake.actions import RETENTION
from habeas_intake.clocks import Clock, extend
from habeas_intake.laws.declared import load_calendars
from habeas_intake.models import Case, CaseRight
from habeas_intake.notes import enter, locked_case

MESSAGE = "extension"
"""The notifier's name for the letter that tells it."""


def decide_extension(tx: Transaction, case_id: str, reason: str, told: str, agent: str) -> date:
    """Decide that a case takes longer, for this reason, in these words to the person; return its new last day.

    Nothing moves before the letter has left. Raises Faults for a reason that is none or without words, and Refused
    where the law gives no more time, where nobody can be told, and while another extension is under way.
    """
    case = locked_case(tx, case_id)
    if case.extension is not None:
        raise Refused("this case was extended before, or is being extended: a law gives one extension")
    if all(right.state == CaseState.RECEIVED for right in case.rights):
        raise Refused("nobody has proved who asks, so there is no address to tell: wait for the proof")
    clocks = dict(_extended(tx, case, tx.now, reason, told))
    if not clocks:
        raise Refused("no right in this case waits for its answer: there is nothing to extend")
    until = max(clock.respond_by for clock in clocks.values() if clock.respond_by)
    case.extension = {"reason": reason, "by": agent}
    case.extension_words = tx.vault.encrypt(case.id, RETENTION, _place(case.id), told.strip().encode())
    tx.record("extension.decided", case.id, reason=reason, agent=agent, until=until.isoformat())
    enter(tx, case.id, "extension.decided", reason=reason, agent=agent, until=until.isoformat())
    event = ExtensionDecided(case=case.id, reason=reason, respond_by=until.isoformat())
    tx.say(event, sealed={"notifier": {"words": told.strip()}})
    return until


def note_told(tx: Transaction, case_id: str, at: datetime) -> None:
    """Move the dates of a case whose person was told of its extension at `at`; too late changes nothing."""
    case = locked_case(tx, case_id)
    if case.extension is None or case.extension_words is None:
        raise Refused("no extension of this case was decided")
    words = tx.vault.decrypt(case.id, RETENTION, _place(case.id), case.extension_words).decode()
    try:
        clocks = dict(_extended(tx, case, at, case.extension["reason"], words))
    except Refused as late:
        enter(tx, case.id, "extension.void", reason=late.reason)
        tx.record("extension.void", case.id, reason=late.reason)
        return
    for right in case.rights:
        if right.right in clocks:
            _move(right, clocks[right.right])
    respond_by = {right.right: right.respond_by.isoformat() for right in case.rights}
    enter(tx, case.id, "case.extended", respond_by=respond_by)
    tx.record("case.extended", case.id, told_at=at.isoformat(), respond_by=respond_by)
    tx.say(CaseExtended(case=case.id, respond_by=respond_by))


def note_not_told(tx: Transaction, case_id: str) -> None:
    """Let another attempt be made: the letter could not leave, so nothing was extended."""
    case = locked_case(tx, case_id)
    case.extension = case.extension_words = None


def _extended(tx: Transaction, case: Case, told_at: datetime, reason: str, words: str) -> Iterator[tuple[str, Clock]]:
    """Count every right anew that is not answered yet, as if the person were told at `told_at`."""
    profile: Profile = tx.context.profiles[case.controller]
    calendars = load_calendars(tx.context.settings.holidays)
    for right in case.rights:
        if right.open and right.right != COMPLAINT:  # a complaint has no time of the law's that could be longer
            yield right.right, extend(profile, right.right, case.received_at, (), told_at, reason, words, calendars)


def _move(right: CaseRight, clock: Clock) -> None:
    if clock.respond_by is None or clock.refuse_by is None or clock.target_on is None or clock.ends_at is None:
        raise Refused("a clock that was extended in time cannot stand still")
    right.respond_by, right.refuse_by = clock.respond_by, clock.refuse_by
    right.target_on, right.ends_at = clock.target_on, clock.ends_at
    right.steps = [step.stored() for step in clock.steps]


def _place(case: str) -> Place:
    return Place("case_file", "extension_words", case)
