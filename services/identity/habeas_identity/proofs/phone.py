"""Proof by phone: a code by text message to the number the company already has, as a second stored channel."""

from habeas.vocabulary import Assurance
from habeas_identity.proofs.proof import Proof

PHONE = Proof("phone", Assurance.A1, "sms")
