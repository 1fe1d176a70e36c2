"""The seven rights beside erasure, and what comes before all eight."""

from dataclasses import replace
from datetime import date

import pytest
from policies import TODAY, activity, decision_on, facts, policy, retention, text

from habeas.decisions import RIGHTS, ActivityFacts, Decision, Ground, Measure, Verdict, decide
from habeas.decisions.ruling import ARTICLES
from habeas.errors import Faults
from habeas.profile import Length, Origin, Role, StartEvent, Unit
from habeas.vocabulary import LegalBasis, Right

CONSENT, CONTRACT, DUTY = LegalBasis.CONSENT, LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION
INTERESTS, PUBLIC, VITAL = LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.PUBLIC_TASK, LegalBasis.VITAL_INTERESTS
APPLIES, IN_PART, REFUSED, ASKS = Verdict.APPLIES, Verdict.IN_PART, Verdict.REFUSED, Verdict.ASKS
FORWARDED, NOT_CONCERNED = Verdict.FORWARDED, Verdict.NOT_CONCERNED
every_right = pytest.mark.parametrize("right", list(Right))


def test_each_right_has_its_rule_and_its_article() -> None:
    assert set(RIGHTS) == set(ARTICLES) == set(Right)


@every_right
def test_what_is_held_for_a_customer_is_forwarded_and_the_person_told_to_whom(right) -> None:
    held = activity(CONTRACT, role=Role.PROCESSOR, customer=text("Alfa"), marketing=True, automated=text("A score."))
    found = decision_on(right, held)
    assert (found.verdict, found.article, found.measures) == (FORWARDED, "28(3)(e)", (Measure.FORWARD,))
    assert found.reason.values["customer"] == held.customer
    named = decision_on(right, held, facts(ActivityFacts(customer="Beta AB")))
    assert named.reason.values["customer"] == "Beta AB"
    assert decision_on(right, replace(held, customer=None)).reason.name == "forwarded_unnamed"


@every_right
def test_where_nothing_is_held_no_right_has_anything_to_reach(right) -> None:
    found = decision_on(right, activity(CONSENT), facts(ActivityFacts(holds_data=False)))
    assert (found.verdict, found.reason.name, found.measures) == (NOT_CONCERNED, "nothing_held", ())


@every_right
def test_what_the_person_did_not_mean_is_left_alone(right) -> None:
    profile = policy(activity(CONSENT), activity(CONSENT, name="other"))
    ruling = decide(profile, right, facts(scope=("other",)))
    assert [each.activity for each in ruling.decisions] == ["work", "other"]
    assert ruling.decisions[0].reason.name == "outside_scope"
    assert ruling.decisions[1].reason.name != "outside_scope"


@every_right
def test_what_a_right_does_not_reach_still_names_its_article(right) -> None:
    found = decision_on(right, activity(CONSENT), facts(ActivityFacts(holds_data=False)))
    assert found.article.partition("(")[0] in {"7", "15", "16", "17", "18", "20", "21", "22"}
    own = decision_on(right, activity(CONSENT, origin=(Origin.OBTAINED,)))
    assert own.article.partition("(")[0] == found.article.partition("(")[0]


def test_facts_about_an_activity_that_is_not_there_are_refused() -> None:
    wrong = facts(scope=("wrok",), activities={"odrers": ActivityFacts(), "work": ActivityFacts()})
    with pytest.raises(Faults) as caught:
        decide(policy(activity(CONSENT)), Right.ACCESS, wrong)
    assert [each.where for each in caught.value.faults] == ["scope.wrok", "activities.odrers"]


@pytest.mark.parametrize("basis", list(LegalBasis))
def test_access_gives_a_copy_whatever_the_basis(basis) -> None:
    found = decision_on(Right.ACCESS, activity(basis), facts(ActivityFacts(controller_claims=True)))
    assert (found.verdict, found.article, found.measures) == (APPLIES, "15(1)", (Measure.EXPORT,))


def test_other_people_are_taken_out_of_a_copy() -> None:
    found = decision_on(Right.ACCESS, activity(DUTY, third_parties=True))
    assert (found.verdict, found.article) == (APPLIES, "15(1)")
    assert found.measures == (Measure.EXPORT, Measure.REDACT_THIRD_PERSONS)


