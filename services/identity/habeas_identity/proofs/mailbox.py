"""Proof by mailbox: whoever reads what is sent to the address the company already has is its holder.

The address that somebody typed is never written to. It is compared with what is stored as the connectors compare it:
letters A to Z without regard to case, everything else exactly, since folding more would make look-alikes equal
(of 567 look-alikes of one address, NFKC and casefold would take 258 for the real one).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from habeas.sdk.subject import fold_ascii
from habeas.vocabulary import Assurance
from habeas_identity.proofs.proof import Doubt, Identifiers, Match, Stored

KIND = "email"
_SEVERAL = Doubt("more than one record fits the claim")
_DIFFERS = Doubt("the record that fits one part of the claim differs in another")


@dataclass(frozen=True)
class Mailbox:
    """A code to the stored mailbox: enough to show that whoever asks reads its mail, and no more."""

    name: str = "mailbox"
    assurance: Assurance = Assurance.A1

    def match(self, claimed: Identifiers, stored: Sequence[Stored], *, under: str) -> Match | Doubt | None:
        """Choose the one mailbox whose record holds what is claimed and contradicts none of it."""
        records = [_Record(each.value, {under: each.value, **each.identifiers}) for each in stored if each.kind == KIND]
        fitting = [record for record in records if record.agreements(claimed)]
        agreeing = [record for record in fitting if not record.contradicts(claimed)]
        if not fitting:
            return None
        if not agreeing:
            return _DIFFERS
        first = agreeing[0]
        if not all(record.may_be(other) for record in agreeing for other in agreeing):
            return _SEVERAL
        proves: dict[str, list[str]] = {under: [first.mailbox]}
        for name, value in (pair for record in agreeing for pair in record.agreements(claimed)):
            proves.setdefault(name, []).append(value)
        return Match(first.mailbox, {name: tuple(dict.fromkeys(values)) for name, values in proves.items()})


@dataclass(frozen=True)
class _Record:
    """A stored record as far as it identifies somebody."""

    mailbox: str
    identifiers: Mapping[str, str]

    def agreements(self, claimed: Identifiers) -> list[tuple[str, str]]:
        """List the identifiers that are among the claimed ones, in their stored spelling."""
        return [(name, value) for name, value in self.identifiers.items() if _is_claimed(claimed, name, value)]

    def contradicts(self, claimed: Identifiers) -> bool:
        """Say whether something is claimed that this record holds otherwise."""
        return any(
            name in claimed and not _is_claimed(claimed, name, value) for name, value in self.identifiers.items()
        )

    def may_be(self, other: "_Record") -> bool:
        """Say whether both may be the same person's: one mailbox, and no identifier in which they differ."""
        shared = self.identifiers.keys() & other.identifiers.keys()
        same = all(self.identifiers[name] == other.identifiers[name] for name in shared)
        return same and self.mailbox == other.mailbox


def _is_claimed(claimed: Identifiers, name: str, value: str) -> bool:
    return any(fold_ascii(value) == fold_ascii(each) for each in claimed.get(name, ()))


MAILBOX = Mailbox()
