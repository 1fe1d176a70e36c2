"""What an erasure may take and what a law keeps, and until when."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.profile import (
    Activity,
    Keep,
    KeepUntil,
    Profile,
    Role,
    decide_erasure,
    erasure_order,
    kept_until,
    load_profile,
)
from habeas.vocabulary import LegalBasis

SAMPLE = load_profile(Path(__file__).parents[2] / "examples/sample-company/profile.yaml")
INVOICING = SAMPLE.activity("invoicing")
assert INVOICING.keep
BOOKKEEPING: Keep = INVOICING.keep
TODAY = date(2026, 11, 22)
dates = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("dated", "year_ends", "until"),
    [
        (date(2019, 1, 1), (12, 31), date(2026, 12, 31)),
        (date(2018, 12, 31), (12, 31), date(2025, 12, 31)),
        (date(2019, 6, 30), (6, 30), date(2026, 12, 31)),
        (date(2019, 7, 1), (6, 30), date(2027, 12, 31)),
        (date(2020, 2, 29), (2, 29), date(2027, 12, 31)),
        (date(2019, 2, 28), (2, 29), date(2026, 12, 31)),
        (date(2019, 3, 1), (2, 29), date(2027, 12, 31)),
    ],
)
def test_books_are_kept_to_the_end_of_the_seventh_year(dated: date, year_ends: tuple[int, int], until: date) -> None:
    """Bookkeeping Act chapter 7 section 2: after the calendar year in which the financial year ended."""
    assert kept_until(replace(BOOKKEEPING, financial_year_ends=year_ends), dated) == until


def test_a_period_can_end_on_its_own_day() -> None:
    keep = replace(BOOKKEEPING, until=KeepUntil.DAY, years=6)
    assert kept_until(keep, date(2020, 5, 17)) == date(2026, 5, 17)
    assert kept_until(keep, date(2020, 2, 29)) == date(2026, 2, 28)


def test_an_invoice_of_the_last_seven_years_stays_with_its_law_and_date() -> None:
    decision = decide_erasure(INVOICING, date(2019, 1, 1), TODAY)
    assert decision.keep
    assert decision.needs_person is None
    assert decision.law == "Bokföringslagen (1999:1078) 7 kap. 2 §"
    assert decision.article == "17(3)(b)"
    assert decision.until == date(2026, 12, 31)
    assert decision.ground
    assert "räkenskapsinformation" in decision.ground.in_("sv")


def test_it_stays_on_its_last_day_and_goes_on_the_next() -> None:
    assert decide_erasure(INVOICING, date(2019, 1, 1), date(2026, 12, 31)).keep
    assert not decide_erasure(INVOICING, date(2019, 1, 1), date(2027, 1, 1)).keep


def test_an_invoice_of_older_years_goes() -> None:
    decision = decide_erasure(INVOICING, date(2018, 12, 31), TODAY)
    assert not decision.keep
    assert decision.until is None


def test_what_no_law_keeps_goes_with_or_without_a_date() -> None:
    for name in ("customer_account", "orders", "support", "security", "newsletter", "recruitment"):
        assert not decide_erasure(SAMPLE.activity(name), None, TODAY).keep
        assert not decide_erasure(SAMPLE.activity(name), TODAY, TODAY).keep


def test_a_record_without_a_date_stays_and_goes_to_a_person() -> None:
    decision = decide_erasure(INVOICING, None, TODAY)
    assert decision.keep
    assert decision.until is None
    assert decision.needs_person == "the record has no date to count from"


def test_a_duty_without_a_period_stays_and_goes_to_a_person() -> None:
    decision = decide_erasure(replace(INVOICING, keep=None), TODAY, TODAY)
    assert decision.keep
    assert decision.needs_person


def test_what_is_held_for_a_customer_stays_and_goes_to_a_person() -> None:
    held: Activity = replace(SAMPLE.activity("orders"), role=Role.PROCESSOR)
    decision = decide_erasure(held, TODAY, TODAY)
    assert decision.keep
    assert "forward" in str(decision.needs_person)


@given(dates, dates, st.sampled_from(list(KeepUntil)), st.integers(1, 30), st.sampled_from(list(LegalBasis)))
def test_a_decision_agrees_with_the_day_it_names(
    dated: date, today: date, until: KeepUntil, years: int, basis: LegalBasis
) -> None:
    keep = replace(BOOKKEEPING, until=until, years=years)
    decision = decide_erasure(replace(INVOICING, keep=keep, basis=basis), dated, today)
    assert decision.keep == (today <= kept_until(keep, dated))
    assert decision.until in (None, kept_until(keep, dated))
    assert decision.keep == (decision.until is not None) == (decision.law is not None)


@given(dates, st.integers(1, 30), st.tuples(st.integers(1, 12), st.integers(1, 31)))
def test_the_law_never_lets_go_before_its_years_are_over(dated: date, years: int, ends: tuple[int, int]) -> None:
    until = kept_until(replace(BOOKKEEPING, years=years, financial_year_ends=ends), dated)
    assert timedelta(days=365 * years - 1) <= until - dated <= timedelta(days=366 * (years + 2))
    assert (until.month, until.day) == (12, 31)


def feeding(**feeds: tuple[str, ...]) -> Profile:
    systems = tuple(replace(SAMPLE.systems[0], name=name, feeds=fed) for name, fed in feeds.items())
    return replace(SAMPLE, systems=systems)


@pytest.mark.parametrize(
    ("feeds", "order"),
    [
        ({"a": (), "b": (), "c": ()}, ("a", "b", "c")),
        ({"a": (), "b": ("a",), "c": ("b",)}, ("c", "b", "a")),
        ({"a": ("b",), "b": ("a",)}, ("a", "b")),
        ({"a": ("b",), "b": ("a",), "c": ("b",)}, ("c", "a", "b")),
        ({"a": ("b", "c"), "b": (), "c": ("b",)}, ("a", "c", "b")),
    ],
)
def test_what_feeds_another_system_is_erased_first(feeds: dict[str, tuple[str, ...]], order: tuple[str, ...]) -> None:
    assert erasure_order(feeding(**feeds)) == order
