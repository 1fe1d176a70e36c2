"""What participants tell each other of sealing keys that they have turned to, month by month, when nobody looks.

A runner in another team's network says which keys it is to be sealed to from now on, and identity tells it its own in
return. The letter's signature says whose they are; what a signing key may be is never told this way.
"""

from collections.abc import Mapping
from typing import Any

from habeas.crypto.canonical import read_base64
from habeas.crypto.keyring import Keyring
from habeas.envelope import Letter
from habeas.errors import NeedsPerson, Refused
from habeas.work.transaction import Transaction


def tell_seal(keys: Keyring, owner: str) -> dict[str, str]:
    """Give the public sealing keys of an owner held here by month, as an event tells them."""
    seal: dict[str, str] = keys.publish()["owners"][owner]["seal"]
    return seal


def learn_seal(tx: Transaction, letter: Letter, seal: Mapping[str, Any]) -> None:
    """Take over the sealing keys that a letter's source tells; raises Refused for what are no such keys.

    A keyring that holds the keys of both, as in the embedded mode, knows them already.
    """
    keys = tx.context.keys
    if letter.source in keys.holds():
        return
    if not all(isinstance(text, str) for text in seal.values()):
        raise Refused(f"{letter.source} tells sealing keys that are no text")
    try:
        keys.learn(letter.source, {month: read_base64(text) for month, text in seal.items()})
    except OSError:
        raise NeedsPerson(
            f"the keyring of {tx.context.participant} cannot be written to: pin the new keys of {letter.source} there"
        ) from None
    tx.record("keys.learned", letter.thread, owner=letter.source, months=sorted(seal))
