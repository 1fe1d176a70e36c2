"""How another team's runner and the house come to know each other: two small signed files, each compared by voice.

    Enrolment   connect-SYSTEM   these are our public keys; the private ones were made here and stay here
    Welcome     fulfilment       these are ours, this is the upload door, and, sealed to you, your way into the broker

A file that brings its own keys proves only that whoever made it holds them. Who that is, people settle: both read the
fingerprint to each other over a line that they trust. A welcome names the enrolment it answers, so neither can be
exchanged for another on its way.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from habeas.crypto.canonical import read_digest, read_json, read_object, write_json
from habeas.crypto.directory import Directory, Published
from habeas.crypto.keyring import Keyring
from habeas.crypto.sealing import SealedPart, seal_part
from habeas.crypto.signing import BadSignature, Signed
from habeas.errors import Refused
from habeas.vocabulary import SERVICES, connector_of, participant_of

ENROLMENT_TYPE = "application/vnd.habeas.enrolment+json"
WELCOME_TYPE = "application/vnd.habeas.welcome+json"
HOUSE = "fulfilment"
NEEDED = ("identity", "fulfilment")
"""Whose keys a runner has to know: it believes their statements, and seals to identity."""
_GROUPS, _GROUP = 8, 4


@dataclass(frozen=True)
class Enrolment:
    """A runner's public keys, signed with one of them; `fingerprint` is what people compare."""

    system: str
    keys: Mapping[str, Any]
    """The runner's entry of a key directory."""
    digest: str

    @property
    def fingerprint(self) -> str:
        """Give what people read to each other."""
        return fingerprint(self.digest)


@dataclass(frozen=True)
class Welcome:
    """The house's answer: its public keys, where to upload and whom to believe there, and the way into the broker."""

    enrolment: str
    """The digest of the enrolment that is answered."""
    directory: Mapping[str, Any]
    upload_url: str
    authority: str
    """Certificates (PEM) of who signed those of upload door and broker; empty if anybody's system believes them."""
    broker: Mapping[str, Any]
    """The broker's address with the runner's password, sealed to the runner."""
    digest: str

    @property
    def fingerprint(self) -> str:
        """Give what people read to each other."""
        return fingerprint(self.digest)


def enrol(keys: Keyring, system: str) -> Signed:
    """Sign the public keys of a system's runner, whose private ones this keyring holds."""
    owner = participant_of(system)
    own = keys.publish()["owners"][owner]
    return keys.signer(owner).sign(ENROLMENT_TYPE, write_json({"system": system, "keys": own}))


def read_enrolment(signed: Signed) -> Enrolment:
    """Read an enrolment that is whole in itself; raises Refused. Whose it is, its fingerprint has to settle."""
    payload = read_object(read_json(signed.payload), {"system": str, "keys": dict}, "the enrolment")
    owner = participant_of(payload["system"])
    if payload["system"] in SERVICES:
        raise Refused("the enrolment is named like one of our services")
    directory = Directory.of({"owners": {owner: payload["keys"]}})
    directory.verify(signed, owner=owner, payload_type=ENROLMENT_TYPE)
    if payload["keys"]["revoked"] or not payload["keys"]["seal"]:
        raise Refused("the enrolment has revoked keys, or none to seal to")
    return Enrolment(payload["system"], payload["keys"], _digest(signed))


def welcome(
    keys: Keyring, enrolment: Enrolment, *, upload_url: str, authority: str, broker: str, trusts: tuple[str, ...] = ()
) -> Signed:
    """Sign the house's answer to an enrolment, with the way into the broker sealed to the runner.

    The keyring is fulfilment's, with identity's public keys pinned, and those of the systems that this one `trusts`.
    """
    owner = participant_of(enrolment.system)
    known = keys.publish()["owners"]
    wanted = (*NEEDED, *map(participant_of, trusts))
    missing = [each for each in wanted if each not in known]
    if missing:
        raise Refused(f"the key directory here has no keys of {', '.join(missing)}: pin them first")
    newest = Directory.of({"owners": {owner: enrolment.keys}}).sealing_key(owner)
    sealed = seal_part(broker.encode(), owner, newest.month, newest.public, _info(enrolment.digest))
    payload = {
        "enrolment": enrolment.digest,
        "directory": {"owners": {each: known[each] for each in wanted}},
        "upload_url": upload_url,
        "authority": authority,
        "broker": sealed.to_object(),
    }
    return keys.signer(HOUSE).sign(WELCOME_TYPE, write_json(payload))


def read_welcome(signed: Signed, answered: Signed) -> Welcome:
    """Read a welcome that is whole in itself and answers this enrolment; raises Refused.

    Whose it is, its fingerprint has to settle.
    """
    shape = {"enrolment": str, "directory": dict, "upload_url": str, "authority": str, "broker": dict}
    payload = read_object(read_json(signed.payload), shape, "the welcome")
    owners = Published.from_object(payload["directory"]).owners
    if any(each not in owners for each in NEEDED):
        raise BadSignature("the welcome lacks the keys of identity or fulfilment")
    Directory.of(payload["directory"]).verify(signed, owner=HOUSE, payload_type=WELCOME_TYPE)
    if any(not connector_of(each) for each in owners.keys() - set(NEEDED)):
        raise Refused("the welcome brings keys that a runner has no use for")
    if read_digest(payload["enrolment"]) != _digest(answered):
        raise Refused("the welcome answers another enrolment: make a new one, and send it to the house")
    return Welcome(**payload, digest=_digest(signed))


def open_broker(keys: Keyring, system: str, welcomed: Welcome) -> str:
    """Open the way into the broker; raises CannotOpen for what was sealed to another runner or enrolment."""
    part = SealedPart.from_object(welcomed.broker)
    return keys.opener(participant_of(system)).open_part(part, _info(welcomed.enrolment)).decode()


def fingerprint(digest: str) -> str:
    """Write a digest's first 128 bits as eight groups of four, for two people to read to each other."""
    return " ".join(digest[start : start + _GROUP] for start in range(0, _GROUPS * _GROUP, _GROUP))


def _digest(signed: Signed) -> str:
    return hashlib.sha256(signed.to_json()).hexdigest()


def _info(enrolment: str) -> bytes:
    return f"habeas welcome {enrolment}".encode()
