"""Who calls fulfilment: agents and persons who fetch by identity's grants, connectors by an order's upload grant.

Programs show a key, and processors that call back have signed what they say.
"""

import hashlib
import json

from flask import request
from sqlalchemy import bindparam, select
from werkzeug.exceptions import Forbidden

from habeas.crypto.canonical import read_base64url
from habeas.errors import NeedsPerson, Refused
from habeas.grants import Grant, read
from habeas.opendsr.signatures import DOMAIN, SIGNATURE, read_header
from habeas.service import Context
from habeas.web.access import Ask, Caller, Guards
from habeas.web.guards import guards_by_grants
from habeas_fulfilment.admissions import read_admission
from habeas_fulfilment.models import CaseFile, EndedSession, ProgramKey
from habeas_fulfilment.processors import processors_of

UPLOAD = "upload"
RELEASE = "release"
ASKING = "may-process"
HOLDING = "legal-holds"
CALLING_BACK = "processor-callbacks"
_LARGEST_CALL = 64 * 1024
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
        if ask.purpose == CALLING_BACK:
            return _read_signature(context, ask)
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


def _read_signature(context: Context, ask: Ask) -> Caller:
    """Find out which processor has signed the request, over its bytes and before anybody reads them.

    401 is for who is not known here or whose certificate is not good, 403 for a signature that does not fit (OpenDSR
    2.0, 8.8, and its security guidelines). Raises TryLater where none can be had now.
    """
    domain = read_header(request.headers, DOMAIN).lower()
    known = processors_of(context).get(domain)
    if known is None:
        raise Refused("no such processor is known here")
    request.max_content_length = _LARGEST_CALL
    try:
        fits = known.speaker.has_signed(request.get_data(), read_header(request.headers, SIGNATURE), ask.now)
    except NeedsPerson as why:
        context.log.warning("a processor's certificate is not good", processor=domain, error=why)
        raise Refused(why.why) from None
    if not fits:
        raise Forbidden
    return Caller("machine", domain)


def digest_of(key: str) -> str:
    """Give what is kept of a program's key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _case_of(text: str) -> str:
    """Tell which case a ticket says that it is for; it counts only once the signature over it was verified."""
    try:
        return str(json.loads(read_base64url(text.split(".")[1]))["case"])
    except (ValueError, LookupError, TypeError):
        raise Refused("this is not a ticket") from None
