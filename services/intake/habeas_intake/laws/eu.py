"""The clock of the GDPR in the EU and the EEA: one month, counted by Regulation 1182/71."""

from datetime import date

from habeas.vocabulary import COMPLAINT, Right
from habeas_intake.laws.law import ClockEvent
from habeas_intake.laws.periods import Period
from habeas_intake.laws.statute import Statute
from habeas_intake.laws.suspensions import Suspension, clarification_stretches, identity_stretches, joined
from habeas_intake.laws.terms import Sources, Terms, Told

MONTH = Period(1, "months")
#: An extension adds two months to the one; counted from the receipt, never from the first date (law of 31 January).
EXTENDED = Period(3, "months")

#: A finer word for clocks: an objection to direct marketing, which is not weighed (GDPR Art. 21(3)).
OBJECTION_MARKETING = "objection_marketing"

#: What harms nobody and is owed without weighing: the month is only the outer limit for saying that it is done.
AT_ONCE = frozenset({Right.CONSENT_WITHDRAWAL.value, OBJECTION_MARKETING})

GDPR_RIGHTS = frozenset({*(right.value for right in Right), OBJECTION_MARKETING})

ROLL = "Regulation 1182/71 Art. 3(4) and 2(1)"


def gdpr_terms(right: str, source: str, at_once: str, notes: tuple[tuple[str, str], ...] = ()) -> Terms | None:
    """The terms that the GDPR of the Union and of the United Kingdom have in common."""
    if right == COMPLAINT:  # the law sets no time for one to the controller; nobody waits longer than for a right
        return Terms(MONTH, "house rule")
    if right not in GDPR_RIGHTS:
        return None
    return Terms(MONTH, source, EXTENDED, at_once=at_once if right in AT_ONCE else "", notes=notes)


def _terms(right: str) -> Terms | None:
    return gdpr_terms(right, "GDPR Art. 12(3); Regulation 1182/71 Art. 3(2)(c)", "GDPR Art. 7(3) and 21(3)")


def _stops(told: Told, start: date) -> list[Suspension]:
    """EDPB Guidelines 01/2022 section 5.3; Klarna (Berlin 631.410, IMY 521.14730); recitals 63 and 64."""
    found = list(identity_stretches(told.events, told.zone, _doubted))
    if told.right == Right.ACCESS:  # recital 63 speaks of the right of access alone
        found += clarification_stretches(told.events, told.zone, _large)
    return joined(found, start)


def _doubted(event: ClockEvent) -> bool:
    return event.says("reasonable_doubt") and event.says("without_undue_delay")


def _large(event: ClockEvent) -> bool:
    return event.says("large_quantity") and event.says("without_undue_delay")


EU = Statute(
    name="eu",
    title="GDPR",
    aliases=("EU_GDPR", "GDPR", "EEA_GDPR"),
    terms=_terms,
    sources=Sources(
        receipt="Regulation 1182/71 Art. 3(1); EDPB Guidelines 01/2022 section 5.3",
        extension="GDPR Art. 12(3); Regulation 1182/71 Art. 3(2)(c)",
        refusal="GDPR Art. 12(4)",
        waiting="EDPB Guidelines 01/2022 section 5.3; GDPR Art. 12(6), recital 63",
    ),
    stops=_stops,
    rolls=ROLL,
)
