"""What becomes of a right, decided from a profile and the facts of a case: pure rules, nothing is looked up."""

from habeas.decisions.catalogue import LANGUAGES, say
from habeas.decisions.facts import read_facts
from habeas.decisions.order import erasure_order
from habeas.decisions.periods import kept_until
from habeas.decisions.records import decide_record
from habeas.decisions.ruling import RIGHTS, decide
from habeas.decisions.types import (
    ActivityFacts,
    Decision,
    Facts,
    Ground,
    Kept,
    Measure,
    Reason,
    Ruling,
    Verdict,
)

__all__ = [
    "LANGUAGES",
    "RIGHTS",
    "ActivityFacts",
    "Decision",
    "Facts",
    "Ground",
    "Kept",
    "Measure",
    "Reason",
    "Ruling",
    "Verdict",
    "decide",
    "decide_record",
    "erasure_order",
    "kept_until",
    "read_facts",
    "say",
]
