"""The ladder: how sure to be who asks is enough for the harm of a wrong answer and no more, whatever a profile says.

EDPB Guidelines 01/2022, 58 to 79; GDPR Art. 5(1)(c) and 12(6).
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.profile import Activity, IdentityStep, Profile, Risk, When, ladder, load_profile
from habeas.vocabulary import COMPLAINT, Assurance, LegalBasis, Right

ROOT = Path(__file__).parents[2]
SAMPLE = load_profile(ROOT / "examples/sample-company/profile.yaml")
CONTROLLERS = {path.stem: load_profile(path) for path in (ROOT / "examples/profiles").glob("*.yaml")}
MATTERS = (*(str(right) for right in Right), COMPLAINT)

A0, A1, A2, A3 = Assurance
LOW, ORDINARY, HIGH = Risk

#: What each matter needs where all the data that it reaches is of one risk.
TABLE = {
    "access": (A1, A2, A3),
    "portability": (A1, A2, A3),
    "automated_decision": (A1, A2, A3),
    "rectification": (A2, A2, A3),
    "erasure": (A2, A2, A3),
    "restriction": (A1, A1, A1),
    "objection": (A1, A1, A1),
    "consent_withdrawal": (A1, A1, A1),
    "complaint": (A1, A1, A1),
}
OPENS = ("access", "portability", "automated_decision")
DESTROYS = ("erasure", "rectification")
REVERSIBLE = ("restriction", "objection", "consent_withdrawal", "complaint")


def activity(risk: Risk, basis: LegalBasis = LegalBasis.CONSENT, *, marketing: bool = False) -> Activity:
    return replace(SAMPLE.activity("orders"), bases=(basis,), marketing=marketing, risk=risk)


def profile_of(activities: Iterable[Activity], *steps: IdentityStep) -> Profile:
    return replace(SAMPLE, activities=tuple(activities), identity=replace(SAMPLE.identity, steps=steps))


def of(*risks: Risk) -> Profile:
    """A profile without steps, in which every right reaches data of these risks."""
    bases = (LegalBasis.CONSENT, LegalBasis.LEGITIMATE_INTERESTS)
    return profile_of(activity(risk, basis) for risk, basis in product(risks, bases))


activities = st.builds(activity, st.sampled_from(Risk), st.sampled_from(LegalBasis), marketing=st.booleans())
steps = st.builds(
    IdentityStep,
    st.sampled_from(Assurance),
    st.sampled_from(When),
    st.lists(st.sampled_from(Right), unique=True).map(tuple),
    st.lists(st.sampled_from(Risk), unique=True).map(tuple),
)
profiles = st.builds(
    lambda found, given: profile_of(found, *given), st.lists(activities, min_size=1, max_size=5), st.lists(steps)
)


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(MATTERS) == set(ladder.LADDER) == {*OPENS, *DESTROYS, *REVERSIBLE}


@pytest.mark.parametrize("matter", MATTERS)
@pytest.mark.parametrize("risk", Risk)
def test_each_right_needs_what_the_table_says_for_each_risk(matter: str, risk: Risk) -> None:
    expected = TABLE[matter][list(Risk).index(risk)]
    assert ladder.needed(of(risk), [matter]) is expected
    assert ladder.needed(of(risk), [matter], doubt=True) is expected, "where no step speaks of doubt, it adds nothing"


@pytest.mark.parametrize("risks", [each for size in (2, 3) for each in combinations(Risk, size)])
def test_the_highest_risk_that_a_right_reaches_decides(risks: tuple[Risk, ...]) -> None:
    for matter in MATTERS:
        assert ladder.needed(of(*risks), [matter]) is TABLE[matter][max(list(Risk).index(risk) for risk in risks)]


def test_a_case_of_several_rights_needs_what_the_strictest_of_them_does() -> None:
    for first, second in product(MATTERS, repeat=2):
        low = of(LOW)
        assert ladder.needed(low, [first, second]) is max(ladder.needed(low, [first]), ladder.needed(low, [second]))
    assert ladder.needed(of(HIGH), []) is A0


@given(profiles, st.booleans())
def test_one_mailbox_never_destroys_and_never_changes_whatever_a_profile_says(profile: Profile, doubt: bool) -> None:
    """Cases 17, 23 and 24: whoever reads the mailbox neither erases out of spite nor moves the account to another."""
    for matter in DESTROYS:
        assert ladder.needed(profile, [matter], doubt=doubt) >= A2
    assert ladder.reached([(A1, "email")]) < A2


@given(profiles, st.booleans())
def test_one_mailbox_opens_data_of_low_risk_only(profile: Profile, doubt: bool) -> None:
    """Case 17: a former partner who reads the mailbox gets what it receives anyway, and nothing more."""
    risks = {each.risk for each in profile.activities}
    for matter in OPENS:
        needed = ladder.needed(profile, [matter], doubt=doubt)
        assert needed >= (A3 if HIGH in risks else A2 if ORDINARY in risks else A1)


@given(profiles, st.booleans())
def test_a_step_raises_and_never_lowers(profile: Profile, doubt: bool) -> None:
    bare = profile_of(profile.activities)
    for matter in MATTERS:
        needed = ladder.needed(profile, [matter], doubt=doubt)
        assert needed >= ladder.needed(bare, [matter])
        assert needed in {ladder.needed(bare, [matter]), *(each.assurance for each in profile.identity.steps)}


@given(profiles)
def test_doubt_adds_steps_and_takes_none_away(profile: Profile) -> None:
    for matter in MATTERS:
        assert ladder.needed(profile, [matter], doubt=True) >= ladder.needed(profile, [matter])


@given(profiles, steps)
def test_one_step_more_never_makes_it_easier(profile: Profile, step: IdentityStep) -> None:
    more = profile_of(profile.activities, *profile.identity.steps, step)
    for matter, doubt in product(MATTERS, (False, True)):
        assert ladder.needed(more, [matter], doubt=doubt) >= ladder.needed(profile, [matter], doubt=doubt)


@pytest.mark.parametrize(
    ("step", "matter", "risk", "calm", "doubtful"),
    [
        (IdentityStep(A2, When.ALWAYS), "access", LOW, A2, A2),
        (IdentityStep(A2, When.DOUBT), "access", LOW, A1, A2),
        (IdentityStep(A3, When.DOUBT, (Right.ACCESS,)), "access", ORDINARY, A2, A3),
        (IdentityStep(A3, When.DOUBT, (Right.ACCESS,)), "erasure", ORDINARY, A2, A2),
        (IdentityStep(A3, When.ALWAYS, (), (HIGH,)), "restriction", HIGH, A3, A3),
        (IdentityStep(A3, When.ALWAYS, (), (HIGH,)), "restriction", ORDINARY, A1, A1),
        (IdentityStep(A3, When.ALWAYS, (Right.ERASURE,), (LOW, ORDINARY)), "erasure", LOW, A3, A3),
        (IdentityStep(A0, When.ALWAYS), "access", HIGH, A3, A3),
        (IdentityStep(A1, When.ALWAYS, (Right.ERASURE,)), "erasure", LOW, A2, A2),
        (IdentityStep(A2, When.DOUBT), "complaint", ORDINARY, A1, A2),
    ],
)
def test_a_step_is_taken_for_its_rights_its_risks_and_its_time(
    step: IdentityStep, matter: str, risk: Risk, calm: Assurance, doubtful: Assurance
) -> None:
    profile = profile_of(of(risk).activities, step)
    assert (ladder.needed(profile, [matter]), ladder.needed(profile, [matter], doubt=True)) == (calm, doubtful)


@pytest.mark.parametrize("risk", Risk)
@pytest.mark.parametrize(
    ("matter", "basis"),
    [("objection", LegalBasis.LEGITIMATE_INTERESTS), ("consent_withdrawal", LegalBasis.CONSENT)],
)
def test_stopping_marketing_needs_nothing_and_no_step_asks_everybody_for_more(
    matter: str, basis: LegalBasis, risk: Risk
) -> None:
    """Case 25: it can be taken back; IMY DI-2020-10696 (Nordax): no more data than it takes to stop."""
    advertising = activity(risk, basis, marketing=True)
    orders = activity(HIGH, LegalBasis.CONTRACT)
    for step in ([], [IdentityStep(A3, When.ALWAYS)], [IdentityStep(A2, When.ALWAYS, (Right(matter),))]):
        assert ladder.needed(profile_of([advertising, orders], *step), [matter]) is A0
    assert ladder.needed(profile_of([advertising, activity(LOW, basis)]), [matter]) is A1


def test_what_harms_little_and_can_be_taken_back_needs_one_mailbox() -> None:
    """Case 25; IMY-2022-9109 (MAG Interactive): control of the mailbox is enough where a wrong answer harms little."""
    assert {ladder.needed(of(HIGH), [matter]) for matter in REVERSIBLE} == {A1}
    assert {ladder.needed(of(LOW), [matter]) for matter in OPENS} == {A1}


#: Proofs that can be given, each with what it alone reaches; the kinds are stored channels.
PROOFS = [
    ((A0, "email"), A0),
    ((A1, "email"), A1),
    ((A1, "sms"), A1),
    ((A1, "post"), A1),
    ((A2, ""), A2),
    ((A3, ""), A3),
]

GIVEN = [each for size in range(len(PROOFS) + 1) for each in combinations(PROOFS, size)]


@pytest.mark.parametrize("given", GIVEN)
def test_what_is_reached_is_the_best_proof_or_two_kinds_of_channel(
    given: tuple[tuple[tuple[Assurance, str], Assurance], ...],
) -> None:
    best = max((alone for _, alone in given), default=A0)
    channels = len([proof for proof, _ in given if proof in {(A1, "email"), (A1, "sms"), (A1, "post")}])
    expected = {0: best, 1: best}.get(channels, max(best, A2))
    assert ladder.reached([proof for proof, _ in given]) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], A0),
        ([(A1, "email"), (A1, "email")], A1),
        ([(A1, "email"), (A1, "sms")], A2),
        ([(A1, "email"), (A0, "sms")], A1),
        ([(A1, ""), (A1, "")], A1),
        ([(A1, "email"), (A1, "")], A1),
        ([(A2, ""), (A2, "")], A2),
        ([(A1, "email"), (A1, "sms"), (A1, "post")], A2),
        ([(A2, ""), (A1, "email"), (A3, "")], A3),
    ],
)
def test_two_mailboxes_are_one_channel_and_two_sign_ins_are_no_proofed_identity(
    given: list[tuple[Assurance, str]], expected: Assurance
) -> None:
    """Cases 17 and 18: a second mailbox of the same reader shows nothing more."""
    assert ladder.reached(given) is expected


@pytest.mark.parametrize(
    ("right", "names"),
    [
        ("consent_withdrawal", {"newsletter", "recruitment"}),
        ("objection", {"security", "newsletter"}),
        ("access", {each.name for each in SAMPLE.activities}),
        ("complaint", {each.name for each in SAMPLE.activities}),
    ],
)
def test_a_right_touches_what_it_can_reach(right: str, names: set[str]) -> None:
    assert {each.name for each in ladder.touched_by(SAMPLE, right)} == names


def test_marketing_is_of_low_risk_and_all_else_ordinary_if_nothing_is_said() -> None:
    for marketing, risk in ((True, LOW), (False, ORDINARY)):
        made = Activity(**{**vars(SAMPLE.activity("orders")), "marketing": marketing, "risk": None})
        assert made.risk is risk
    assert {each.name: each.risk for each in SAMPLE.activities if each.risk is not ORDINARY} == {"newsletter": LOW}


#: What of each controller is not of ordinary risk, as its privacy officer would class it.
CLASSES = {
    "dewesoft": {LOW: "newsletter news_after_quote news_after_form web_analytics visitor_companies"},
    "eci": {LOW: "marketing_by_consent marketing_by_interest site_improvement"},
    "infosoft": {
        LOW: "customer_relations marketing newsletter site_activity web_statistics site_operation "
        "advertising_audiences campaign_tracking"
    },
    "softwerk": {LOW: "direct_marketing site_statistics", HIGH: "credit_checks employment"},
    "softmore": {LOW: "published_pictures site_visits free_services direct_marketing address_lists newsletter"},
}
#: Access, erasure, withdrawal: without doubt, and with it.
NEEDED = {
    "dewesoft": ((A2, A2, A1), (A3, A3, A1)),
    "eci": ((A2, A2, A1), (A3, A3, A1)),
    "infosoft": ((A1, A2, A1), (A2, A3, A1)),
    "softwerk": ((A3, A3, A1), (A3, A3, A1)),
    "softmore": ((A2, A2, A1), (A3, A3, A1)),
    "nordlunds-lampor": ((A2, A2, A1), (A3, A3, A1)),
}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_each_controllers_activities_are_classed_by_the_harm_they_could_do(name: str) -> None:
    found = {(each.name, each.risk) for each in CONTROLLERS[name].activities if each.risk is not ORDINARY}
    assert found == {(activity, risk) for risk, names in CLASSES[name].items() for activity in names.split()}


@pytest.mark.parametrize("profile", [*CONTROLLERS.values(), SAMPLE], ids=lambda profile: profile.name)
def test_each_controller_asks_for_what_its_data_calls_for(profile: Profile) -> None:
    asked = [
        tuple(ladder.needed(profile, [right], doubt=doubt) for right in ("access", "erasure", "consent_withdrawal"))
        for doubt in (False, True)
    ]
    assert tuple(asked) == NEEDED[profile.name]
