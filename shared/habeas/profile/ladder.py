"""The ladder of assurance: how sure to be who asks, by right, by class of data and by risk; pure.

A0 nothing, A1 control of one stored channel, A2 two stored channels or the controller's own sign-in, A3 a proofed
identity. It has to be enough and no more (GDPR Art. 12(6) and 5(1)(c); EDPB Guidelines 01/2022, 58 to 79): the harm of
a wrong answer sets it. One stored mailbox is never enough to destroy, whatever a profile says.
"""

from collections.abc import Collection, Iterable, Mapping

from habeas.profile.types import Activity, Profile, Risk, When
from habeas.vocabulary import COMPLAINT, Assurance, LegalBasis, Right

_A0, _A1, _A2, _A3 = Assurance.A0, Assurance.A1, Assurance.A2, Assurance.A3

LADDER: Mapping[str, Mapping[Risk, Assurance]] = {
    Right.ACCESS: {Risk.LOW: _A1, Risk.ORDINARY: _A2, Risk.HIGH: _A3},
    Right.PORTABILITY: {Risk.LOW: _A1, Risk.ORDINARY: _A2, Risk.HIGH: _A3},
    Right.AUTOMATED_DECISION: {Risk.LOW: _A1, Risk.ORDINARY: _A2, Risk.HIGH: _A3},
    Right.RECTIFICATION: {Risk.LOW: _A2, Risk.ORDINARY: _A2, Risk.HIGH: _A3},
    Right.ERASURE: {Risk.LOW: _A2, Risk.ORDINARY: _A2, Risk.HIGH: _A3},
    Right.RESTRICTION: {Risk.LOW: _A1, Risk.ORDINARY: _A1, Risk.HIGH: _A1},
    Right.OBJECTION: {Risk.LOW: _A1, Risk.ORDINARY: _A1, Risk.HIGH: _A1},
    Right.CONSENT_WITHDRAWAL: {Risk.LOW: _A1, Risk.ORDINARY: _A1, Risk.HIGH: _A1},
    COMPLAINT: {Risk.LOW: _A1, Risk.ORDINARY: _A1, Risk.HIGH: _A1},
}
"""What each right needs by the risk of the data it touches; restriction and objection can be taken back."""

STOPS = (Right.OBJECTION, Right.CONSENT_WITHDRAWAL)
"""The rights that stop marketing, which harms nobody: then they need nothing."""


def needed(profile: Profile, rights: Iterable[str], *, doubt: bool = False) -> Assurance:
    """Return how sure to be before all of these rights (or a complaint) are answered; `doubt` adds those steps."""
    return max((_needed_by(profile, right, doubt) for right in rights), default=_A0)


def reached(given: Collection[tuple[Assurance, str]]) -> Assurance:
    """Return how sure several fresh proofs make us: each an assurance and the kind of stored channel that it shows.

    The kind is empty for a proof that is no stored channel. Two different kinds of stored channel are A2.
    """
    best = max((assurance for assurance, _ in given), default=_A0)
    kinds = {kind for assurance, kind in given if kind and assurance >= _A1}
    return max(best, _A2) if len(kinds) > 1 else best


def touched_by(profile: Profile, right: str) -> tuple[Activity, ...]:
    """Return the activities whose data a right touches."""
    if right == Right.CONSENT_WITHDRAWAL:
        return tuple(each for each in profile.activities if LegalBasis.CONSENT in each.bases)
    if right == Right.OBJECTION:
        grounds = {LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.PUBLIC_TASK}
        return tuple(each for each in profile.activities if each.marketing or grounds & set(each.bases))
    return profile.activities


def _needed_by(profile: Profile, right: str, doubt: bool) -> Assurance:
    touched = touched_by(profile, right)
    risks = {each.risk for each in touched} or {Risk.ORDINARY}
    stops_marketing = right in STOPS and bool(touched) and all(each.marketing for each in touched)
    house = _A0 if stops_marketing else max(LADDER[right][risk] for risk in risks)
    raised = [
        step.assurance
        for step in profile.identity.steps
        if (step.when is When.ALWAYS or doubt)
        and (not step.rights or right in step.rights)
        and (not step.risks or risks & set(step.risks))
        and not (stops_marketing and not doubt)
    ]
    return max([house, *raised])
