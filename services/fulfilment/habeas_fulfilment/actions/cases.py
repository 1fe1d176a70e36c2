"""A case as fulfilment meets it: opened, proved, and one day forgotten."""

from datetime import datetime, timedelta
from typing import Any

from habeas.crypto.canonical import read_json, write_json
from habeas.crypto.datakeys import Retention
from habeas.crypto.sealing import CaseKeys
from habeas.crypto.signing import Signed
from habeas.crypto.vault import Place
from habeas.errors import Refused, TryLater
from habeas.events import CaseOpened, IdentityProved
from habeas.profile import Profile, ladder
from habeas.vocabulary import Right
from habeas.warrants import check_proof
from habeas.work.transaction import Transaction
from habeas_fulfilment.models import CaseFile, EndedSession

PACKAGED = (Right.ACCESS, Right.PORTABILITY)
"""The rights that are answered with a package of what all systems export."""
CARRIED_OUT = (*PACKAGED, Right.ERASURE)
"""The rights that fulfilment carries out; a person does what the others need."""
_SOON = timedelta(seconds=1)


def open_case(tx: Transaction, opened: CaseOpened) -> CaseFile:
    """Remember a case, and make the key pair to which systems seal what they find; raises Refused if it is known."""
    if tx.session.get(CaseFile, opened.case) is not None:
        raise Refused("a case of this id was opened before")
    keys = CaseKeys.generate()
    case = CaseFile(
        id=opened.case,
        reference=opened.reference,
        controller=opened.controller,
        rights=opened.rights,
        language=opened.language,
        received_at=datetime.fromisoformat(opened.received_at),
        respond_by=opened.respond_by,
        public_key=keys.public,
        private_key=tx.vault.encrypt(opened.case, Retention.PACKAGE, place(opened.case, "private_key"), keys.private),
        opened_at=tx.now,
        round=0,
    )
    profile_of(tx, case)
    tx.session.add(case)
    tx.session.flush()
    tx.record("case.accepted", case.id, rights=opened.rights)
    return case


def prove_identity(tx: Transaction, proved: IdentityProved, identifiers: dict[str, list[str]]) -> CaseFile | None:
    """Keep who the person is, if identity's proof says just that; give back the case if this is news.

    Raises TryLater while the case's opening is still on its way, Refused if the proof is not of this case and person.
    """
    case = tx.session.get(CaseFile, proved.case, with_for_update=True)
    if case is None:
        raise TryLater("the case's opening has not arrived yet", _SOON)
    signed = Signed.from_object(proved.proof)
    proof = check_proof(signed, tx.context.keys.directory(), case=case.id, identifiers=identifiers, now=tx.now)
    if proof.assurance < ladder.needed(profile_of(tx, case), case.rights):
        raise Refused("the proof is too weak for what is asked")
    if case.identifiers is not None:
        return None
    case.proof, case.proved_at = proved.proof, tx.now
    case.identifiers = tx.vault.encrypt(
        case.id, Retention.PACKAGE, place(case.id, "identifiers"), write_json(identifiers)
    )
    tx.record("identity.accepted", case.id, assurance=proved.assurance, method=proved.method)
    return case


def extend_case(tx: Transaction, case_id: str, respond_by: dict[str, str]) -> None:
    """Move the dates of a case whose person was told in time that it needs longer."""
    case = tx.session.get(CaseFile, case_id, with_for_update=True)
    if case is None:
        raise TryLater("the case's opening has not arrived yet", _SOON)
    case.respond_by = {**case.respond_by, **respond_by}
    tx.record("extension.accepted", case.id, respond_by=respond_by)


def end_session(tx: Transaction, session: str) -> None:
    """Remember that an agent's session is over, so that none of its grants is good any more."""
    if tx.session.get(EndedSession, session) is None:
        tx.session.add(EndedSession(session=session, ended_at=tx.now))


def locked_case(tx: Transaction, case: str) -> CaseFile:
    """Give a case with its row locked, so that two answers of it that come at once see each other."""
    found = tx.session.get(CaseFile, case, with_for_update=True)
    if found is None:
        raise Refused("fulfilment knows no such case")
    return found


def profile_of(tx: Transaction, case: CaseFile) -> Profile:
    """Give the profile of the case's controller; raises Refused where this house has none of that name."""
    profile = tx.context.profiles.get(case.controller)
    if profile is None:
        raise Refused("no profile here is of the case's controller")
    return profile


def identifiers_of(tx: Transaction, case: CaseFile) -> dict[str, Any]:
    """Open who the person is."""
    assert case.identifiers is not None
    plain = tx.vault.decrypt(case.id, Retention.PACKAGE, place(case.id, "identifiers"), case.identifiers)
    return dict(read_json(plain))


def found_of(tx: Transaction, case: CaseFile) -> list[dict[str, Any]]:
    """Open what systems found beside the proved identifiers: {system, identifiers, introduction} each."""
    if not case.found:
        return []
    plain = tx.vault.decrypt(case.id, Retention.PACKAGE, place(case.id, "found"), case.found)
    return list(read_json(plain)["found"])


def keep_found(tx: Transaction, case: CaseFile, found: list[dict[str, Any]]) -> None:
    """Keep what systems found beside the proved identifiers."""
    plain = write_json({"found": found})
    case.found = tx.vault.encrypt(case.id, Retention.PACKAGE, place(case.id, "found"), plain)


def private_key_of(tx: Transaction, case: CaseFile) -> bytes:
    """Open the case's private key."""
    return tx.vault.decrypt(case.id, Retention.PACKAGE, place(case.id, "private_key"), case.private_key)


def place(case: str, column: str) -> Place:
    """Name the place of an encrypted value of a case."""
    return Place("case_file", column, case)
