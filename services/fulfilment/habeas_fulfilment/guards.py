"""Who calls fulfilment: agents and persons who fetch by identity's grants, connectors by an order's upload grant."""

import hashlib
import json

from sqlalchemy import bindparam, select

from habeas.crypto.canonical import read_base64url
from habeas.errors import Refused
from habeas.grants import Grant, read
from habeas.service import Context
from habeas.web.access import Ask, Caller, Guards
from habeas.web.guards import guards_by_grants
from habeas_fulfilment.admissions import read_admission
from habeas_fulfilment.models import CaseFile, EndedSession, ProgramKey

UPLOAD = "upload"
RELEASE = "release"
ASKING = "may-process"
HOLDING = "legal-holds"
_KEY = select(ProgramKey.name, ProgramKey.controllers, ProgramKey.holds).where(ProgramKey.digest == bindparam("digest"))


def make_guards(context: Context) -> Guards:
    """Make fulfilment's guards."""

    def has_ended(grant: Grant) -> bool:
        with context.reading() as tx:
            return tx.session.get(EndedSession, grant.session) is not None

    def read_bearer(text: str, ask: Ask) -> Caller:
        if ask.purpose == UPLOAD:
            admission = read_admission(text, context.keys.directory(), ask.now)
            return Caller("machine", admission.order, grant=text)
        if ask.purpose == RELEASE:
            return _read_ticket(context, text, ask)
        if ask.purpose in (ASKING, HOLDING):
            return _read_key(context, text, ask)
        raise Refused("no machine may do this")

    def controller_of(case: str) -> str | None:
        with context.reading() as tx:
            return tx.session.scalars(select(CaseFile.controller).where(CaseFile.id == case)).first()

    return guards_by_grants(context, has_ended, read_bearer, controller_of)


def _read_ticket(context: Context, text: str, ask: Ask) -> Caller:
    """Read the once-grant that a person's browser brings in a form to the download origin, where it has no cookie."""
    grant = read(
        text,
        context.keys.directory(),
        service=ask.service,
        purpose=RELEASE,
        browser="",
        now=ask.now,
        case=_case_of(text),
        kind="subject",
        once=True,
    )
    return Caller("machine", grant.person, case=grant.case, grant=grant.id)


def _read_key(context: Context, text: str, ask: Ask) -> Caller:
    """Read the key of a program that asks whether it may process; to set holds takes a key that may do that as well."""
    with context.database.single() as connection:
        key = connection.execute(_KEY, {"digest": digest_of(text)}).first()
    if key is None or (ask.purpose == HOLDING and not key.holds):
        raise Refused("this key is not known, or not for this")
    return Caller("machine", key.name, controllers=frozenset(key.controllers))


def digest_of(key: str) -> str:
    """Give what is kept of a program's key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _case_of(text: str) -> str:
    """Tell which case a ticket says that it is for; it counts only once the signature over it was verified."""
    try:
        return str(json.loads(read_base64url(text.split(".")[1]))["case"])
    except (ValueError, LookupError, TypeError):
        raise Refused("this is not a ticket") from None
