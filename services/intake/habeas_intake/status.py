"""Where a case stands, for whoever holds its secret; and what is said to those who cannot be identified.

The page says the same of a customer who typed no code and of a stranger: when their request came, when an answer is
due, whether it was confirmed who asks, and after a week without that what would help (GDPR Art. 11(2), 12(2), 12(6)).
That a case stands still is never told here: who opened it in somebody's name would learn that there is such a customer.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from habeas.crypto.blind import BlindIndex
from habeas.crypto.canonical import bind
from habeas.crypto.vault import Place
from habeas.errors import Fault, Faults, Refused
from habeas.events import ClaimExtended
from habeas.vocabulary import CaseState
from habeas.work.quotas import Quota, spend, spend_all
from habeas.work.transaction import Transaction
from habeas_intake.applications import read_more
from habeas_intake.limits import may_ask_about
from habeas_intake.models import Case, CaseStatus
from habeas_intake.notes import enter, locked_case
from habeas_intake.references import ALPHABET, read_reference

UNPROVED_FOR = timedelta(days=7)
"""After so long without a proof the page says that we could not make sure who asks."""
LENGTH = 8
"""Of 31 letters: 39.6 bits, and a reference has to be known beside it."""
LOOKS_FROM_PLACE = Quota("status looked at from a place", 30, timedelta(hours=1))
LOOKS_AT_REFERENCE = Quota("status of a reference looked at", 20, timedelta(hours=1))
MORE_OF_CASE = Quota("identifiers added to a case", 3, timedelta(days=1))
RETENTION = "letters"


class Unidentified(StrEnum):
    """Why an agent says that a person cannot be identified."""

    NOTHING_FITS = "nothing_fits"
    SEVERAL_FIT = "several_fit"
    NOT_SHOWN = "not_shown"
    """A stored address was written to, and nobody answered from it."""
    DOUBTS = "doubts"
    """There are reasons to doubt that whoever answers is that person (Art. 12(6))."""


@dataclass(frozen=True)
class StatusLine:
    """One right of a case, as its status page shows it."""

    right: str
    respond_by: date
    answered: bool


@dataclass(frozen=True)
class Status:
    """Where a case stands, in what may be told to whoever holds its secret."""

    case: str
    reference: str
    controller: str
    language: str
    received_at: datetime
    rights: tuple[StatusLine, ...]
    confirmed: bool
    """Whether it was confirmed who asks."""
    unidentified: bool
    """Whether a week has passed without that, or an agent has said that it cannot be."""


def make_secret(tx: Transaction, case: str) -> str:
    """Make the secret of a case that was just opened; it is told once and kept as its HMAC."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    _row(tx, case).secret = _mark(tx, case, secret)
    return f"{secret[:4]}-{secret[4:]}"


def find_status(tx: Transaction, reference: str, secret: str, place: str) -> Status | None:
    """Return where a case stands, if reference and secret fit each other.

    `place` is where the request comes from, as far as that is known. An unknown reference, a wrong secret and one try
    too many cost the same statements.
    """
    known = read_reference(reference) or ""
    typed = "".join(letter for letter in secret[:64].upper() if letter in ALPHABET)
    tried = [(LOOKS_FROM_PLACE, _blind(tx, place)), (LOOKS_AT_REFERENCE, _blind(tx, f"{known} {place}"))]
    within = spend_all(tx.session, tried, tx.now) is None
    chosen = select(CaseStatus.case_id, CaseStatus.secret).join(Case, Case.id == CaseStatus.case_id)
    row = tx.session.execute(chosen.where(Case.reference == known)).first()
    case, kept = row or ("", "")
    fits = hmac.compare_digest(kept.encode(), _mark(tx, case, typed).encode())
    return _status(tx, case) if fits and within and kept else None


