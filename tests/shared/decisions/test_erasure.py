"""What an erasure takes, what stays on which ground and until when, and what somebody has to look at."""

from dataclasses import replace
from datetime import date

import pytest
from policies import (
    BOOKKEEPING,
    BY_DAY,
    CONTRACT_AND_A_YEAR,
    TODAY,
    YEAR,
    activity,
    decision_on,
    facts,
    kept,
    policy,
    retention,
    text,
)

from habeas.decisions import ActivityFacts, Ground, Measure, Verdict, decide
from habeas.profile import KeptUnder, Length, Removal, StartEvent, Unit
from habeas.vocabulary import LegalBasis, Right

CONSENT, CONTRACT, DUTY = LegalBasis.CONSENT, LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION
INTERESTS, PUBLIC, VITAL = LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.PUBLIC_TASK, LegalBasis.VITAL_INTERESTS
APPLIES, IN_PART, REFUSED, ASKS = Verdict.APPLIES, Verdict.IN_PART, Verdict.REFUSED, Verdict.ASKS
OLD, YOUNG = date(2018, 12, 31), date(2024, 5, 1)


def erase(asked, about=None, **changes):
    return decision_on(Right.ERASURE, asked, facts(about, **changes))


def contract_ended(day, **changes):
    return ActivityFacts(dates={StartEvent.CONTRACT_END: day}, **changes)


@pytest.mark.parametrize(
    ("bases", "verdict", "article"),
    [
        ((CONSENT,), APPLIES, "17(1)(b)"),
        ((INTERESTS,), APPLIES, "17(1)(c)"),
        ((CONSENT, INTERESTS), APPLIES, "17(1)(c)"),
        ((CONTRACT,), ASKS, "17(1)(a)"),
        ((CONSENT, CONTRACT), ASKS, "17(1)(a)"),
        ((DUTY,), ASKS, "17(3)(b)"),
        ((DUTY, CONSENT), ASKS, "17(3)(b)"),
        ((PUBLIC,), ASKS, "17(3)(b)"),
        ((VITAL,), ASKS, "17(1)"),
    ],
)
def test_where_nothing_is_known_the_bases_decide_and_silence_asks(bases, verdict, article) -> None:
    found = erase(activity(*bases))
    assert (found.verdict, found.article) == (verdict, article)
    assert (Measure.ERASE in found.measures) == (verdict is APPLIES)


def test_what_ends_on_the_persons_wish_is_erased() -> None:
    found = erase(activity(CONTRACT, retention=retention(on_request=True)))
    assert (found.verdict, found.article, found.reason.name) == (APPLIES, "17(1)(a)", "erase_own_wish")


@pytest.mark.parametrize(
    ("ended", "verdict", "until"),
    [
        (date(2025, 11, 24), APPLIES, None),
        (date(2025, 11, 25), REFUSED, date(2026, 11, 25)),
        (date(2027, 1, 1), REFUSED, date(2028, 1, 1)),
    ],
)
def test_a_contract_keeps_data_to_the_last_day_of_its_period(ended, verdict, until) -> None:
    found = erase(activity(CONTRACT, retention=CONTRACT_AND_A_YEAR), contract_ended(ended))
    assert (found.verdict, found.article, found.until) == (verdict, "17(1)(a)", until)


def test_a_contract_whose_end_is_not_known_asks() -> None:
    assert erase(activity(CONTRACT, retention=CONTRACT_AND_A_YEAR)).verdict is ASKS


@pytest.mark.parametrize("rule", [CONTRACT_AND_A_YEAR, retention()])
def test_a_contract_that_is_known_to_run_refuses_without_a_date(rule) -> None:
    found = erase(activity(CONTRACT, retention=rule), ActivityFacts(contract_runs=True))
    assert (found.verdict, found.article, found.until) == (REFUSED, "17(1)(a)", None)
    assert found.reason.name == "keep_contract_runs"


def test_a_contract_that_runs_says_nothing_of_a_period_after_a_case() -> None:
    rule = retention(after=StartEvent.CASE_CLOSED, length=YEAR)
    assert erase(activity(CONTRACT, retention=rule), ActivityFacts(contract_runs=True)).verdict is ASKS


