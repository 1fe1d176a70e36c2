"""Proof by assertion: the controller's own page, where somebody is signed in, says who that is.

How sure that is the controller's profile says (`identity.asserter.assurance`); what stands here is the least.
"""

from habeas.vocabulary import Assurance
from habeas_identity.proofs.proof import Proof

ASSERTION = Proof("assertion", Assurance.A1)
