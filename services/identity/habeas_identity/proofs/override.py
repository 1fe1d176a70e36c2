"""Proof by two people of the company, each with a reason, for whoever has no browser: never surer than A2."""

from habeas.vocabulary import Assurance
from habeas_identity.proofs.proof import Proof

OVERRIDE = Proof("override", Assurance.A2)
