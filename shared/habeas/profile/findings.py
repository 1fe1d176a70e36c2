"""What of a profile will not hold, although its file is right: pure rules, each with a name that stays.

A finding stops nothing. Where a text promises less than the law the law rules, and the finding says so early.
"""

from collections.abc import Callable, Iterator, Mapping

from habeas import plugins
from habeas.marked import Where
from habeas.profile.lengths import average_days
from habeas.profile.operations import rights_left_to_people
from habeas.profile.periods import periods_in_conflict
from habeas.profile.places import ADEQUATE, EEA, is_protected
from habeas.profile.proportion import beyond_reach, burdens_on_stops, more_than_the_risk, steps_without_effect
from habeas.profile.remarks import Level, Remark
from habeas.profile.types import BY_HAND, Demand, KeptUnder, Profile, Role, Safeguard, SafeguardKind, When
from habeas.vocabulary import LegalBasis, Right

Rule = Callable[[Profile], Iterator[Remark]]

_LAPSED = {
    SafeguardKind.PRIVACY_SHIELD: "Privacy Shield has been void since 16 July 2020 (CJEU C-311/18)",
    SafeguardKind.SAFE_HARBOUR: "Safe Harbour has been void since 6 October 2015 (CJEU C-362/14)",
}
#: Demands that no text may make of everybody, and why (GDPR Art. 12(2) and (6)).
_DEMANDS = {
    Demand.FORM: "a request counts in whatever form it comes; no form can be demanded",
    Demand.SIGNATURE: "a signature proves nothing and cannot be demanded",
    Demand.IDENTITY_DOCUMENT: "an identity document can be asked for only where there is reason to doubt who asks",
    Demand.PERSONAL_NUMBER: "a personal number can be asked for only where it is needed beyond doubt",
}
_MONTH = 30


def lapsed_safeguards(profile: Profile) -> Iterator[Remark]:
    """Transfers that rest on a framework that a court has struck down."""
    told: set[tuple[str, SafeguardKind]] = set()
    for at, name, _, safeguard in _abroad(profile):
        if safeguard and safeguard.kind in _LAPSED and (name, safeguard.kind) not in told:
            told.add((name, safeguard.kind))
            problem = f"{name}: {_LAPSED[safeguard.kind]}"
            yield Remark((*at, "safeguard"), problem, "agree on standard clauses, or name what protects the data today")


def missing_safeguards(profile: Profile) -> Iterator[Remark]:
    """Recipients and companies outside the EEA for whom nothing says what protects the data (GDPR Chapter V)."""
    told: set[tuple[str, str]] = set()
    for at, name, country, safeguard in _abroad(profile):
        if safeguard is None and not is_protected(profile.controller.country, country) and (name, country) not in told:
            problem = f"{name} is in {country}, and nothing is said of what protects the data there"
            yield Remark((*at, "country"), problem, "write its `safeguard`, such as kind: standard_clauses")
        told.add((name, country))


def doubtful_adequacy(profile: Profile) -> Iterator[Remark]:
    """Safeguards that claim a decision on adequacy which is not there, or which covers some companies only."""
    for at, name, country, safeguard in _abroad(profile):
        if safeguard is None or safeguard.kind is not SafeguardKind.ADEQUACY or country in EEA | ADEQUATE:
            continue
        if country == "US" and safeguard.note is None:
            problem = f"{name}: in the USA only companies on the list of the Data Privacy Framework are covered"
            yield Remark((*at, "safeguard"), problem, "say in `note` that it is on the list and since when")
        elif country != "US" and not is_protected(profile.controller.country, country):
            problem = f"{name}: there is no decision on the adequacy of {country}"
            yield Remark((*at, "safeguard"), problem, "name another safeguard, or the decision in `note`")


def retention_without_end(profile: Profile) -> Iterator[Remark]:
    """Activities whose data nothing ever ends: no period, no wish, no consent to withdraw, no law (Art. 5(1)(e))."""
    for number, each in enumerate(profile.activities):
        rule, consent = each.retention, set(each.bases) == {LegalBasis.CONSENT}
        by_law = any(not kept.kinds for kept in each.keep)
        duty = each.bases == (LegalBasis.LEGAL_OBLIGATION,)
        if rule.after or rule.on_request or consent or by_law or duty or each.role is Role.PROCESSOR:
            continue
        problem = f"{each.name}: nothing says when the data goes"
        remedy = "add `after`, with `for` where it goes on from there, or `on_request: true`"
        yield Remark(("activities", number, "retention"), problem, remedy)


