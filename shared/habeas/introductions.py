"""How one system makes a person known to another: a further identifier, signed by the system that found it.

A CRM knows the person by a number under which another system keeps their invoices. Identity has proved the mailbox, not
the number; so the connector that read it there signs it for this case, and the next system's runner believes it only
if its own settings say that it trusts that system for identifiers of that name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from habeas.crypto.directory import Directory
from habeas.crypto.signing import BadSignature, Signed, Signer
from habeas.digests import Identifiers, digest_identifiers, strip_salt
from habeas.errors import Refused
from habeas.statements import Digest, read_payload, write_payload
from habeas.vocabulary import participant_of
from habeas.warrants import CLOCK_SKEW, LIFE

Trust = Mapping[str, Sequence[str]]
"""By the name of an identifier: the systems that are believed for it."""
LOOKED_FOR = timedelta(days=160)
"""How long an introduction is good for `locate`: as long as the proof can be. After an erasure nobody can be asked
for the number again, since whoever knew it has erased it."""


@dataclass(frozen=True)
class Introduction:
    """A system says by which further identifiers it knows the person of a case."""

    TYPE: ClassVar[str] = "application/vnd.habeas.introduction+json"
    SIGNED_BY: ClassVar[str] = "connector"
    NAME: ClassVar[str] = "the introduction"

    case: str
    system: str
    identifiers: Digest
    found_at: datetime


def introduce(signer: Signer, *, case: str, system: str, identifiers: Identifiers, now: datetime) -> Signed:
    """Sign the identifiers that a system found; they carry a salt, and the signer is that system's runner."""
    if signer.owner != participant_of(system):
        raise ValueError("an introduction is for the system's own runner to sign")
    statement = Introduction(case, system, digest_identifiers(identifiers), now)
    return signer.sign(Introduction.TYPE, write_payload(statement))


def check_introduction(
    signed: Signed,
    directory: Directory,
    *,
    case: str,
    system: str,
    identifiers: Identifiers,
    now: datetime,
    life: timedelta = LIFE,
) -> Introduction:
    """Believe what a system says of a case's person; raises Refused with the reason."""
    try:
        payload = directory.verify(signed, owner=participant_of(system), payload_type=Introduction.TYPE)
    except BadSignature as error:
        raise BadSignature(f"{Introduction.NAME}: {error.reason}") from None
    said = read_payload(Introduction, payload)
    if said.case != case or said.system != system:
        raise Refused("the introduction is of another case or system")
    if said.identifiers != digest_identifiers(identifiers):
        raise Refused("the introduction is of other identifiers")
    if said.found_at > now + CLOCK_SKEW or now - said.found_at > life:
        raise Refused("the introduction is too old, or comes from the future")
    return said


def believed(
    found: Sequence[Mapping[str, Any]],
    directory: Directory,
    trust: Trust,
    *,
    case: str,
    now: datetime,
    life: timedelta = LIFE,
) -> dict[str, list[str]]:
    """Give the identifiers, of all that came with an order, for which their system is trusted here.

    found: {system, identifiers, introduction} each. One that is trusted for nothing is passed over unread; raises
    Refused for one that is not what its system signed.
    """
    identifiers: dict[str, list[str]] = {}
    for each in found:
        system, values = str(each["system"]), each["identifiers"]
        wanted = {
            name: sorted(set(known)) for name, known in strip_salt(values).items() if system in trust.get(name, ())
        }
        if not wanted:
            continue
        signed = Signed.from_object(each["introduction"])
        check_introduction(signed, directory, case=case, system=system, identifiers=values, now=now, life=life)
        for name, known in wanted.items():
            identifiers.setdefault(name, []).extend(value for value in known if value not in identifiers.get(name, ()))
    return identifiers
