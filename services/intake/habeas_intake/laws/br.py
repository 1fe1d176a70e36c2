"""The clock of Brazil's LGPD: something simple at once, the full statement in fifteen days."""

from habeas_intake.laws.eu import GDPR_RIGHTS
from habeas_intake.laws.periods import Period
from habeas_intake.laws.statute import Statute
from habeas_intake.laws.terms import Sources, Terms

_SOURCE = "LGPD Art. 19"


def _terms(right: str) -> Terms | None:
    if right not in GDPR_RIGHTS:
        return None
    return Terms(Period(15, "days"), f"{_SOURCE} II", notes=(("simple_at_once", f"{_SOURCE} I"),))


BRAZIL = Statute(
    name="br",
    title="LGPD (Brazil)",
    aliases=("LGPD", "BR_LGPD"),
    terms=_terms,
    sources=Sources(_SOURCE, _SOURCE, _SOURCE, _SOURCE),
)
