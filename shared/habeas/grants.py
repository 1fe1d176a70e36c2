"""Grants: what lets one browser use one service for one purpose, signed by identity and good for at most 5 minutes.

A grant travels in a cookie or a hidden field as `<key id>.<payload>.<signature>`, each fit for URLs. It is renewed
while the session lives; a service that heard `session.ended` refuses the session's grants whatever they say. A grant
that is good `once` is used up by its action, in the action's own transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from habeas.crypto.canonical import read_base64url, write_base64url
from habeas.crypto.directory import Directory
from habeas.crypto.signing import Signed, Signer
from habeas.errors import Refused
from habeas.statements import believe, sign

LIFE = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=10)
"""How far the clock of the machine that issued may be ahead of ours."""
MAX_TEXT = 4000


@dataclass(frozen=True)
class Grant:
    """Who may use which service for what, in which browser, until when.

    `kind` is `agent` or `subject`; `person` is the agent's person id, or the case's for a subject. `controllers` are
    those whose cases an agent works on, all if none is named. `case` is empty
    for a grant that is bound to none, `browser` is the hash of the browser's cookie, `session` is what ends it.
    """

    TYPE: ClassVar[str] = "application/vnd.habeas.grant+json"
    SIGNED_BY: ClassVar[str] = "identity"
    NAME: ClassVar[str] = "the grant"

    id: str
    kind: str
    person: str
    roles: tuple[str, ...]
    controllers: tuple[str, ...]
    service: str
    purpose: str
    case: str
    browser: str
    session: str
    issued: datetime
    expires: datetime
    once: bool


def mint(signer: Signer, grant: Grant) -> str:
    """Sign a grant and write it as text for a cookie or a field; one that no service would accept is a bug."""
    if grant.kind not in ("agent", "subject") or not timedelta(0) < grant.expires - grant.issued <= LIFE:
        raise ValueError("a grant is an agent's or a subject's, and lives at most 5 minutes")
    signed = sign(signer, grant)
    return f"{signed.key_id}.{write_base64url(signed.payload)}.{write_base64url(signed.signature)}"


def read(
    text: str,
    directory: Directory,
    *,
    service: str,
    purpose: str,
    browser: str,
    now: datetime,
    case: str | None = None,
    kind: Literal["agent", "subject"] | None = None,
    once: bool = False,
) -> Grant:
    """Read a grant that was shown; raises Refused with the reason when it is not good for just this.

    A grant that is bound to a case is good for that case only, so the caller has to say which case it is about; with
    `case` a subject's grant has to be bound. Whether its session has ended and whether it was used before is the
    caller's to know.
    """
    grant = believe(_unpack(text), directory, Grant)
    refusals = {
        "this grant is for another service": grant.service != service,
        "this grant is for another purpose": grant.purpose != purpose,
        "this grant was given to another browser": grant.browser != browser,
        "this grant has expired": grant.expires <= now,
        "this grant is not yet valid": grant.issued > now + CLOCK_SKEW,
        "this grant has too long a life": not timedelta(0) < grant.expires - grant.issued <= LIFE,
        "this grant is for another case": (grant.case or None) != case and not _is_free(grant),
        "this grant is held by another kind of person": grant.kind not in ("agent", "subject")
        or kind not in (None, grant.kind),
        "this act needs a grant of its own": once and not grant.once,
    }
    for reason, is_so in refusals.items():
        if is_so:
            raise Refused(reason)
    return grant


def _is_free(grant: Grant) -> bool:
    """Say whether a grant may be used for every case: an agent's that is bound to none."""
    return grant.kind == "agent" and not grant.case


def _unpack(text: str) -> Signed:
    parts = text.split(".") if len(text) <= MAX_TEXT else []
    if len(parts) != 3:
        raise Refused("this is not a grant")
    key_id, payload, signature = parts
    return Signed(Grant.TYPE, read_base64url(payload), Grant.SIGNED_BY, key_id, read_base64url(signature))