@pytest.mark.parametrize(
    ("bases", "verdict"),
    [
        ((CONSENT,), APPLIES),
        ((CONTRACT,), APPLIES),
        ((INTERESTS, CONTRACT), APPLIES),
        ((INTERESTS,), NOT_CONCERNED),
        ((DUTY,), NOT_CONCERNED),
        ((PUBLIC,), NOT_CONCERNED),
        ((VITAL,), NOT_CONCERNED),
    ],
)
def test_only_data_on_consent_or_contract_is_taken_along(bases, verdict) -> None:
    found = decision_on(Right.PORTABILITY, activity(*bases))
    assert (found.verdict, found.measures) == (verdict, (Measure.EXPORT,) if verdict is APPLIES else ())


def test_consent_that_was_never_given_carries_no_portability() -> None:
    asked = activity(CONSENT, INTERESTS)
    assert decision_on(Right.PORTABILITY, asked).verdict is APPLIES
    assert decision_on(Right.PORTABILITY, asked, facts(ActivityFacts(consented=False))).verdict is NOT_CONCERNED


@pytest.mark.parametrize(
    ("origins", "verdict"),
    [
        ((Origin.PROVIDED,), APPLIES),
        ((Origin.OBSERVED, Origin.PROVIDED), APPLIES),
        ((Origin.PROVIDED, Origin.INFERRED), IN_PART),
        ((Origin.OBSERVED, Origin.OBTAINED), IN_PART),
        ((Origin.INFERRED,), NOT_CONCERNED),
        ((Origin.OBTAINED, Origin.INFERRED), NOT_CONCERNED),
        ((), ASKS),
    ],
)
def test_only_what_was_provided_or_observed_is_taken_along(origins, verdict) -> None:
    assert decision_on(Right.PORTABILITY, activity(CONSENT, origin=origins)).verdict is verdict
    known = facts(ActivityFacts(origin=origins))
    assert decision_on(Right.PORTABILITY, activity(CONSENT, origin=(Origin.OBTAINED,)), known).verdict is verdict


def test_what_is_kept_by_hand_is_not_taken_along() -> None:
    assert decision_on(Right.PORTABILITY, activity(CONTRACT, by_machine=False)).verdict is NOT_CONCERNED


def test_what_is_taken_along_says_nothing_of_others() -> None:
    assert (
        Measure.REDACT_THIRD_PERSONS in decision_on(Right.PORTABILITY, activity(CONSENT, third_parties=True)).measures
    )


@pytest.mark.parametrize("basis", list(LegalBasis))
def test_marketing_stops_at_once_whatever_its_basis_and_whoever_weighed(basis) -> None:
    asked = activity(basis, marketing=True, overriding=text("We sell."))
    found = decision_on(Right.OBJECTION, asked, facts(ActivityFacts(overridden=True, controller_claims=True)))
    assert (found.verdict, found.article, found.at_once) == (APPLIES, "21(3)", True)
    assert found.measures == (Measure.SUPPRESS, Measure.STOP)


@pytest.mark.parametrize("basis", [INTERESTS, PUBLIC])
def test_an_objection_restricts_at_once_and_is_then_weighed(basis) -> None:
    asked = activity(basis, overriding=text("Fraud is investigated."))
    waiting = decision_on(Right.OBJECTION, asked)
    assert waiting.article == "21(1)"
    assert (waiting.verdict, waiting.at_once, waiting.measures) == (ASKS, True, (Measure.RESTRICT_MEANWHILE,))
    refused = decision_on(Right.OBJECTION, asked, facts(ActivityFacts(overridden=True)))
    assert (refused.verdict, refused.measures) == (REFUSED, (Measure.NOTICE_BEFORE_LIFTING,))
    assert refused.reason.values["grounds"] == asked.overriding
    stopped = decision_on(Right.OBJECTION, asked, facts(ActivityFacts(overridden=False)))
    assert (stopped.verdict, stopped.measures, stopped.systems) == (APPLIES, (Measure.STOP,), ("shop",))


def test_an_objection_leaves_what_rests_on_a_contract_too() -> None:
    found = decision_on(Right.OBJECTION, activity(INTERESTS, CONTRACT), facts(ActivityFacts(overridden=False)))
    assert (found.verdict, found.reason.values["bases"]) == (APPLIES, (CONTRACT,))
    assert (found.systems, found.tasks) == ((), ("shop",)), "no connector can tell the one part from the other"


@pytest.mark.parametrize(
    ("basis", "reason"),
    [(CONSENT, "object_consent"), (CONTRACT, "object_contract"), (DUTY, "object_duty"), (VITAL, "object_vital")],
)
def test_an_objection_does_not_reach_other_bases_and_says_why(basis, reason) -> None:
    found = decision_on(Right.OBJECTION, activity(basis))
    assert (found.verdict, found.reason.name) == (NOT_CONCERNED, reason)


