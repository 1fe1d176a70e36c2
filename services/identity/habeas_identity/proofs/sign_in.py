"""Proof by sign-in: the controller's own site, or an electronic identity, says who signed in there a moment ago.

It is no stored channel: how sure it makes us is for the profile to say, entry by entry.
"""

from habeas.vocabulary import Assurance
from habeas_identity.proofs.proof import Proof

SIGN_IN = Proof("sign_in", Assurance.A2)
