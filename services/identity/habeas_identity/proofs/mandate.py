"""Proof of a mandate: the person says that somebody acts for them; of who they are it says nothing."""

from habeas.vocabulary import Assurance
from habeas_identity.proofs.proof import Proof

MANDATE = Proof("mandate", Assurance.A0)
