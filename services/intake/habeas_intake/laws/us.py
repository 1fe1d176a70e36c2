"""The clocks of the privacy acts of the States of the USA: one row an act, since they differ in numbers only.

Days are calendar days and the day of receipt is day 0. Nothing stops these clocks, a check of identity neither, and no
last day is moved to a working day: that is the strict reading, and the earlier date. The days for appeals were read in
Virginia's act alone; the other States' figures are common knowledge and wait for counsel.
"""

from dataclasses import dataclass
from functools import partial

from habeas.vocabulary import Right
from habeas_intake.laws.eu import GDPR_RIGHTS, OBJECTION_MARKETING
from habeas_intake.laws.periods import Period
from habeas_intake.laws.statute import Statute
from habeas_intake.laws.terms import Sources, Terms

OPT_OUT_SALE, LIMIT, APPEAL = "opt_out_sale", "limit", "appeal"

#: The calendar of the federal holidays, which the acts that count in business days are read by.
FEDERAL = "US"

_RIGHTS = GDPR_RIGHTS | {OPT_OUT_SALE, LIMIT}


@dataclass(frozen=True)
class Act:
    """One State's act: its days to answer, the days that a notice adds, the days to answer an appeal if it has one."""

    source: str
    days: int = 45
    added: int = 45
    appeal: int | None = 60
    revocation: int | None = None
    """Days to act on a revoked consent, where the act sets them apart."""
    notes: tuple[tuple[str, str], ...] = ()


def _terms(act: Act, right: str) -> Terms | None:
    if right == APPEAL:
        return Terms(Period(act.appeal, "days"), act.source) if act.appeal else None
    if right == Right.CONSENT_WITHDRAWAL and act.revocation:
        return Terms(Period(act.revocation, "days"), act.source)
    if right not in _RIGHTS:
        return None
    return Terms(Period(act.days, "days"), act.source, Period(act.days + act.added, "days"), notes=act.notes)


def _statute(name: str, state: str, act: Act, *aliases: str) -> Statute:
    return Statute(
        name=name,
        title=f"{aliases[0]} ({state})",
        aliases=aliases,
        terms=partial(_terms, act),
        sources=Sources(act.source, act.source, act.source, act.source),
    )


VIRGINIA = _statute("us-va", "Virginia", Act("Va. Code § 59.1-577"), "VCDPA")
COLORADO = _statute("us-co", "Colorado", Act("Colo. Rev. Stat. § 6-1-1306", appeal=45), "CPA", "COPA")
CONNECTICUT = _statute("us-ct", "Connecticut", Act("Connecticut Data Privacy Act"), "CTDPA")
UTAH = _statute("us-ut", "Utah", Act("Utah Consumer Privacy Act", appeal=None), "UCPA")
TEXAS = _statute("us-tx", "Texas", Act("Tex. Bus. & Com. Code § 541.052"), "TDPSA")
OREGON = _statute("us-or", "Oregon", Act("Oregon Consumer Privacy Act", appeal=45), "OCPA")
MONTANA = _statute("us-mt", "Montana", Act("Montana Consumer Data Privacy Act"), "MCDPA", "MTCDPA")
DELAWARE = _statute("us-de", "Delaware", Act("Delaware Personal Data Privacy Act"), "DPDPA")
NEW_HAMPSHIRE = _statute("us-nh", "New Hampshire", Act("New Hampshire Privacy Act"), "NHPA", "NHDPA")
NEW_JERSEY = _statute("us-nj", "New Jersey", Act("New Jersey Data Privacy Act", appeal=45), "NJDPA")
NEBRASKA = _statute("us-ne", "Nebraska", Act("Nebraska Data Privacy Act"), "NDPA", "NEDPA")
TENNESSEE = _statute("us-tn", "Tennessee", Act("Tennessee Information Protection Act"), "TIPA")
MINNESOTA = _statute("us-mn", "Minnesota", Act("Minnesota Consumer Data Privacy Act", appeal=45), "MNCDPA")
MARYLAND = _statute("us-md", "Maryland", Act("Maryland Online Data Privacy Act"), "MODPA")
INDIANA = _statute("us-in", "Indiana", Act("Indiana Consumer Data Protection Act"), "INCDPA")
KENTUCKY = _statute("us-ky", "Kentucky", Act("Kentucky Consumer Data Protection Act"), "KCDPA")
RHODE_ISLAND = _statute(
    "us-ri",
    "Rhode Island",
    Act("Rhode Island Data Transparency and Privacy Protection Act", revocation=15),
    "RIDTPPA",
    "RIDTPA",
)
IOWA = _statute("us-ia", "Iowa", Act("Iowa Code ch. 715D", days=90), "ICDPA")
FLORIDA = _statute(
    "us-fl",
    "Florida",
    Act("Fla. Stat. § 501.706", added=15, notes=(("compliance_notice", "Fla. Stat. § 501.706"),)),
    "FDBR",
)


_CCPA = "11 CCR § 7021(b); Cal. Civ. Code § 1798.130"
_ASKED_TO_STOP = frozenset(
    {
        OPT_OUT_SALE,
        LIMIT,
        OBJECTION_MARKETING,
        Right.OBJECTION,
        Right.RESTRICTION,
        Right.AUTOMATED_DECISION,
        Right.CONSENT_WITHDRAWAL,
    }
)


def _californian(right: str) -> Terms | None:
    if right in _ASKED_TO_STOP:
        return Terms(Period(15, "working_days"), "11 CCR § 7026(f) and 7027(g)")
    if right not in _RIGHTS:
        return None
    return Terms(Period(45, "days"), _CCPA, Period(90, "days"), acknowledge=Period(10, "working_days"))


CALIFORNIA = Statute(
    name="us-ca",
    title="CCPA (California)",
    aliases=("CCPA", "CPRA", "CCPA_CPRA"),
    terms=_californian,
    sources=Sources(receipt=_CCPA, extension=_CCPA, refusal=_CCPA, waiting=_CCPA, acknowledge="11 CCR § 7021(a)"),
    working_days=FEDERAL,
)
