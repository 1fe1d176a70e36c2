"""The verbs of intake: open a case, and read what its person told; each is one transaction's work."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from habeas.clock import random_id
from habeas.crypto.vault import Place
from habeas.errors import Refused, TryLater
from habeas.events import CaseOpened
from habeas.vocabulary import CaseState
from habeas.work.transaction import Transaction
from habeas_intake.applications import Application
from habeas_intake.clocks import Clock, start_clock
from habeas_intake.laws.declared import load_calendars
from habeas_intake.limits import weigh
from habeas_intake.models import Case, CaseRight
from habeas_intake.notes import enter
from habeas_intake.references import make_reference
from habeas_intake.status import make_secret

RETENTION = "letters"
_SOON = timedelta(seconds=1)


@dataclass(frozen=True)
class Opened:
    """A case that was opened, or had been by the same form or call before."""

    case: str
    reference: str
    respond_by: date
    target_on: date
    again: bool
    secret: str = field(default="", repr=False)
    """What shows where the case stands; told once, and only to whoever opened it at the portal."""


def open_case(tx: Transaction, application: Application) -> Opened:
    """Open a case: from here the clock runs, whoever it was that asked; the same token opens it once."""
    known = tx.session.scalars(select(Case).where(Case.token == application.token)).first()
    if known is not None:
        return _opened(known, again=True)
    profile = tx.context.profiles[application.controller]
    case = _write_case(tx, application)
    calendars = load_calendars(tx.context.settings.holidays)
    for right in application.rights:
        clock = start_clock(profile, right, case.received_at, calendars=calendars)
        case.rights.append(_write_right(case, right, clock))
    weighed = weigh(tx, application)
    case.held, case.held_from, case.held_like = weighed.held, weighed.network, weighed.likeness
    tx.session.add(case)
    try:
        tx.session.flush()
    except IntegrityError:
        raise TryLater("this form is being taken in at this moment", after=_SOON) from None
    for_whom = {} if application.capacity == "self" else {"capacity": application.capacity, "by": case.opened_by}
    held = {"held": case.held} if case.held else {}
    enter(tx, case.id, "case.opened", channel=case.channel, rights=list(application.rights), **for_whom, **held)
    opened = _opened(case, again=False)
    respond_by = opened.respond_by.isoformat()
    tx.record("case.opened", case.id, reference=case.reference, respond_by=respond_by, **for_whom, **held)
    _say_opened(tx, case, application, opened)
    return replace(opened, secret=make_secret(tx, case.id)) if case.channel == "portal" else opened


def _write_case(tx: Transaction, application: Application) -> Case:
    case = random_id()
    personal = {
        "identifiers": dict(application.identifiers),
        "contact": application.contact,
        "words": application.words,
        **({"acting": dict(application.acting)} if application.acting else {}),
    }
    return Case(
        id=case,
        reference=make_reference(),
        controller=application.controller,
        language=application.language,
        channel=application.channel,
        received_at=application.received_at or tx.now,
        opened_at=tx.now,
        token=application.token,
        browser=application.browser,
        opened_by=application.opened_by,
        capacity=application.capacity,
        personal=tx.vault.encrypt(case, RETENTION, _place(case), json.dumps(personal).encode()),
        unmatched="",
        failing=[],
        extension=None,
        extension_words=None,
        complaint=None,
        complaint_words=None,
        rights=[],
    )


def _write_right(case: Case, right: str, clock: Clock) -> CaseRight:
    if clock.respond_by is None or clock.refuse_by is None or clock.target_on is None or clock.ends_at is None:
        raise Refused("a clock that stands still at the beginning cannot be right")
    return CaseRight(
        case_id=case.id,
        right=right,
        state=CaseState.RECEIVED.value,
        open=True,
        respond_by=clock.respond_by,
        refuse_by=clock.refuse_by,
        target_on=clock.target_on,
        ends_at=clock.ends_at,
        steps=[step.stored() for step in clock.steps],
        plan="",
        approvals_needed=0,
        answered_at=None,
    )


def _opened(case: Case, *, again: bool) -> Opened:
    respond_by = min(right.respond_by for right in case.rights)
    return Opened(case.id, case.reference, respond_by, min(right.target_on for right in case.rights), again)


def _say_opened(tx: Transaction, case: Case, application: Application, opened: Opened) -> None:
    event = CaseOpened(
        case=case.id,
        reference=case.reference,
        controller=case.controller,
        rights=list(application.rights),
        capacity=application.capacity,
        language=case.language,
        received_at=case.received_at.isoformat(),
        respond_by={each.right: each.respond_by.isoformat() for each in case.rights},
        browser=case.browser,
        held=bool(case.held),
    )
    claimed = {
        "identifiers": {name: [value] for name, value in application.identifiers.items()},
        "assertion": application.assertion,
        "acting": dict(application.acting),
    }
    contact = "" if case.held else application.contact  # whoever floods us sends nobody a letter
    tx.say(event, sealed={"identity": claimed, "notifier": {"contact": contact}})


def read_personal(tx: Transaction, case: Case) -> dict[str, Any]:
    """Open what the person told: identifiers, contact and words; every look is written into the ledger by its door."""
    return dict(json.loads(tx.vault.decrypt(case.id, RETENTION, _place(case.id), case.personal)))


def _place(case: str) -> Place:
    return Place("case_file", "personal", case)
