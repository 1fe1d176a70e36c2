"""The clock of the Swiss FADP: thirty days, which a share of the cost lets begin after ten days for thinking."""

from datetime import timedelta

from habeas_intake.laws.eu import GDPR_RIGHTS
from habeas_intake.laws.law import Happened, Step
from habeas_intake.laws.periods import Period, last_day, local_date
from habeas_intake.laws.statute import Statute
from habeas_intake.laws.suspensions import Suspension
from habeas_intake.laws.terms import Sources, Start, Terms, Told

DAYS = Period(30, "days")
REFLECTION = timedelta(days=10)

_COST = "DPO Art. 19(3)"
_YES = frozenset({Happened.FEE_CONFIRMED, Happened.FEE_PAID})


def _terms(right: str) -> Terms | None:
    if right not in GDPR_RIGHTS:
        return None
    return Terms(DAYS, "FADP Art. 25(7); DPO Art. 18(1)", notes=(("new_date", "DPO Art. 18(2)"),))


def _begins(told: Told) -> Start:
    """The receipt, or the end of the days for thinking; without a yes the request counts as withdrawn."""
    asked = next((event for event in told.events if event.kind is Happened.FEE_REQUESTED), None)
    if asked is None:
        return Start(told.received_on)
    asked_on = local_date(asked.at, told.zone)
    if asked_on > last_day(told.received_on, DAYS):
        return Start(told.received_on)
    after = asked_on + REFLECTION
    wait = Suspension(asked_on, after, Happened.FEE_REQUESTED)
    if not any(event.kind in _YES for event in told.events):
        return Start(None, (wait,), (Step("deemed_withdrawn", _COST, {"day": after}),))
    return Start(after, (wait,), (Step("reflection", _COST, {"day": after}),))


SWITZERLAND = Statute(
    name="ch",
    title="FADP (Switzerland)",
    aliases=("CH_FADP", "FADP", "NFADP", "DSG"),
    terms=_terms,
    sources=Sources(receipt="FADP Art. 25(7)", extension="DPO Art. 18(2)", refusal="DPO Art. 18", waiting=_COST),
    begins=_begins,
)
