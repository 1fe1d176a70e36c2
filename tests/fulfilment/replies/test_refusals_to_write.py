"""No letter is written about what is undecided, unknown or against the law."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from habeas.decisions.types import ActivityFacts, Facts, Measure, Ruling, Verdict
from habeas.errors import Faults, NeedsPerson
from habeas.profile.types import Text
from habeas.vocabulary import Right
from habeas_fulfilment.replies import Account, Extension, ExtensionGround, Gap, GapKind, PartName, settle_reviews
from habeas_fulfilment.replies.lint import words_of

SOON = Text({"en": "Three systems have to be searched by hand."}, "en")


@pytest.mark.parametrize("right", Right)
def test_an_undecided_activity_is_named_and_nothing_is_written(desk: Any, right: Right) -> None:
    ruling = desk.ruling(right, Verdict.APPLIES)
    first, *rest = ruling.decisions
    with pytest.raises(NeedsPerson, match=first.activity):
        desk.write(Ruling(right, (replace(first, verdict=Verdict.ASKS), *rest)))


def test_all_undecided_activities_are_named_at_once(shop: Any) -> None:
    with pytest.raises(NeedsPerson) as refused:
        shop.write(shop.ruling(Right.ERASURE, Verdict.ASKS))
    assert all(each.name in refused.value.why for each in shop.profile.activities)


def test_an_automated_decision_is_answered_once_a_person_has_looked_at_it(shop: Any) -> None:
    ruling = shop.ruling(Right.AUTOMATED_DECISION, Verdict.APPLIES)
    asked = Ruling(ruling.right, tuple(replace(each, verdict=Verdict.ASKS) for each in ruling.decisions))
    reviews = shop.account(ruling).reviews
    assert settle_reviews(asked, reviews) == ruling
    some = {"security": reviews["security"]}
    settled = settle_reviews(asked, some)
    assert [each.activity for each in settled.of(Verdict.APPLIES)] == ["security"]
    with pytest.raises(NeedsPerson, match="has to decide first"):
        shop.write(settled)


def test_settling_reviews_touches_no_other_question(shop: Any) -> None:
    asked = shop.ruling(Right.ERASURE, Verdict.ASKS)
    reviews = shop.account(asked).reviews
    assert settle_reviews(asked, reviews) == asked
    assert not any(Measure.HUMAN_REVIEW in each.measures for each in asked.decisions)


def test_a_review_that_nobody_made_is_asked_for(shop: Any) -> None:
    ruling = shop.ruling(Right.AUTOMATED_DECISION, Verdict.APPLIES)
    with pytest.raises(NeedsPerson, match="look again at the automated decision in: customer_account"):
        shop.write(ruling, account=Account())


def test_a_decision_by_machine_needs_its_logic_in_words(shop: Any) -> None:
    ruling = shop.ruling(Right.AUTOMATED_DECISION, Verdict.APPLIES)
    with pytest.raises(NeedsPerson, match="explain how decisions are made in: customer_account"):
        shop.write(ruling, profile=shop.profile)
    known = {**shop.facts().activities, "security": ActivityFacts(holds_data=True, solely_automated=True)}
    with pytest.raises(NeedsPerson, match="explain how decisions are made in: security"):
        shop.write(shop.ruling(Right.ACCESS, Verdict.APPLIES), facts=shop.facts(activities=known))


def test_access_is_not_answered_while_nobody_knows_what_is_held(shop: Any) -> None:
    ruling = shop.ruling(Right.ACCESS, Verdict.APPLIES)
    known = dict(shop.facts().activities)
    known["newsletter"] = ActivityFacts()
    with pytest.raises(NeedsPerson, match="whether anything is held in: newsletter"):
        shop.write(ruling, facts=shop.facts(activities=known), account=Account())
    gap = Gap(GapKind.FAILED, "newsletter", Text({"en": "The list did not answer."}, "en"))
    reply = shop.write(ruling, facts=shop.facts(activities=known), account=Account(gaps=(gap,)))
    assert PartName.GAPS in {each.name for each in reply.parts}
    assert "newsletter" not in {each.activity for each in reply.parts if each.name is PartName.USE}


@pytest.mark.parametrize(("right", "article"), [(Right.OBJECTION, "21(1)"), (Right.ERASURE, "17(1)(c)")])
def test_grounds_that_outweigh_a_person_have_to_be_said(shop: Any, right: Right, article: str) -> None:
    (refused,) = (each for each in shop.ruling(right, Verdict.REFUSED).decisions if each.activity == "security")
    ruling = Ruling(right, (replace(refused, article=article),))
    facts = shop.facts(activities={"security": ActivityFacts(holds_data=True, overridden=True)})
    with pytest.raises(NeedsPerson, match="what outweighs the person's wish in: security"):
        shop.write(ruling, facts=facts, account=Account())
    weighed = Account(weighed={"security": SOON})
    words = words_of(shop.write(ruling, facts=facts, account=weighed).part(PartName.REASON, "security"))
    assert "Three systems have to be searched by hand." in words


def test_what_a_law_keeps_needs_no_weighing(shop: Any) -> None:
    known = {each.name: ActivityFacts(holds_data=True, overridden=True) for each in shop.profile.activities}
    assert shop.write(
        shop.ruling(Right.ERASURE, Verdict.REFUSED), facts=shop.facts(activities=known), account=Account()
    )


def test_a_customer_that_nobody_knows_is_asked_for(shop: Any) -> None:
    ruling = shop.ruling(Right.ERASURE, Verdict.FORWARDED)
    with pytest.raises(NeedsPerson, match="for which customer the data is held in: customer_account"):
        shop.write(ruling, facts=Facts(date(2026, 11, 25)))


def test_a_rectification_without_values_is_asked_for(shop: Any) -> None:
    ruling = shop.ruling(Right.RECTIFICATION, Verdict.APPLIES)
    with pytest.raises(NeedsPerson, match="old and the new value"):
        shop.write(ruling, facts=shop.facts(corrected={}))
    added = shop.write(ruling, facts=shop.facts(corrected={}), account=Account(statement=True))
    assert PartName.STATEMENT in {each.name for each in added.parts}


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.IN_PART])
def test_an_objection_to_marketing_is_never_refused(shop: Any, verdict: Verdict) -> None:
    ruling = shop.ruling(Right.OBJECTION, Verdict.APPLIES)
    refused = Ruling(
        Right.OBJECTION,
        tuple(replace(each, verdict=verdict) if each.activity == "newsletter" else each for each in ruling.decisions),
    )
    with pytest.raises(Faults, match=r"ruling\.newsletter: an objection to direct marketing is refused"):
        shop.write(refused)


def test_an_activity_or_a_system_that_the_profile_lacks_is_named(shop: Any) -> None:
    ruling = shop.ruling(Right.ERASURE, Verdict.APPLIES)
    stranger = Ruling(ruling.right, (replace(ruling.decisions[0], activity="gardening"),))
    with pytest.raises(Faults, match=r"ruling\.gardening: the profile has no such activity"):
        shop.write(stranger, account=Account())
    gap = Gap(GapKind.FAILED, "attic", SOON)
    with pytest.raises(Faults, match=r"account\.gaps\.attic: the profile has no such system"):
        shop.write(ruling, account=Account(gaps=(gap,)))


def test_a_letter_without_an_authority_or_a_reference_is_refused_with_both_faults(shop: Any) -> None:
    with pytest.raises(Faults) as refused:
        shop.write(shop.ruling(Right.ACCESS, Verdict.APPLIES), authorities=(), reference=" ")
    assert [each.where for each in refused.value.faults] == ["authorities", "reference"]


def test_dates_that_contradict_each_other_are_refused_together(shop: Any) -> None:
    dates = replace(shop.matter(shop.ruling(Right.ACCESS, Verdict.APPLIES)).dates)
    received = dates.received_on
    late = Extension(ExtensionGround.COMPLEXITY, Text({"en": " "}, "en"), dates.respond_by, date(2026, 12, 2))
    wrong = replace(dates, written_on=date(2026, 10, 31), refuse_by=received, extension=late)
    with pytest.raises(Faults) as refused:
        shop.write(shop.ruling(Right.ACCESS, Verdict.APPLIES), dates=wrong)
    assert [each.where for each in refused.value.faults] == [
        "dates.written_on",
        "dates.refuse_by",
        "dates.extension.until",
        "dates.extension.told_on",
        "dates.extension.because",
    ]


def test_a_language_without_a_catalogue_gets_the_controller_s_own(shop: Any) -> None:
    ruling = shop.ruling(Right.ACCESS, Verdict.APPLIES)
    assert shop.write(ruling, "sv-FI").matter.language == "sv"
    assert shop.write(ruling, "tlh").matter.language == shop.profile.controller.languages[0]
    controller = replace(shop.profile.controller, languages=("tlh",))
    with pytest.raises(Faults, match="language: no letter can be written"):
        shop.write(ruling, "tlh", profile=replace(shop.profile, controller=controller))
