"""Upload grants: what lets one order's answer, and nothing else, in through the upload door.

A grant is a statement that fulfilment signs for itself and gives along with an order; whoever holds it can write new
parts of this order, up to a size and until a day, and can read nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from habeas.crypto.canonical import (
    read_base64url,
    read_instant,
    read_json,
    read_object,
    write_base64url,
    write_instant,
    write_json,
)
from habeas.crypto.directory import Directory
from habeas.crypto.signing import Signed, Signer
from habeas.errors import Refused

UPLOAD_TYPE = "application/vnd.habeas.upload+json"
OWNER = "fulfilment"
_SHAPE = {"order": str, "prefix": str, "most_bytes": int, "expires": str}


@dataclass(frozen=True)
class Admission:
    """What may be uploaded: parts of one order under one prefix of the store, `most_bytes` of them in all."""

    order: str
    prefix: str
    most_bytes: int
    expires: datetime


def write_admission(signer: Signer, admission: Admission) -> str:
    """Sign an upload grant as text that fits into a header."""
    payload = {
        "order": admission.order,
        "prefix": admission.prefix,
        "most_bytes": admission.most_bytes,
        "expires": write_instant(admission.expires),
    }
    return write_base64url(signer.sign(UPLOAD_TYPE, write_json(payload)).to_json())


def read_admission(text: str, directory: Directory, now: datetime) -> Admission:
    """Read an upload grant; raises Refused for everything that we have not signed or that is over."""
    signed = Signed.from_json(read_base64url(text))
    payload = read_object(
        read_json(directory.verify(signed, owner=OWNER, payload_type=UPLOAD_TYPE)), _SHAPE, "the upload grant"
    )
    admission = Admission(payload["order"], payload["prefix"], payload["most_bytes"], read_instant(payload["expires"]))
    if admission.expires <= now:
        raise Refused("the upload grant is over")
    return admission
