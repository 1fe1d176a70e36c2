"""A signed letter: taken when somebody offers one, looked at by an agent, never asked for, and no proof by itself.

A signature proves nothing to whoever has none to compare it with (EDPB Guidelines 01/2022, 73 and 74).
"""

from habeas.vocabulary import Assurance
from habeas_identity.proofs.proof import Proof

LETTER = Proof("letter", Assurance.A0)
