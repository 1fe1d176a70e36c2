"""What stops and what is ordered for it, by the profile alone."""

from dataclasses import replace
from pathlib import Path

import pytest
from policies import SAMPLE, TODAY, activity, policy

from habeas.profile import Role, load_profiles
from habeas.vocabulary import LegalBasis, Operation, Right
from habeas_fulfilment.limits import LIMITING, Kind, find_stops, share_out

ROOT = Path(__file__).parents[3]
PROFILES = load_profiles(ROOT / "examples/profiles")
CONSENT, CONTRACT, INTERESTS = LegalBasis.CONSENT, LegalBasis.CONTRACT, LegalBasis.LEGITIMATE_INTERESTS


def stops(profile, *rights):
    return find_stops(profile, [right.value for right in rights], TODAY)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("right", LIMITING)
def test_in_every_policy_nothing_stops_that_is_a_customers(name, right) -> None:
    profile = PROFILES[name]
    found = stops(profile, right)
    assert found or right is not Right.RESTRICTION
    assert not [each for each in found if profile.activity(each.activity).role is Role.PROCESSOR]


@pytest.mark.parametrize("name", PROFILES)
def test_in_every_policy_an_objection_stops_all_marketing_for_good(name) -> None:
    profile = PROFILES[name]
    found = {each.activity: each for each in stops(profile, Right.OBJECTION)}
    for each in profile.activities:
        if each.marketing and each.role is Role.CONTROLLER:
            assert (found[each.name].pending, found[each.name].operation) == (False, Operation.SUPPRESS)


def test_a_restriction_waits_for_a_persons_look_and_stops_everything_meanwhile() -> None:
    found = stops(SAMPLE, Right.RESTRICTION)
    assert [each.activity for each in found] == [each.name for each in SAMPLE.activities]
    assert {(each.kind, each.pending, each.operation) for each in found} == {
        (Kind.RESTRICTION, True, Operation.RESTRICT)
    }


def test_only_what_rests_on_consent_stops_where_another_basis_remains() -> None:
    [found] = stops(policy(activity(CONSENT, CONTRACT)), Right.CONSENT_WITHDRAWAL)
    assert (found.bases, found.operation, found.pending) == ((CONSENT,), None, False)


def test_an_objection_to_a_contract_stops_nothing() -> None:
    assert stops(policy(activity(CONTRACT)), Right.OBJECTION) == ()


def test_rights_that_stop_nothing_stop_nothing() -> None:
    assert stops(SAMPLE, *(right for right in Right if right not in LIMITING)) == ()


def test_a_system_is_restricted_only_where_all_that_it_serves_is_stopped() -> None:
    one, two = replace(activity(INTERESTS), name="one"), replace(activity(INTERESTS), name="two")
    system = replace(SAMPLE.system("shop"), activities=("one", "two"), feeds=())
    profile = policy(one, two, systems=(system,))
    part, whole = [("one", "restrict")], [("one", "restrict"), ("two", "restrict")]
    assert share_out(profile, part).orders == frozenset()
    assert share_out(profile, part).by_hand == {("shop", Operation.RESTRICT)}
    assert share_out(profile, whole).orders == {("shop", Operation.RESTRICT)}
    assert share_out(profile, whole).by_hand == frozenset()


def test_marketing_is_suppressed_wherever_it_is_done() -> None:
    assert share_out(SAMPLE, [("newsletter", "suppress")]).orders == {("newsletter", Operation.SUPPRESS)}


def test_what_no_system_can_tell_apart_is_a_persons_to_see_to() -> None:
    work = share_out(SAMPLE, [("recruitment", "")])
    assert (work.orders, work.by_hand) == (frozenset(), {("applications", Operation.RESTRICT)})