def test_what_the_period_has_let_go_of_goes_and_the_rest_stays() -> None:
    rule = retention(after=StartEvent.RECORD_DATE, length=Length(5, Unit.YEARS))
    both = ActivityFacts(records={"mails": (date(2021, 3, 10), date(2023, 5, 2))})
    found = erase(activity(CONTRACT, retention=rule), both)
    assert (found.verdict, found.article, found.until) == (IN_PART, "17(1)(a)", date(2028, 5, 2))
    assert {Measure.ERASE, Measure.BLOCK_OTHER_USES} <= set(found.measures)
    assert found.reason.name == "erase_older"
    newest = ActivityFacts(records={"mails": (date(2023, 5, 2),)})
    assert erase(activity(CONTRACT, retention=rule), newest).verdict is REFUSED


def test_a_contract_that_runs_and_has_ended_is_a_contradiction_for_a_person() -> None:
    about = contract_ended(date(2020, 1, 1), contract_runs=True)
    found = erase(activity(CONTRACT, retention=CONTRACT_AND_A_YEAR), about)
    assert (found.verdict, found.article, found.reason.name) == (ASKS, "17(1)(a)", "ask_contradiction")


def test_without_a_rule_a_contract_runs_to_its_end_and_asks_after_it() -> None:
    asked = activity(CONTRACT)
    last = erase(asked, contract_ended(TODAY))
    assert (last.verdict, last.article, last.until) == (REFUSED, "17(1)(a)", TODAY)
    assert erase(asked, contract_ended(date(2026, 11, 24))).verdict is ASKS


def test_a_bound_from_the_records_date_ends_a_period_that_has_not_begun() -> None:
    rule = retention(after=StartEvent.CASE_CLOSED, length=Length(30, Unit.DAYS), at_most=Length(12, Unit.MONTHS))
    asked = activity(CONTRACT, retention=rule)
    assert erase(asked, ActivityFacts(records={"files": (date(2025, 11, 24),)})).verdict is APPLIES
    assert erase(asked, ActivityFacts(records={"files": (date(2025, 11, 25),)})).verdict is ASKS
    closed = {StartEvent.CASE_CLOSED: date(2026, 11, 20)}
    assert erase(asked, ActivityFacts(dates=closed)).verdict is ASKS
    both = ActivityFacts(dates=closed, records={"files": (date(2026, 11, 1),)})
    assert erase(asked, both).until == date(2026, 12, 20)


def test_a_period_that_needs_consent_ends_with_the_wish_to_be_erased() -> None:
    rule = retention(after=StartEvent.RECRUITMENT_CLOSED, length=YEAR, only_with=CONSENT)
    closed = ActivityFacts(dates={StartEvent.RECRUITMENT_CLOSED: date(2026, 11, 1)})
    assert erase(activity(CONTRACT, CONSENT, retention=rule), closed).verdict is APPLIES
    other = replace(rule, only_with=CONTRACT)
    assert erase(activity(CONTRACT, CONSENT, retention=other), closed).verdict is REFUSED
    absent = replace(rule, only_with=INTERESTS)
    assert erase(activity(CONTRACT, CONSENT, retention=absent), closed).verdict is APPLIES


def test_grounds_that_may_override_are_weighed_by_a_person() -> None:
    asked = activity(INTERESTS, overriding=text("Fraud is investigated."))
    waiting = erase(asked)
    assert (waiting.verdict, waiting.article, waiting.at_once) == (ASKS, "17(1)(c)", True)
    assert waiting.measures == (Measure.RESTRICT_MEANWHILE,)
    assert waiting.reason.values["grounds"] == asked.overriding
    assert erase(asked, ActivityFacts(overridden=False)).verdict is APPLIES
    refused = erase(asked, ActivityFacts(overridden=True))
    assert (refused.verdict, refused.article) == (REFUSED, "17(1)(c)")
    assert refused.measures == (Measure.BLOCK_OTHER_USES,)
    assert refused.reason.values["grounds"] == asked.overriding


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("about", "verdict"),
    [
        (contract_ended(OLD, overridden=False), APPLIES),
        (contract_ended(OLD), ASKS),
        (contract_ended(OLD, overridden=True), REFUSED),
        (contract_ended(TODAY, overridden=False), REFUSED),
        (contract_ended(TODAY), REFUSED),
        (ActivityFacts(overridden=False), ASKS),
        (ActivityFacts(overridden=True), REFUSED),
    ],
)
def test_of_several_bases_the_one_that_carries_the_data_longest_decides(about, verdict, turned) -> None:
    bases = (INTERESTS, CONTRACT) if turned else (CONTRACT, INTERESTS)
    asked = activity(*bases, retention=CONTRACT_AND_A_YEAR, overriding=text("Fraud is investigated."))
    assert erase(asked, about).verdict is verdict


