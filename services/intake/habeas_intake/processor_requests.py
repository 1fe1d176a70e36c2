"""Requests that a controller hands to us as its processor, by OpenDSR 2.0: taken, told about, taken back.

Each becomes a case like any other, and proves nothing by itself: the person shows who they are, or the controller's
own pages say so in an assertion that comes along. A controller's key opens no package and destroys nothing alone.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from sqlalchemy import select

from habeas.crypto.canonical import write_instant
from habeas.errors import Fault, Faults, Refused
from habeas.events import CaseWithdrawn, ProcessorReported
from habeas.opendsr.faults import faults_of
from habeas.opendsr.identities import FORMATS, KINDS, TYPES
from habeas.profile import IdentifierKind, Profile
from habeas.vocabulary import CaseState, Right
from habeas.work.transaction import Transaction
from habeas_intake.actions import open_case, read_personal
from habeas_intake.applications import Application, read_application
from habeas_intake.models import ApiKey, Case, ProcessorRequest
from habeas_intake.notes import enter, move_right
from habeas_intake.processor_signature import Signer, read_signer
from habeas_intake.schemas import MOST_ASSERTION

VERSION = "2.0"
TAKEN = (Right.ACCESS.value, Right.ERASURE.value)
"""The kinds of requests that go all the way through."""
_MOST = 20
_UUID4 = validate.Regexp("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\\Z")
_ENDED = ("completed", "cancelled")


class _Shape(Schema):
    class Meta:
        """Nothing that is not known is passed over."""

        unknown = RAISE


class _IdentityShape(_Shape):
    identity_type = fields.String(required=True, validate=validate.OneOf(TYPES))
    identity_value = fields.String(required=True, validate=validate.Length(min=1, max=500))
    identity_format = fields.String(required=True, validate=validate.OneOf(FORMATS))


class _RequestShape(_Shape):
    regulation = fields.String(required=True, validate=validate.OneOf(("gdpr", "ccpa")))
    subject_request_id = fields.String(required=True, validate=_UUID4)
    subject_request_type = fields.String(required=True, validate=validate.OneOf(KINDS))
    submitted_time = fields.AwareDateTime(required=True, format="iso")
    subject_identities = fields.List(
        fields.Nested(_IdentityShape), required=True, validate=validate.Length(min=1, max=_MOST)
    )
    api_version = fields.String(validate=validate.Regexp(r"2(\.\d+)*\Z"))
    status_callback_urls = fields.List(fields.String(), load_default=list, validate=validate.Length(max=_MOST))
    extensions = fields.Dict(keys=fields.String(), values=fields.Dict(), load_default=dict)


@dataclass(frozen=True)
class Request:
    """A request that fits: what it opens, and where it wants to be told."""

    number: str
    application: Application = field(repr=False)
    callbacks: tuple[str, ...]


def is_callable(url: str) -> bool:
    """Say whether an address can be called back: encrypted, or on this machine."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or local) and not (parts.username or parts.fragment)


def identities_of(profile: Profile) -> dict[str, str]:
    """Return which identities a controller may name, and as what its profile knows them."""
    known = {each.name: each.name for each in profile.identifiers if each.name in TYPES}
    mailbox = next((each.name for each in profile.identifiers if each.kind is IdentifierKind.EMAIL), None)
    return {**known, **({"email": mailbox} if mailbox else {})}


def read_request(profile: Profile, key: ApiKey, signer: Signer, body: Any, now: datetime) -> Request:
    """Read a request against the profile of its controller; raises Faults with every fault of it."""
    try:
        said = _RequestShape().load(body)
    except ValidationError as wrong:
        raise Faults(list(faults_of(wrong, "see OpenDSR 2.0, section 7.1"))) from None
    faults: list[Fault] = []
    if said["subject_request_type"] not in TAKEN:
        faults.append(Fault("subject_request_type", "is not taken here", f"one of {', '.join(TAKEN)}"))
    if not set(said["status_callback_urls"]) <= set(key.callbacks):
        faults.append(Fault("status_callback_urls", "holds an address nobody agreed on", "have it added to your key"))
    own = said["extensions"].get(signer.domain, {})
    where = f"extensions.{signer.domain}"
    faults += (Fault(f"{where}.{name}", "is not known", "known is assertion") for name in own if name != "assertion")
    assertion = own.get("assertion", "")
    if not isinstance(assertion, str) or len(assertion) > MOST_ASSERTION:
        faults.append(Fault(f"{where}.assertion", "is no assertion", f"text of {MOST_ASSERTION} letters at most"))
    identifiers = _identifiers(profile, said["subject_identities"], faults)
    if faults:
        raise Faults(faults)
    number = said["subject_request_id"]
    given = {
        "rights": [said["subject_request_type"]],
        "identifiers": identifiers,
        "received_at": min(said["submitted_time"], now),
    }
    token = hashlib.sha256(f"opendsr\n{key.name}\n{number}".encode()).hexdigest()
    known = {"token": token, "channel": "api", "opened_by": key.name, "assertion": assertion}
    application = read_application(profile, given, now=now, **known)
    return Request(number, application, tuple(said["status_callback_urls"]))