def test_an_objection_to_what_rests_on_consent_too_points_to_the_withdrawal() -> None:
    found = decision_on(Right.OBJECTION, activity(CONTRACT, CONSENT))
    assert (found.verdict, found.reason.name) == (NOT_CONCERNED, "object_consent_and_others")
    assert found.reason.values == {"bases": (CONTRACT,)}
    several = decision_on(Right.OBJECTION, activity(CONTRACT, DUTY))
    assert several.reason.name == "object_contract"


def test_who_objects_to_marketing_alone_leaves_the_rest_alone() -> None:
    only = facts(grounds=(Ground.MARKETING_OBJECTION,))
    left = decision_on(Right.OBJECTION, activity(INTERESTS), only)
    assert (left.verdict, left.article) == (NOT_CONCERNED, "21(2)")
    assert decision_on(Right.OBJECTION, activity(INTERESTS, marketing=True), only).verdict is APPLIES
    both = facts(grounds=(Ground.MARKETING_OBJECTION, Ground.PARTICULAR_SITUATION))
    assert decision_on(Right.OBJECTION, activity(INTERESTS), both).verdict is ASKS


def test_a_withdrawal_stops_what_rests_on_consent_at_once() -> None:
    found = decision_on(Right.CONSENT_WITHDRAWAL, activity(CONSENT))
    assert (found.verdict, found.at_once, found.measures) == (APPLIES, True, (Measure.STOP,))


@pytest.mark.parametrize("basis", [each for each in LegalBasis if each is not CONSENT])
def test_a_withdrawal_stops_nothing_that_rests_on_something_else(basis) -> None:
    found = decision_on(Right.CONSENT_WITHDRAWAL, activity(basis))
    assert (found.verdict, found.measures) == (NOT_CONCERNED, ())


def test_a_withdrawal_says_which_basis_remains() -> None:
    found = decision_on(Right.CONSENT_WITHDRAWAL, activity(CONTRACT, CONSENT))
    assert (found.verdict, found.at_once, found.reason.values) == (APPLIES, True, {"bases": (CONTRACT,)})
    assert (found.systems, found.tasks) == ((), ("shop",))


def test_a_withdrawal_leaves_nothing_where_consent_alone_still_carried_the_data() -> None:
    half_a_year = Length(6, Unit.MONTHS)
    period = retention(after=StartEvent.RECRUITMENT_CLOSED, length=half_a_year, only_with=CONSENT)
    asked = activity(INTERESTS, CONSENT, retention=period)

    def withdraw(closed: date) -> Decision:
        return decision_on(
            Right.CONSENT_WITHDRAWAL, asked, facts(ActivityFacts(dates={StartEvent.RECRUITMENT_CLOSED: closed}))
        )

    assert withdraw(date(2026, 8, 31)).reason.name == "withdraw_stopped"
    assert withdraw(date(2026, 8, 31)).systems == ("shop",)
    assert withdraw(TODAY).reason.name == "withdraw_others", "the interest carries it to the end of the recruitment"
    assert decision_on(Right.CONSENT_WITHDRAWAL, asked).reason.name == "withdraw_others", "nothing is guessed"


def test_a_withdrawal_for_marketing_leaves_no_other_basis_to_fall_back_on() -> None:
    found = decision_on(Right.CONSENT_WITHDRAWAL, activity(INTERESTS, CONSENT, marketing=True))
    assert (found.verdict, found.article, found.at_once) == (APPLIES, "7(3)", True)
    assert found.measures == (Measure.SUPPRESS, Measure.STOP)
    assert "bases" not in found.reason.values


def test_consent_that_was_never_given_cannot_be_taken_back() -> None:
    never = facts(ActivityFacts(consented=False))
    assert decision_on(Right.CONSENT_WITHDRAWAL, activity(CONTRACT, CONSENT), never).verdict is NOT_CONCERNED
    assert decision_on(Right.CONSENT_WITHDRAWAL, activity(CONSENT), never).verdict is APPLIES