@pytest.mark.parametrize("bases", [(INTERESTS,), (CONTRACT,), (PUBLIC,), (CONTRACT, CONSENT)])
def test_data_for_marketing_goes_whatever_its_basis(bases) -> None:
    asked = activity(*bases, marketing=True, overriding=text("We sell."), retention=CONTRACT_AND_A_YEAR)
    found = erase(asked, ActivityFacts(contract_runs=True))
    assert (found.verdict, found.article) == (APPLIES, "17(1)(c)")
    assert Measure.SUPPRESS in found.measures


@pytest.mark.parametrize(
    ("ground", "article"),
    [
        (Ground.UNLAWFUL, "17(1)(d)"),
        (Ground.LEGAL_DUTY_TO_ERASE, "17(1)(e)"),
    ],
)
def test_an_established_ground_ends_what_a_contract_would_keep(ground, article) -> None:
    about = contract_ended(date(2027, 1, 1))
    found = erase(activity(CONTRACT, retention=CONTRACT_AND_A_YEAR), about, grounds=(ground,))
    assert (found.verdict, found.article) == (APPLIES, article)
    assert erase(activity(DUTY), grounds=(ground,)).verdict is ASKS


def test_a_childs_consent_is_a_ground_of_its_own() -> None:
    found = erase(activity(CONSENT, CONTRACT), grounds=(Ground.CHILD,))
    assert (found.verdict, found.article) == (APPLIES, "17(1)(f)")
    assert erase(activity(CONTRACT), grounds=(Ground.CHILD,)).verdict is ASKS


def test_that_a_person_says_no_longer_needed_ends_no_contract() -> None:
    asked = activity(CONTRACT, retention=CONTRACT_AND_A_YEAR)
    assert erase(asked, contract_ended(TODAY), grounds=(Ground.NO_LONGER_NEEDED,)).verdict is REFUSED


@pytest.mark.parametrize("basis", list(LegalBasis))
def test_what_the_controller_needs_for_a_claim_stays(basis) -> None:
    found = erase(activity(basis), ActivityFacts(controller_claims=True))
    assert (found.verdict, found.article) == (REFUSED, "17(3)(e)")
    assert Measure.BLOCK_OTHER_USES in found.measures


@pytest.mark.parametrize("bases", [(DUTY,), (CONSENT,), (INTERESTS,), (DUTY, CONTRACT)])
def test_what_a_law_keeps_stays_with_its_law_and_date(bases) -> None:
    found = erase(activity(*bases, keep=kept()), ActivityFacts(records={"invoices": (YOUNG,)}))
    assert (found.verdict, found.article) == (REFUSED, "17(3)(b)")
    [law] = found.kept
    assert (law.rule, law.law, law.until) == ("bookkeeping", BOOKKEEPING.law, date(2031, 12, 31))
    assert found.measures == (Measure.BLOCK_OTHER_USES,)


def test_what_a_law_has_let_go_of_is_decided_by_the_bases_that_are_left() -> None:
    old = ActivityFacts(records={"invoices": (OLD,)})
    assert erase(activity(DUTY, keep=kept()), old).reason.name == "erase_duty_ended"
    assert erase(activity(CONSENT, keep=kept()), old).article == "17(1)(b)"
    assert erase(activity(DUTY, CONTRACT, keep=kept()), old).verdict is ASKS


def test_where_a_law_keeps_some_records_the_others_go() -> None:
    found = erase(activity(DUTY, keep=kept()), ActivityFacts(records={"invoices": (OLD, YOUNG)}))
    assert (found.verdict, found.kept[0].until) == (IN_PART, date(2031, 12, 31))
    assert {Measure.ERASE, Measure.BLOCK_OTHER_USES} <= set(found.measures)


def test_where_a_law_keeps_some_kinds_the_rest_goes_by_its_basis() -> None:
    young = {"invoices": (YOUNG,)}
    asked = activity(CONTRACT, DUTY, keep=kept("invoices"), retention=CONTRACT_AND_A_YEAR)
    over = erase(asked, contract_ended(OLD, records=young))
    assert (over.verdict, over.kept[0].kinds) == (IN_PART, ("invoices",))
    running = erase(asked, contract_ended(TODAY, records=young))
    assert (running.verdict, running.until, running.kept[0].until) == (REFUSED, date(2027, 11, 25), date(2031, 12, 31))
    unknown = erase(asked, ActivityFacts(records=young))
    assert (unknown.verdict, unknown.kept[0].until) == (ASKS, date(2031, 12, 31))


