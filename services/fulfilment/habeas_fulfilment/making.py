"""The effect that makes an answer: opens what systems found or did, and builds the package or the confirmation of it.

The file is made as a stream, encrypted on its way into the store, under a name that no other attempt has.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from habeas.clock import uuid7
from habeas.crypto.streams import KEY_BYTES, encrypt_stream
from habeas.envelope import Letter
from habeas.errors import Refused
from habeas.events import CaseGathered
from habeas.ledger import prove, sequence
from habeas.service import Context, Effect
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions import Made, answer_context, finish_answer, stop_answer
from habeas_fulfilment.contents import Contents, NotToBeMade, collect
from habeas_fulfilment.package import PackageStream
from habeas_fulfilment.results import BrokenResult


@dataclass(frozen=True)
class Trouble:
    """Why an answer cannot be made as things are; `usable` if a result can be read, but leaves something to decide."""

    reason: str
    order: str | None
    usable: bool


class _Pieces:
    """Reads an iterable of byte strings as a file, a piece at a time."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int = -1) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")


def take_gathered(tx: Transaction, letter: Letter) -> Contents | None:
    """Collect what the answer is made of; None if it is made already."""
    assert isinstance(letter.event, CaseGathered)
    return collect(tx, letter.event.case, letter.event.right, letter.id)


def make_answer(context: Context, contents: Contents | None) -> Made | Trouble | None:
    """Build the answer straight into the store; what stands against it is given back as trouble."""
    if contents is None:
        return None
    case, right = contents.case, contents.right.value
    key = f"answers/{case}/{right}-{contents.letter}-{uuid7()}"
    content_key = os.urandom(KEY_BYTES)
    try:
        stream = PackageStream(
            contents.facts(),
            contents.parts(context.store),
            signer=context.keys.signer("fulfilment"),
            prove=lambda digest: _prove(context, contents, digest),
        )
        pieces: Any = _Pieces(iter(stream))
        context.store.put(key, encrypt_stream(pieces, content_key, answer_context(case, right)))
    except BrokenResult as broken:
        return Trouble(broken.short, broken.order, usable=False)
    except NotToBeMade as trouble:
        return Trouble(trouble.reason, trouble.order, usable=True)
    except Refused as refused:
        return Trouble(refused.reason, None, usable=True)
    built = stream.built()
    return Made(key, content_key, built.size, built.sha256, built.manifest_digest)


def _prove(context: Context, contents: Contents, digest: bytes) -> bytes:
    """Write the manifest's digest into the ledger, and prove that it stands there."""
    with context.transaction() as tx:
        leaf = tx.record("answer.made", contents.case, right=contents.right.value, manifest=digest.hex())
        signer = context.keys.signer("fulfilment")
        while sequence(tx.session, tx.now, signer) is not None:
            pass
        return prove(tx.session, leaf).to_json()


def keep_answer(tx: Transaction, letter: Letter, _contents: Any, made: Made | Trouble | None) -> None:
    """Take the answer over, or show what stands against it."""
    assert isinstance(letter.event, CaseGathered)
    case, right = letter.event.case, letter.event.right
    if isinstance(made, Trouble):
        stop_answer(tx, case, right, made.reason, made.order, usable=made.usable)
    elif made is not None:
        finish_answer(tx, case, right, made)


def tell_failure(tx: Transaction, letter: Letter, reason: str, _attempts: int, final: bool) -> None:
    """Show in the case that its answer could not be made; the parked letter waits for an operator."""
    assert isinstance(letter.event, CaseGathered)
    if final:
        stop_answer(tx, letter.event.case, letter.event.right, reason, None, usable=True)


MAKING = Effect(prepare=take_gathered, work=make_answer, finish=keep_answer, fail=tell_failure)