@pytest.mark.parametrize(
    ("ground", "article"),
    [
        (Ground.ACCURACY_CONTESTED, "18(1)(a)"),
        (Ground.UNLAWFUL_BUT_KEEP, "18(1)(b)"),
        (Ground.NEEDED_FOR_CLAIMS, "18(1)(c)"),
        (Ground.OBJECTION_PENDING, "18(1)(d)"),
    ],
)
def test_each_of_the_four_grounds_restricts_and_tells_the_effect(ground, article) -> None:
    asked = activity(INTERESTS, without=text("You cannot sign in."))
    found = decision_on(Right.RESTRICTION, asked, facts(grounds=(ground,)))
    assert (found.verdict, found.article) == (APPLIES, article)
    assert found.measures == (Measure.RESTRICT, Measure.NOTICE_BEFORE_LIFTING, Measure.TELL_RECIPIENTS)
    assert found.recipients
    assert found.reason.values["effect"] == asked.without


@pytest.mark.parametrize(
    ("grounds", "about", "bases"),
    [
        ((), ActivityFacts(), (INTERESTS,)),
        ((Ground.CHILD,), ActivityFacts(), (INTERESTS,)),
        ((Ground.ACCURACY_CONTESTED,), ActivityFacts(accurate=True), (INTERESTS,)),
        ((Ground.OBJECTION_PENDING,), ActivityFacts(overridden=True), (INTERESTS,)),
        ((Ground.OBJECTION_PENDING,), ActivityFacts(), (CONTRACT,)),
    ],
)
def test_a_restriction_without_a_ground_is_refused_with_its_reason(grounds, about, bases) -> None:
    found = decision_on(Right.RESTRICTION, activity(*bases), facts(about, grounds=grounds))
    assert (found.verdict, found.measures, found.recipients) == (REFUSED, (), ())
    assert found.reason.name.startswith("restrict_")


def test_one_ground_that_is_met_is_enough() -> None:
    settled = ActivityFacts(accurate=True)
    grounds = (Ground.ACCURACY_CONTESTED, Ground.NEEDED_FOR_CLAIMS)
    assert decision_on(Right.RESTRICTION, activity(DUTY), facts(settled, grounds=grounds)).article == "18(1)(c)"


def test_a_contested_datum_is_looked_into_before_it_is_changed() -> None:
    assert decision_on(Right.RECTIFICATION, activity(DUTY)).measures == ()
    contested = decision_on(Right.RECTIFICATION, activity(DUTY), facts(grounds=(Ground.ACCURACY_CONTESTED,)))
    assert (contested.verdict, contested.at_once) == (ASKS, True)
    assert contested.measures == (Measure.RESTRICT_MEANWHILE,)


def test_a_wrong_datum_is_corrected_with_old_and_new_value_told() -> None:
    known = facts(ActivityFacts(accurate=False), corrected={"street": ("Lampgatan 1", "Lampgatan 2")})
    found = decision_on(Right.RECTIFICATION, activity(DUTY), known)
    assert (found.verdict, found.article) == (APPLIES, "16")
    assert found.measures == (Measure.RECTIFY, Measure.TELL_RECIPIENTS)
    assert found.reason.values["corrections"] == "street: Lampgatan 1 → Lampgatan 2"


def test_a_wrong_datum_without_its_right_value_is_not_guessed() -> None:
    assert decision_on(Right.RECTIFICATION, activity(DUTY), facts(ActivityFacts(accurate=False))).verdict is ASKS


def test_what_was_found_right_is_not_changed() -> None:
    assert decision_on(Right.RECTIFICATION, activity(DUTY), facts(ActivityFacts(accurate=True))).verdict is REFUSED


@pytest.mark.parametrize(
    ("automated", "about", "verdict"),
    [
        (True, ActivityFacts(), ASKS),
        (True, ActivityFacts(solely_automated=True, significant=True), ASKS),
        (False, ActivityFacts(solely_automated=True, significant=True), ASKS),
        (True, ActivityFacts(solely_automated=False), NOT_CONCERNED),
        (True, ActivityFacts(significant=False), NOT_CONCERNED),
        (False, ActivityFacts(solely_automated=True), NOT_CONCERNED),
        (False, ActivityFacts(), NOT_CONCERNED),
    ],
)
def test_what_a_machine_decided_alone_goes_to_a_person(automated, about, verdict) -> None:
    asked = activity(CONTRACT, automated=text("A score decides.") if automated else None)
    found = decision_on(Right.AUTOMATED_DECISION, asked, facts(about))
    assert found.verdict is verdict
    assert (found.measures == (Measure.HUMAN_REVIEW,)) == (verdict is ASKS)
    assert verdict is not ASKS or found.reason.values["logic"] == (asked.automated or "")