def take_request(tx: Transaction, asked_by: str, request: Request) -> ProcessorRequest:
    """Open a request's case; the same one again opens none. Raises Refused where its number was another request's."""
    known = tx.session.get(ProcessorRequest, (asked_by, request.number))
    if known is not None:
        case, asked = tx.session.get_one(Case, known.case_id), request.application
        told = (read_personal(tx, case)["identifiers"], [right.right for right in case.rights])
        if told != (dict(asked.identifiers), list(asked.rights)):
            raise Refused("this subject_request_id was given to another request before")
        return known
    opened = open_case(tx, request.application)
    taken = ProcessorRequest(
        asked_by=asked_by,
        number=request.number,
        case_id=opened.case,
        callbacks=list(request.callbacks),
        received_at=tx.now,
        cancelled_at=None,
        told="pending",
        open=True,
    )
    tx.session.add(taken)
    tx.record("processor_request.taken", opened.case, by=asked_by, number=request.number)
    return taken


def withdraw_request(tx: Transaction, asked_by: str, number: str) -> ProcessorRequest | None:
    """Take a request back while nobody has proved anything; None if there is none. Raises Refused once it goes on."""
    found = tx.session.get(ProcessorRequest, (asked_by, number), with_for_update=True, populate_existing=True)
    if found is None or found.cancelled_at is not None:
        return found
    case = tx.session.get_one(Case, found.case_id, with_for_update=True, populate_existing=True)
    if _status(case, found) != "pending":
        raise Refused("it is being worked on, and cannot be cancelled any more")
    for right in case.rights:
        move_right(right, "request.withdrawn")
        right.answered_at = tx.now
    case.held = case.held_from = case.held_like = ""
    found.cancelled_at = tx.now
    enter(tx, case.id, "request.withdrawn", by=asked_by)
    tx.record("request.withdrawn", case.id, by=asked_by, number=number)
    tx.say(CaseWithdrawn(case=case.id))
    return found


def tell_request(tx: Transaction, request: ProcessorRequest) -> dict[str, Any]:
    """Say where a request stands (8.3)."""
    return _tell(tx.session.get_one(Case, request.case_id), request)


def _tell(case: Case, request: ProcessorRequest) -> dict[str, Any]:
    return {
        "controller_id": request.asked_by,
        "expected_completion_time": write_instant(max(right.ends_at for right in case.rights)),
        "subject_request_id": request.number,
        "request_status": _status(case, request),
        "api_version": VERSION,
    }


def report_changes(tx: Transaction) -> None:
    """Tell the addresses of every request that stands elsewhere than they were told (8.5)."""
    signer = read_signer(tx.context.settings)
    if signer is None:
        return
    waiting = select(ProcessorRequest).where(ProcessorRequest.open.is_(True))
    # all cases at once, instead of one after the other below
    theirs = waiting.with_only_columns(ProcessorRequest.case_id)
    known = {case.id: case for case in tx.session.scalars(select(Case).where(Case.id.in_(theirs)))}
    for request in tx.session.scalars(waiting).all():
        told = _tell(known[request.case_id], request)
        if told["request_status"] == request.told:
            continue
        request.told = told["request_status"]
        request.open = request.told not in _ENDED
        for url in request.callbacks:
            body = json.dumps({**told, "status_callback_url": url})
            signature = signer.sign(body.encode())
            tx.say(
                ProcessorReported(
                    case=request.case_id,
                    number=request.number,
                    url=url,
                    body=body,
                    domain=signer.domain,
                    signature=signature,
                )
            )


def is_number(text: str) -> bool:
    """Say whether a text is the number of a request, in the one form that it has."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _status(case: Case, request: ProcessorRequest) -> str:
    states = {CaseState(right.state) for right in case.rights}
    if request.cancelled_at is not None or states == {CaseState.REFUSED}:
        return "cancelled"
    if states <= {CaseState.ANSWERED, CaseState.CLOSED, CaseState.REFUSED}:
        return "completed"
    return "pending" if CaseState.RECEIVED in states else "in_progress"


def _identifiers(profile: Profile, told: list[Mapping[str, str]], faults: list[Fault]) -> dict[str, str]:
    known = identities_of(profile)
    found: dict[str, str] = {}
    for number, each in enumerate(told):
        where = f"subject_identities.{number}"
        name = known.get(each["identity_type"])
        if name is None:
            faults.append(Fault(f"{where}.identity_type", "is not taken here", f"one of {', '.join(known)}"))
        elif each["identity_format"] != "raw":
            faults.append(Fault(f"{where}.identity_format", "cannot be searched by", "raw"))
        elif name in found:
            faults.append(Fault(where, "is the second of its type", "one request for each, or one value"))
        else:
            found[name] = each["identity_value"]
    return found