def duty_without_law(profile: Profile) -> Iterator[Remark]:
    """Activities that rest on a legal obligation alone, while no law is named: each erasure goes to a person."""
    for number, each in enumerate(profile.activities):
        if each.bases == (LegalBasis.LEGAL_OBLIGATION,) and not each.keep and each.role is Role.CONTROLLER:
            problem = f"{each.name} rests on a legal obligation, and no law is named that says how long it binds"
            yield Remark(("activities", number, "basis"), problem, "name it under `keep`, from `legal_retention`")


def law_outlasts_retention(profile: Profile) -> Iterator[Remark]:
    """Periods shorter than a law that covers the same records; for those the law rules."""
    for number, each in enumerate(profile.activities):
        length = each.retention.length
        for place, kept in enumerate(each.keep):
            law = profile.law_that_keeps(kept.rule)
            if length and average_days(length) < average_days(law.length):
                problem = f"{each.name}: {_count(kept)} longer than the period says, under {law.law}; the law rules"
                yield Remark(("activities", number, "keep", place), problem, "say so under `retention`, in words")


def slow_promises(profile: Profile) -> Iterator[Remark]:
    """Promises that are slower than the law, which rules all the same."""
    for number, promise in enumerate(profile.promises):
        at, days = ("promises", number, "within_days"), promise.within_days
        if promise.right is Right.CONSENT_WITHDRAWAL:
            problem = f"a withdrawal is acted on at once (Art. 7(3)); {days} days are an outer limit for what follows"
            yield Remark(at, problem, "make sure that the processing itself ends at once, and say so in the text")
        elif days > _MONTH:
            problem = f"{days} days for {promise.right} are more than the month of the law (Art. 12(3)); the law rules"
            yield Remark(at, problem, f"promise {_MONTH} days or fewer, or take it out")


def demands_of_everybody(profile: Profile) -> Iterator[Remark]:
    """Forms, signatures and documents that a text demands of everybody; they are never required here."""
    for number, demand in enumerate(profile.identity.demands):
        if demand.when is When.ALWAYS:
            problem = f"{demand.source}: {_DEMANDS[demand.what]}; the clock starts without it"
            yield Remark(("identity", "demands", number, "what"), problem, "take it out of the text; write when: doubt")


def conflicting_periods(profile: Profile) -> Iterator[Remark]:
    """Two activities that do the same with the same data for different lengths of time."""
    for first, second, word in periods_in_conflict(profile):
        one, other = profile.activities[first], profile.activities[second]
        problem = f"{one.name} and {other.name} both speak of {word!r} and keep it for different lengths of time"
        yield Remark(("activities", second, "retention"), problem, "decide on one period, or tell them apart")


def prevailing_language(profile: Profile) -> Iterator[Remark]:
    """A notice that people read in one language while another version rules (Art. 12(1))."""
    notice = profile.notice
    if notice is None:
        return
    if notice.prevails not in profile.controller.languages:
        problem = f"the version that rules is in {notice.prevails}, which is no language of the controller here"
        yield Remark(("notice", "prevails"), problem, "add the language, or let the version that people read rule")
    elif notice.prevails != notice.language:
        problem = f"people read the notice in {notice.language}, and the version in {notice.prevails} rules"
        yield Remark(("notice", "prevails"), problem, "let the version that people read rule")


def calendar_of_another_country(profile: Profile) -> Iterator[Remark]:
    """Days counted by another country's holidays than the one that the company is in."""
    places: list[tuple[Where, str, str | None]] = [
        (("controller",), profile.controller.country, profile.controller.calendar),
        *((("group", number), each.country, each.calendar) for number, each in enumerate(profile.group)),
    ]
    for at, country, calendar in places:
        if calendar and calendar.partition("-")[0] != country:
            problem = f"the company is in {country}, and days are counted by the calendar {calendar}"
            yield Remark((*at, "calendar"), problem, "use the calendar of the establishment that answers")


