"""What a processor calls back with (OpenDSR 2.0, 8.5): where a request stands that a connector has made."""

import hashlib
import json
import re
from dataclasses import dataclass

from habeas.errors import Fault, Faults
from habeas.opendsr.identities import STATES

_NUMBER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Callback:
    """One call: about which request, what it says, and the digest of its bytes."""

    number: str
    status: str
    digest: str


def read_callback(raw: bytes) -> Callback:
    """Read the bytes that a processor has signed; raises `Faults`.

    Two fields count. The others are those of the text or a processor's own, and decide nothing: the connector asks.
    """
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Faults([Fault("body", "is no JSON object", "see OpenDSR 2.0, section 8.5")])
    number, status = told.get("subject_request_id"), told.get("request_status")
    faults = []
    if not isinstance(number, str) or not _NUMBER.fullmatch(number.lower()):
        faults.append(Fault("subject_request_id", "is no number of a request", "the UUID that the request came with"))
    if status not in STATES:
        faults.append(Fault("request_status", "is none", f"one of {', '.join(STATES)}"))
    if faults:
        raise Faults(faults)
    return Callback(str(number).lower(), str(status), hashlib.sha256(raw).hexdigest())
