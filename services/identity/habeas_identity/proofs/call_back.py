"""Proof by call-back: whoever answers the stored phone reads out a code; the same channel as a text, so not a third."""

from habeas.vocabulary import Assurance
from habeas_identity.proofs.proof import Proof

CALL_BACK = Proof("call_back", Assurance.A1, "sms")