def unused_law(profile: Profile) -> Iterator[Remark]:
    """Laws that are described and keep nothing."""
    used = {kept.rule for activity in profile.activities for kept in activity.keep}
    for number, law in enumerate(profile.legal_retention):
        if law.name not in used:
            problem = f"no activity keeps anything under {law.name!r}"
            yield Remark(("legal_retention", number, "name"), problem, "name it under `keep`, or take it out")


def task_of_a_person(profile: Profile) -> Iterator[Remark]:
    """Rights that a system's connector cannot carry out, so that somebody has to by hand and give evidence."""
    for number, activities, rights in rights_left_to_people(profile):
        system = profile.systems[number]
        problem = f"{system.name}: {_and(rights)} in {_and(activities)} become the task of a person"
        yield Remark(("systems", number, "operations"), problem, "say who does it, or extend the connector")


def unknown_connectors(profile: Profile) -> Iterator[Remark]:
    """Systems whose connector nobody installed here has; where the system runs its package may be."""
    known = plugins.names("habeas.connectors")
    for number, system in enumerate(profile.systems):
        if system.connector != BY_HAND and system.connector not in known:
            problem = f"{system.name}: no connector installed here is called {system.connector!r}"
            remedy = (
                f"one of {', '.join((*known, BY_HAND))}; a vendor's is http, and its settings file names the vendor"
            )
            yield Remark(("systems", number, "connector"), problem, remedy)


def open_questions(profile: Profile) -> Iterator[Remark]:
    """What the text leaves open; what is assumed holds until the company has said."""
    for number, each in enumerate(profile.to_confirm):
        problem = f"{each.about}: {each.question} Assumed: {each.assumed}"
        yield Remark(("to_confirm", number), problem, "let the company confirm it, then take the entry out")


#: All the rules, by the name that a finding carries.
RULES: Mapping[str, tuple[Level, Rule]] = {
    "lapsed_safeguard": (Level.WARNING, lapsed_safeguards),
    "missing_safeguard": (Level.WARNING, missing_safeguards),
    "doubtful_adequacy": (Level.WARNING, doubtful_adequacy),
    "retention_without_end": (Level.WARNING, retention_without_end),
    "duty_without_law": (Level.WARNING, duty_without_law),
    "law_outlasts_retention": (Level.WARNING, law_outlasts_retention),
    "slow_promise": (Level.WARNING, slow_promises),
    "demand_of_everybody": (Level.WARNING, demands_of_everybody),
    "beyond_reach": (Level.WARNING, beyond_reach),
    "burden_on_a_stop": (Level.WARNING, burdens_on_stops),
    "more_than_the_risk": (Level.WARNING, more_than_the_risk),
    "step_without_effect": (Level.WARNING, steps_without_effect),
    "conflicting_periods": (Level.WARNING, conflicting_periods),
    "prevailing_language": (Level.WARNING, prevailing_language),
    "calendar_of_another_country": (Level.WARNING, calendar_of_another_country),
    "unused_law": (Level.WARNING, unused_law),
    "task_of_a_person": (Level.WARNING, task_of_a_person),
    "unknown_connector": (Level.WARNING, unknown_connectors),
    "open_question": (Level.TO_CONFIRM, open_questions),
}


def _abroad(profile: Profile) -> Iterator[tuple[Where, str, str, Safeguard | None]]:
    """Everybody of whom a safeguard may be told: where it stands, who, in which country, and what is said."""
    for number, company in enumerate(profile.group):
        yield ("group", number), company.title, company.country, company.safeguard
    for number, activity in enumerate(profile.activities):
        for place, each in enumerate(activity.recipients):
            # What a recipient does is often added in brackets, and differs from activity to activity.
            name = each.name.partition(" (")[0]
            yield ("activities", number, "recipients", place), name, each.country, each.safeguard


def _count(kept: KeptUnder) -> str:
    return f"{_and(kept.kinds)} stay" if kept.kinds else "all records stay"


def _and(words: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
