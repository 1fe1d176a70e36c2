"""Where a profile asks for too much, too little or in vain before it answers: findings about the ladder of assurance.

What is asked has to fit the harm of a wrong answer (GDPR Art. 5(1)(c) and 12(6); EDPB Guidelines 01/2022, 58 to 79).
"""

from collections.abc import Iterator
from dataclasses import replace

from habeas.marked import Where
from habeas.profile.ladder import LADDER, STOPS, needed, touched_by
from habeas.profile.remarks import Remark
from habeas.profile.types import IdentityStep, Profile, Risk, When
from habeas.vocabulary import Assurance, Right

_AT: Where = ("identity", "steps")


def beyond_reach(profile: Profile) -> Iterator[Remark]:
    """Data of high risk, or a step, that needs a proofed identity while nothing that is offered reaches one."""
    offered = [each.assurance for each in profile.identity.sign_in]
    if profile.identity.asserter:
        offered.append(profile.identity.asserter.assurance)
    if Assurance.A3 in offered:
        return
    bare = _with(profile)
    rights = [right for right in Right if needed(bare, [right]) is Assurance.A3]
    high = [number for number, each in enumerate(profile.activities) if each.risk is Risk.HIGH]
    remedy = "offer a sign-in of A3 under `identity`, or have somebody ready who makes sure"
    if rights:
        names = _and([profile.activities[number].name for number in high])
        problem = f"data of high risk ({names}) needs A3 for {_and(rights)}; no sign-in reaches it, so a person looks"
        yield Remark(("activities", high[0], "risk"), problem, remedy)
    for number, step in enumerate(profile.identity.steps):
        if step.when is When.ALWAYS and step.assurance is Assurance.A3 and _raised(bare, step):
            yield Remark((*_AT, number), "everybody is asked for A3; no sign-in reaches it, so a person looks", remedy)


def burdens_on_stops(profile: Profile) -> Iterator[Remark]:
    """Steps that ask for more than a mailbox before marketing stops, which harms nobody (IMY DI-2020-10696)."""
    for number, step in enumerate(profile.identity.steps):
        rights = [right for right in STOPS if _burdens(profile, step, right)]
        if rights:
            problem = f"{step.assurance} for {_and(rights)} keeps people from stopping marketing, which harms nobody"
            yield Remark((*_AT, number), problem, f"name the other rights under `rights`, without {_and(rights)}")


def more_than_the_risk(profile: Profile) -> Iterator[Remark]:
    """Steps that ask everybody for more than data of their risk calls for (MAG Interactive, IMY-2022-9109)."""
    bare = _with(profile)
    for number, step in enumerate(profile.identity.steps):
        if step.when is not When.ALWAYS:
            continue
        raised = [right for right in _raised(bare, step) if right not in STOPS and _exceeds(profile, step, right)]
        if raised:
            problem = f"{step.assurance} is asked of everybody for {_and(raised)}, and a wrong answer would harm little"
            yield Remark((*_AT, number), problem, "write `when: doubt`, or take the step out")


def steps_without_effect(profile: Profile) -> Iterator[Remark]:
    """Steps that raise nothing: the house asks for as much already, and no step lowers it."""
    bare = _with(profile)
    for number, step in enumerate(profile.identity.steps):
        told = any(_burdens(profile, step, right) for right in STOPS)
        if not told and not _raised(bare, step):
            problem = f"the step to {step.assurance} changes nothing: as much is asked already, and no step lowers it"
            yield Remark((*_AT, number), problem, "take it out, or ask for more in fewer cases")


def _with(profile: Profile, *steps: IdentityStep) -> Profile:
    return replace(profile, identity=replace(profile.identity, steps=steps))


def _raised(bare: Profile, step: IdentityStep) -> list[str]:
    """Everything a person may ask for that needs more with this step than with none."""
    doubt, stepped = step.when is When.DOUBT, _with(bare, step)
    return [str(what) for what in LADDER if needed(stepped, [what], doubt=doubt) > needed(bare, [what], doubt=doubt)]


def _burdens(profile: Profile, step: IdentityStep, right: Right) -> bool:
    touched = touched_by(profile, right)
    reaches = right in (step.rights or STOPS) and {each.risk for each in touched} & set(step.risks or Risk)
    return step.assurance >= Assurance.A2 and bool(reaches) and any(each.marketing for each in touched)


def _exceeds(profile: Profile, step: IdentityStep, right: str) -> bool:
    risks = {each.risk for each in touched_by(profile, right)}
    if step.assurance is Assurance.A3:
        return Risk.HIGH not in risks
    return risks == {Risk.LOW}


def _and(words: list[str] | list[Right]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