def add_identifiers(tx: Transaction, case_id: str, given: Mapping[str, str]) -> None:
    """Take more of who somebody is, and let identity ask the systems again; raises Faults for what cannot be used.

    Raises Refused after three times in a day. Of an identifier that too many cases are about the systems are not
    asked; an agent sees that it was told. Nothing here depends on what is known of the person.
    """
    case = locked_case(tx, case_id)
    more = read_more(tx.context.profiles[case.controller], given)
    if not spend(tx.session, MORE_OF_CASE, case.id, tx.now):
        raise Refused("that was tried too often today")
    place = Place("case_file", "personal", case.id)
    told = json.loads(tx.vault.decrypt(case.id, RETENTION, place, case.personal))
    for name, value in more.items():
        earlier = told["identifiers"].get(name, "")
        told["identifiers"][name] = f"{earlier}; {value}" if earlier else value
    case.personal = tx.vault.encrypt(case.id, RETENTION, place, json.dumps(told).encode())
    passed = may_ask_about(tx, more)
    enter(tx, case.id, "claim.extended", names=sorted(more), passed=passed)
    tx.record("claim.extended", case.id, names=sorted(more), passed=passed)
    if passed:
        identifiers = {name: [value] for name, value in more.items()}
        tx.say(ClaimExtended(case=case.id), sealed={"identity": {"identifiers": identifiers}})


def call_unidentified(tx: Transaction, case_id: str, reason: str, person: str) -> None:
    """Say, as an agent, that the person of a case cannot be identified: their page tells them what would help."""
    case = locked_case(tx, case_id)
    if reason not in list(Unidentified):
        raise Faults([Fault("reason", "no reason was chosen", "choose why the person cannot be identified")])
    if _is_confirmed(case):
        raise Refused("it was confirmed who asks")
    status = _row(tx, case_id)
    status.unidentified_at, status.unidentified_by, status.reason = tx.now, person, reason
    tx.record("case.unidentified", case_id, reason=reason, by=person)
    enter(tx, case_id, "case.unidentified", reason=reason, by=person)


def note_frozen(tx: Transaction, case_id: str) -> None:
    """Note that the person of a case said that they had not asked."""
    found = locked_case(tx, case_id)
    if all(right.state == CaseState.REFUSED for right in found.rights):
        return  # it was withdrawn: identity has only stopped what was left of it
    _row(tx, found.id).frozen_at = tx.now
    found.closed_to_agent = found.closed_to_agent or found.capacity != "self"  # nobody acts for them, they say
    enter(tx, case_id, "case.frozen")


def note_contested(tx: Transaction, case_id: str) -> None:
    """Note that somebody showed that it was them after all."""
    _row(tx, locked_case(tx, case_id).id).contested_at = tx.now
    enter(tx, case_id, "freeze.contested")


def note_thawed(tx: Transaction, case_id: str, reason: str) -> None:
    """Note that two people let the case go on."""
    row = _row(tx, locked_case(tx, case_id).id)
    row.frozen_at = row.contested_at = None
    enter(tx, case_id, "case.thawed", reason=reason)


def _status(tx: Transaction, case_id: str) -> Status:
    case, row = tx.session.get_one(Case, case_id), tx.session.get_one(CaseStatus, case_id)
    done = (CaseState.ANSWERED, CaseState.CLOSED)
    confirmed = _is_confirmed(case)
    waited = row.unidentified_at is not None or case.opened_at + UNPROVED_FOR <= tx.now
    return Status(
        case=case.id,
        reference=case.reference,
        controller=case.controller,
        language=case.language,
        received_at=case.received_at,
        rights=tuple(StatusLine(each.right, each.respond_by, CaseState(each.state) in done) for each in case.rights),
        confirmed=confirmed,
        unidentified=waited and not confirmed,
    )


def _is_confirmed(case: Case) -> bool:
    return all(each.state != CaseState.RECEIVED for each in case.rights)


def _row(tx: Transaction, case: str) -> CaseStatus:
    row = tx.session.get(CaseStatus, case, with_for_update=True)
    if row is None:
        row = CaseStatus(case_id=case, secret="", unidentified_by="", reason="")
        tx.session.add(row)
    return row


def _mark(tx: Transaction, case: str, secret: str) -> str:
    pepper = tx.context.keys.secret("intake", "pepper")
    return hmac.digest(pepper, bind("habeas", "status", case, secret), hashlib.sha256).hex()


def _blind(tx: Transaction, value: str) -> str:
    return BlindIndex(tx.context.keys.secret("intake", "blind-index"), "status").of(value)