@pytest.mark.parametrize("records", [{}, {"invoices": (None,)}, {"invoices": (YOUNG, None)}, {"orders": (YOUNG,)}])
def test_a_law_whose_end_cannot_be_computed_asks(records) -> None:
    found = erase(activity(CONSENT, keep=kept("invoices")), ActivityFacts(records=records))
    assert (found.verdict, found.kept[0].until) == (ASKS, None)
    assert Measure.ERASE not in found.measures


def test_a_law_that_covers_nothing_that_is_there_keeps_nothing() -> None:
    found = erase(activity(CONSENT, keep=kept("invoices")), ActivityFacts(records={"invoices": ()}))
    assert (found.verdict, found.kept) == (APPLIES, ())


def test_a_duty_that_covers_some_kinds_says_nothing_of_others() -> None:
    asked = activity(DUTY, keep=kept("invoices"))
    assert erase(asked, ActivityFacts(records={"invoices": (OLD,)})).verdict is APPLIES
    other = erase(asked, ActivityFacts(records={"invoices": (OLD,), "notes": (OLD,)}))
    assert (other.verdict, other.article) == (ASKS, "17(3)(b)")


def test_one_law_that_covers_every_kind_is_enough_for_a_duty() -> None:
    asked = activity(DUTY, keep=(*kept(), KeptUnder("by-day", ("invoices",))))
    about = facts(ActivityFacts(records={"invoices": (OLD,), "notes": (OLD,)}))
    [found] = decide(policy(asked, laws=(BY_DAY,)), Right.ERASURE, about).decisions
    assert (found.verdict, found.article) == (APPLIES, "17(1)(a)")


def test_the_law_that_keeps_longest_gives_the_reason() -> None:
    longer = replace(BY_DAY, name="longer", law="Skatteförfarandelagen", length=Length(10, Unit.YEARS))
    asked = activity(DUTY, keep=(*kept(), KeptUnder("longer")))
    about = facts(ActivityFacts(records={"invoices": (YOUNG,)}))
    [found] = decide(policy(asked, laws=(longer,)), Right.ERASURE, about).decisions
    assert [each.until for each in found.kept] == [date(2031, 12, 31), date(2034, 5, 1)]
    assert found.reason.values["law"] == "Skatteförfarandelagen"


def test_a_law_can_count_from_an_event() -> None:
    by_event = replace(BY_DAY, after=StartEvent.CONTRACT_END)
    asked = activity(CONSENT, keep=(KeptUnder("by-day"),))
    profile = policy(asked, laws=(by_event,))
    [found] = decide(profile, Right.ERASURE, facts(contract_ended(date(2020, 1, 1)))).decisions
    assert (found.verdict, found.kept[0].until) == (REFUSED, date(2027, 1, 1))
    [unknown] = decide(profile, Right.ERASURE, facts()).decisions
    assert unknown.verdict is ASKS


def test_anonymisation_takes_the_place_of_deletion_where_the_profile_says_so() -> None:
    found = erase(activity(CONSENT, removal=Removal.ANONYMISATION))
    assert Measure.ANONYMISE in found.measures
    assert Measure.ERASE not in found.measures


def test_a_copy_that_is_asked_for_in_the_same_letter_goes_first() -> None:
    found = erase(activity(CONSENT), together=(Right.ACCESS,))
    assert found.measures[0] is Measure.DELIVER_ACCESS_FIRST
    assert Measure.DELIVER_ACCESS_FIRST in erase(activity(CONTRACT), together=(Right.PORTABILITY,)).measures
    assert Measure.DELIVER_ACCESS_FIRST not in erase(activity(CONSENT), together=(Right.OBJECTION,)).measures
    claimed = ActivityFacts(controller_claims=True)
    assert Measure.DELIVER_ACCESS_FIRST not in erase(activity(CONSENT), claimed, together=(Right.ACCESS,)).measures


def test_recipients_are_told_of_what_was_erased_and_not_of_what_was_refused() -> None:
    gone, stays = erase(activity(CONSENT)), erase(activity(CONSENT), ActivityFacts(controller_claims=True))
    assert gone.recipients == tuple(each.name for each in activity(CONSENT).recipients)
    assert gone.measures[-1] is Measure.TELL_RECIPIENTS
    assert stays.recipients == ()
    assert Measure.TELL_RECIPIENTS not in erase(activity(CONSENT, recipients=())).measures
