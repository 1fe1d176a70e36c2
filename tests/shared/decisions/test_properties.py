"""What holds for every policy and every case, whatever is known and whatever is not."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from policies import BOOKKEEPING, SAMPLE, activity, policy, retention, text

from habeas.decisions import (
    LANGUAGES,
    ActivityFacts,
    Facts,
    Ground,
    Measure,
    Verdict,
    decide,
    decide_record,
    say,
)
from habeas.profile import KeptUnder, Length, Origin, PeriodEnd, Removal, Role, StartEvent, Unit
from habeas.vocabulary import LegalBasis, Operation, Right

DESTRUCTIVE = {Measure.ERASE, Measure.ANONYMISE}
KINDS = ("invoices", "notes")
NAMES = ("one", "two", "three")
days = st.dates(date(1990, 1, 1), date(2060, 1, 1))
lengths = st.builds(Length, st.integers(1, 40), st.sampled_from(list(Unit)))
flags = st.sampled_from([None, True, False])
words = st.none() | st.just(text("So it is."))


def tuples(values, most: int = 3):
    return st.lists(st.sampled_from(list(values)), max_size=most, unique=True).map(tuple)


retentions = st.builds(
    retention,
    after=st.none() | st.sampled_from(list(StartEvent)),
    length=st.none() | lengths,
    at_most=st.none() | lengths,
    only_with=st.none() | st.sampled_from(list(LegalBasis)),
    on_request=st.booleans(),
)
rules = st.builds(
    lambda after, length, until, ends: replace(
        BOOKKEEPING, name="other", after=after, length=length, until=until, financial_year_ends=ends
    ),
    st.sampled_from(list(StartEvent)),
    lengths,
    st.sampled_from(list(PeriodEnd)),
    st.tuples(st.integers(1, 12), st.integers(1, 31)),
)
keeps = st.lists(
    st.builds(KeptUnder, st.sampled_from(["bookkeeping", "other"]), tuples(KINDS)),
    max_size=2,
    unique_by=lambda each: each.rule,
).map(tuple)
activities = st.builds(
    lambda bases, **changes: activity(*bases, **changes),
    st.lists(st.sampled_from(list(LegalBasis)), min_size=1, max_size=3, unique=True),
    retention=retentions,
    keep=keeps,
    role=st.sampled_from([Role.CONTROLLER, Role.CONTROLLER, Role.CONTROLLER, Role.PROCESSOR]),
    customer=words,
    origin=tuples(Origin),
    by_machine=st.booleans(),
    automated=words,
    overriding=words,
    without=words,
    removal=st.sampled_from(list(Removal)),
    third_parties=st.booleans(),
    marketing=st.booleans(),
)
operations = st.none() | tuples(Operation, most=8)


@st.composite
def policies(draw):
    found = [replace(draw(activities), name=name) for name in NAMES]
    systems = tuple(
        replace(SAMPLE.systems[0], name=name, activities=NAMES, feeds=draw(tuples(["a", "b"])), operations=able)
        for name, able in (("a", draw(operations)), ("b", draw(operations)))
    )
    return policy(*found, systems=systems, laws=(draw(rules),))


known = st.builds(
    ActivityFacts,
    dates=st.dictionaries(st.sampled_from([each for each in StartEvent if each != "record_date"]), days),
    records=st.dictionaries(st.sampled_from(KINDS), st.lists(st.none() | days, max_size=3).map(tuple)),
    holds_data=flags,
    consented=flags,
    contract_runs=flags,
    controller_claims=flags,
    overridden=flags,
    accurate=flags,
    solely_automated=flags,
    significant=flags,
    origin=st.none() | tuples(Origin),
    customer=st.none() | st.just("Alfa"),
)
cases = st.builds(
    Facts,
    today=days,
    grounds=tuples(Ground),
    together=tuples(Right),
    scope=tuples(NAMES),
    activities=st.dictionaries(st.sampled_from(NAMES), known),
    corrected=st.dictionaries(st.just("name"), st.just(("old", "new"))),
)
rights = st.sampled_from(list(Right))


@given(policies(), rights, cases)
def test_every_activity_has_one_decision_that_can_be_said_in_every_language(profile, right, facts) -> None:
    ruling = decide(profile, right, facts)
    assert [each.activity for each in ruling.decisions] == list(NAMES)
    for decision in ruling.decisions:
        assert decision.right is right
        assert decision.article[0].isdigit()
        for language in LANGUAGES:
            said = say(decision.reason, language)
            assert said.endswith((".", ")", "new"))
            assert "  " not in said


#: Every article that a decision may name, beside that of a processor; those of laws come from the profile.
ARTICLES = {
    Right.ACCESS: {"15(1)"},
    Right.RECTIFICATION: {"16"},
    Right.ERASURE: {"17(1)", *(f"17(1)({letter})" for letter in "abcdef"), "17(3)(b)", "17(3)(e)"},
    Right.RESTRICTION: {"18(1)", *(f"18(1)({letter})" for letter in "abcd")},
    Right.PORTABILITY: {"20(1)"},
    Right.OBJECTION: {"21(1)", "21(2)", "21(3)"},
    Right.AUTOMATED_DECISION: {"22(1)", "22(3)"},
    Right.CONSENT_WITHDRAWAL: {"7(3)"},
}


@given(policies(), rights, cases)
def test_a_decision_names_an_article_of_its_right(profile, right, facts) -> None:
    for decision in decide(profile, right, facts).decisions:
        forwarded = decision.verdict is Verdict.FORWARDED
        assert (decision.article == "28(3)(e)") == forwarded
        assert forwarded or decision.article in ARTICLES[right]


@given(policies(), rights, cases)
def test_nothing_is_destroyed_but_by_a_decision_to_erase(profile, right, facts) -> None:
    for decision in decide(profile, right, facts).decisions:
        destroys = bool(DESTRUCTIVE.intersection(decision.measures))
        may = right is Right.ERASURE and decision.verdict in (Verdict.APPLIES, Verdict.IN_PART)
        assert destroys == may
        assert not (destroys and decision.at_once)


@given(policies(), cases)
def test_an_objection_to_marketing_is_never_refused_and_never_waits(profile, facts) -> None:
    for decision in decide(profile, Right.OBJECTION, facts).decisions:
        about = profile.activity(decision.activity)
        if about.marketing and about.role is Role.CONTROLLER and decision.verdict is not Verdict.NOT_CONCERNED:
            assert decision.verdict is Verdict.APPLIES
            assert decision.at_once
            assert Measure.SUPPRESS in decision.measures
        assert not about.marketing or decision.verdict not in (Verdict.REFUSED, Verdict.ASKS)


@given(policies(), cases, st.integers(1, 9000))
def test_time_never_turns_an_erasure_into_a_refusal(profile, facts, later) -> None:
    then = replace(facts, today=facts.today + timedelta(days=later))
    pairs = zip(
        decide(profile, Right.ERASURE, facts).decisions, decide(profile, Right.ERASURE, then).decisions, strict=True
    )
    for before, after in pairs:
        if before.verdict is Verdict.APPLIES:
            assert after.verdict is Verdict.APPLIES
        if before.verdict is Verdict.IN_PART:
            assert after.verdict in (Verdict.IN_PART, Verdict.APPLIES)


@given(policies(), cases, st.integers(1, 4000))
def test_what_is_dated_later_is_never_kept_shorter(profile, facts, later) -> None:
    def shifted(about: ActivityFacts) -> ActivityFacts:
        move = timedelta(days=later)
        records = {kind: tuple(day and day + move for day in dates) for kind, dates in about.records.items()}
        return replace(about, records=records)

    younger = replace(facts, activities={name: shifted(each) for name, each in facts.activities.items()})
    pairs = zip(
        decide(profile, Right.ERASURE, facts).decisions, decide(profile, Right.ERASURE, younger).decisions, strict=True
    )
    for before, after in pairs:
        ends = {(kept.rule, kept.kinds): kept.until for kept in after.kept}
        for kept in before.kept:
            until = ends.get((kept.rule, kept.kinds))
            assert kept.until is None or until is None or until >= kept.until


@given(policies(), rights, cases)
def test_a_scope_leaves_the_rest_untouched_and_the_meant_as_they_were(profile, right, facts) -> None:
    whole = decide(profile, right, replace(facts, scope=()))
    for decision, unscoped in zip(decide(profile, right, facts).decisions, whole.decisions, strict=True):
        if facts.scope and decision.activity not in facts.scope:
            assert (decision.verdict, decision.measures, decision.systems) == (Verdict.NOT_CONCERNED, (), ())
        else:
            assert decision == unscoped


@given(policies(), rights, cases)
def test_who_acts_holds_the_data_and_who_refuses_tells_no_recipient(profile, right, facts) -> None:
    for decision in decide(profile, right, facts).decisions:
        assert set(decision.systems) | set(decision.tasks) <= {"a", "b"}
        assert (decision.recipients != ()) == (Measure.TELL_RECIPIENTS in decision.measures)
        if decision.verdict in (Verdict.REFUSED, Verdict.NOT_CONCERNED, Verdict.FORWARDED):
            assert decision.recipients == ()


@given(policies(), st.sampled_from(NAMES), st.sampled_from(KINDS), st.none() | days, days, known)
def test_a_record_is_decided_as_an_activity_that_holds_nothing_else(profile, name, kind, dated, today, about) -> None:
    alone = decide_record(profile, profile.activity(name), kind, dated, today, about)
    only = replace(about, records={**dict.fromkeys(KINDS, ()), kind: (dated,)}, holds_data=True)
    whole = next(
        each
        for each in decide(profile, Right.ERASURE, Facts(today, activities={name: only})).decisions
        if each.activity == name
    )
    assert alone.verdict is not Verdict.IN_PART
    if profile.activity(name).keep:
        laws = {kept.rule for kept in alone.kept}
        assert not laws or whole.verdict is not Verdict.APPLIES
        assert laws <= {kept.rule for kept in whole.kept}
    else:
        assert (alone.verdict, alone.article, alone.reason) == (whole.verdict, whole.article, whole.reason)
