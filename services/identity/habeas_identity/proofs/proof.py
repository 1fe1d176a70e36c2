"""What a proof promises: how it is called, how sure we are once it was given, and which stored channel it shows.

A plug-in of the group `habeas.proofs` is such a value. How a proof comes about is its own room's business; what counts
is what `habeas_identity.given` notes of it.
"""

from dataclasses import dataclass

from habeas.vocabulary import Assurance

GROUP = "habeas.proofs"


@dataclass(frozen=True)
class Proof:
    """One way to show who asks.

    `kind` is the kind of stored channel that it shows control of (`email`, `sms`), as connectors name them, or empty:
    two proofs of one kind are one channel, two kinds reach further (`habeas.profile.ladder.reached`).
    """

    name: str
    assurance: Assurance
    kind: str = ""
