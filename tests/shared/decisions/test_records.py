"""One record by the rules of its activity: what no law keeps goes, what cannot be decided stays for a person."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policies import BOOKKEEPING, CONTRACT_AND_A_YEAR, SAMPLE, TODAY, YEAR, activity, kept, policy, retention

from habeas.decisions import ActivityFacts, Verdict, decide_record, kept_until
from habeas.profile import PeriodEnd, Role, StartEvent
from habeas.vocabulary import LegalBasis

CONTRACT, DUTY = LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION
INVOICING = SAMPLE.activity("invoicing")
dates = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def decide_invoice(dated: date | None, today: date = TODAY, **changes):
    return decide_record(SAMPLE, replace(INVOICING, **changes), "invoice", dated, today)


def test_an_invoice_of_the_last_seven_years_stays_with_its_law_and_date() -> None:
    decision = decide_invoice(date(2019, 1, 1))
    assert (decision.verdict, decision.article) == (Verdict.REFUSED, "17(3)(b)")
    [law] = decision.kept
    assert law.law == "Bokföringslagen (1999:1078) 7 kap. 2 §"
    assert law.until == date(2026, 12, 31)
    assert "räkenskapsinformation" in law.ground.in_("sv")


def test_it_stays_on_its_last_day_and_goes_on_the_next() -> None:
    assert decide_invoice(date(2019, 1, 1), date(2026, 12, 31)).verdict is Verdict.REFUSED
    assert decide_invoice(date(2019, 1, 1), date(2027, 1, 1)).verdict is Verdict.APPLIES


def test_an_invoice_of_older_years_goes() -> None:
    decision = decide_invoice(date(2018, 12, 31))
    assert (decision.verdict, decision.kept) == (Verdict.APPLIES, ())


def test_what_no_law_keeps_goes_with_or_without_a_date() -> None:
    for name in ("customer_account", "orders", "support", "security", "newsletter", "recruitment"):
        for dated in (None, TODAY):
            assert decide_record(SAMPLE, SAMPLE.activity(name), "x", dated, TODAY).verdict is Verdict.APPLIES


@pytest.mark.parametrize("dated", [None, date.max])
def test_a_record_whose_date_says_nothing_stays_and_goes_to_a_person(dated) -> None:
    decision = decide_invoice(dated)
    assert (decision.verdict, decision.kept[0].until) == (Verdict.ASKS, None)


def test_a_duty_without_a_period_stays_and_goes_to_a_person() -> None:
    assert decide_invoice(TODAY, keep=()).verdict is Verdict.ASKS


def test_what_is_held_for_a_customer_is_not_ours_to_decide() -> None:
    held = replace(SAMPLE.activity("orders"), role=Role.PROCESSOR)
    assert decide_record(SAMPLE, held, "order", TODAY, TODAY).verdict is Verdict.FORWARDED


def test_a_law_keeps_its_own_kinds_and_no_others() -> None:
    asked = activity(CONTRACT, DUTY, keep=kept("invoices"), retention=retention(on_request=True))
    profile = policy(asked)
    assert decide_record(profile, asked, "invoices", TODAY, TODAY).verdict is Verdict.REFUSED
    assert decide_record(profile, asked, "notes", TODAY, TODAY).verdict is Verdict.APPLIES


def test_a_duty_alone_says_nothing_of_the_kinds_that_it_does_not_cover() -> None:
    asked = activity(DUTY, keep=kept("invoices"))
    assert decide_record(policy(asked), asked, "notes", date(1999, 1, 1), TODAY).verdict is Verdict.ASKS


def test_a_contract_whose_end_is_not_known_needs_a_person() -> None:
    asked = activity(CONTRACT, retention=CONTRACT_AND_A_YEAR)
    assert decide_record(policy(asked), asked, "x", TODAY, TODAY).verdict is Verdict.ASKS
    ended = ActivityFacts(dates={StartEvent.CONTRACT_END: date(2025, 1, 1)})
    assert decide_record(policy(asked), asked, "x", TODAY, TODAY, ended).verdict is Verdict.APPLIES


def test_a_period_from_the_records_own_date_is_counted_for_each() -> None:
    asked = activity(CONTRACT, retention=retention(after=StartEvent.RECORD_DATE, length=YEAR))
    others = ActivityFacts(records={"x": (TODAY,)})
    assert decide_record(policy(asked), asked, "x", date(2025, 1, 1), TODAY, others).verdict is Verdict.APPLIES
    young = decide_record(policy(asked), asked, "x", date(2026, 1, 1), TODAY)
    assert (young.verdict, young.until) == (Verdict.REFUSED, date(2027, 1, 1))


@given(dates, dates, st.sampled_from(list(PeriodEnd)), st.integers(1, 30), st.sampled_from(list(LegalBasis)))
def test_a_decision_agrees_with_the_day_it_names(dated, today, until, years, basis) -> None:
    rule = replace(BOOKKEEPING, until=until, length=replace(YEAR, count=years))
    asked = activity(basis, keep=kept())
    profile = replace(policy(asked), legal_retention=(rule,))
    decision = decide_record(profile, asked, "invoice", dated, today)
    keeps = today <= kept_until(rule, dated)
    assert (decision.kept != ()) == keeps
    assert not keeps or (decision.verdict, decision.kept[0].until) == (Verdict.REFUSED, kept_until(rule, dated))
    assert decision.verdict is not Verdict.IN_PART
