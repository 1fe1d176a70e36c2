"""The clock of Quebec's act on personal information in the private sector: thirty days, then silence refuses."""

from habeas_intake.laws.eu import GDPR_RIGHTS
from habeas_intake.laws.periods import Period
from habeas_intake.laws.statute import Statute
from habeas_intake.laws.terms import Sources, Terms

_SOURCE = "CQLR c P-39.1 s. 32"


def _terms(right: str) -> Terms | None:
    if right not in GDPR_RIGHTS:
        return None
    return Terms(Period(30, "days"), _SOURCE, notes=(("silence", _SOURCE),))


QUEBEC = Statute(
    name="ca-qc",
    title="Law 25 (Quebec)",
    aliases=("QC_LAW25", "LAW25", "CA_QC_LAW25"),
    terms=_terms,
    sources=Sources(_SOURCE, _SOURCE, _SOURCE, _SOURCE),
)
