"""Proof by mailbox: whoever reads what is sent to the address the company already has is its holder, and no more."""

from habeas.vocabulary import Assurance
from habeas_identity.proofs.proof import Proof

MAILBOX = Proof("mailbox", Assurance.A1, "email")
