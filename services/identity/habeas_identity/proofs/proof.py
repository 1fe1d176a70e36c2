"""What a proof promises: to choose the one stored address it can be given by, and to say how sure we are then.

A plug-in of the group `habeas.proofs` is a value of a class with these members. Its rule is pure: what is claimed and
what the systems hold go in, one match or a doubt comes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from habeas.vocabulary import Assurance

Identifiers = Mapping[str, Sequence[str]]
"""Name to values, for example `{"email": ["anna@example.com"]}`."""


@dataclass(frozen=True)
class Stored:
    """An address that a system holds, exactly as stored, with the other identifiers of the record that holds it."""

    kind: str
    value: str = field(repr=False)
    identifiers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Match:
    """The address that a code may go to, and what is proved once it comes back: values in their stored spelling."""

    address: str = field(repr=False)
    proves: Mapping[str, tuple[str, ...]] = field(repr=False)


@dataclass(frozen=True)
class Doubt:
    """Why a person has to look: the reason names no one."""

    reason: str


class Proof(Protocol):
    """One way to show who asks."""

    @property
    def name(self) -> str:
        """What it is called in events and in the ledger."""

    @property
    def assurance(self) -> Assurance:
        """How sure we are once it was given."""

    def match(self, claimed: Identifiers, stored: Sequence[Stored], *, under: str) -> Match | Doubt | None:
        """Choose the address; `under` is the identifier that addresses of this kind are searched by.

        None says that nothing stored fits the claim; a doubt says that a person has to decide.
        """
