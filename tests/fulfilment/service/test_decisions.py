"""The rules of a plan: what goes, what stays, in which waves."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.profile import Role, load_profile
from habeas.sdk import Located
from habeas_fulfilment.decisions import Fate, decide, waves

PROFILE = load_profile(Path(__file__).parents[3] / "examples/sample-company/profile.yaml")
TODAY = date(2026, 11, 22)


def changed(name, **changes):
    activities = (replace(each, **changes) if each.name == name else each for each in PROFILE.activities)
    return replace(PROFILE, activities=tuple(activities))


def found(kind, activity, dated=date(2024, 5, 1), key="1"):
    return Located(kind, key, activity, "d" * 64, dated)


@pytest.mark.parametrize(
    ("activity", "dated", "fate", "until"),
    [
        ("customer_account", date(2024, 5, 1), Fate.ERASE, None),
        ("customer_account", None, Fate.ERASE, None),
        ("invoicing", date(2024, 5, 1), Fate.KEEP, date(2031, 12, 31)),
        ("invoicing", date(2019, 12, 31), Fate.KEEP, date(2026, 12, 31)),
        ("invoicing", date(2018, 12, 31), Fate.ERASE, None),
        ("invoicing", None, Fate.PERSON, None),
        ("unheard_of", date(2024, 5, 1), Fate.PERSON, None),
        ("newsletter", date(2024, 5, 1), Fate.PERSON, None),
    ],
)
def test_each_record_of_the_shop_is_decided_by_its_activity_and_date(activity, dated, fate, until):
    draft = decide(PROFILE, {"shop": [found("x", activity, dated)]}, TODAY, "en")
    assert [(line.fate, line.until, line.count) for line in draft.lines] == [(fate, until, 1)]
    [decided] = draft.decided["shop"]
    assert decided.keep is (fate is not Fate.ERASE)


def test_what_is_held_for_a_customer_stays_for_a_person():
    draft = decide(changed("newsletter", role=Role.PROCESSOR), {"newsletter": [found("x", "newsletter")]}, TODAY, "en")
    assert [line.fate for line in draft.lines] == [Fate.PERSON]


def test_a_contract_whose_end_nobody_knows_stays_for_a_person():
    period = replace(PROFILE.activity("orders").retention, on_request=False)
    draft = decide(changed("orders", retention=period), {"shop": [found("x", "orders")]}, TODAY, "sv")
    [line] = draft.lines
    assert (line.fate, line.law) == (Fate.PERSON, "17(1)(a)")
    assert line.ground.endswith(period.words.in_("sv"))
    assert draft.decided["shop"][0].keep


def test_what_a_law_keeps_tells_its_ground_and_its_law():
    [line] = decide(PROFILE, {"shop": [found("x", "invoicing")]}, TODAY, "en").lines
    assert line.ground == "The invoice is accounting information that the company has to preserve."
    assert line.law == "Bokföringslagen (1999:1078) 7 kap. 2 § 17(3)(b)"


@pytest.mark.parametrize(("activity", "dated"), [("unheard_of", TODAY), ("newsletter", TODAY), ("invoicing", None)])
def test_what_a_person_has_to_look_at_says_why_in_the_language_of_the_case(activity, dated):
    told = [decide(PROFILE, {"shop": [found("x", activity, dated)]}, TODAY, each).lines[0] for each in ("sv", "en")]
    assert {line.fate for line in told} == {Fate.PERSON}
    assert told[0].ground != told[1].ground


def test_the_ground_is_written_in_the_persons_language():
    grounds = {
        decide(PROFILE, {"shop": [found("x", "invoicing")]}, TODAY, language).lines[0].ground
        for language in ("en", "sv")
    }
    assert len(grounds) == 2


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["shop", "newsletter", "applications"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from([*(each.name for each in PROFILE.activities), "unheard_of"]),
        st.none() | st.dates(date(2000, 1, 1), date(2026, 12, 31)),
        st.text(max_size=5),
    ),
    unique_by=lambda each: (each[0], each[1], each[4]),
)


@given(RECORDS)
def test_every_record_is_decided_once_and_the_order_of_arrival_means_nothing(records):
    def draft(given):
        located = {}
        for system, kind, activity, dated, key in given:
            located.setdefault(system, []).append(found(kind, activity, dated, key))
        return decide(PROFILE, located, TODAY, "en")

    there, back = draft(records), draft(records[::-1])
    assert there == back
    assert sum(there.counts().values()) == len(records)
    assert there.counts()["erase"] == sum(not each.keep for each in sum(there.decided.values(), ()))
    assert all(each.ground for each in sum(there.decided.values(), ()) if each.keep)


def with_feeds(**feeds):
    systems = tuple(
        type(system)(**{**system.__dict__, "feeds": tuple(feeds.get(system.name, ()))}) for system in PROFILE.systems
    )
    return type(PROFILE)(**{**PROFILE.__dict__, "systems": systems})


NAMES = ("shop", "newsletter", "applications")


@pytest.mark.parametrize(
    ("feeds", "expected"),
    [
        ({}, (NAMES,)),
        ({"shop": ["newsletter"]}, (("shop", "applications"), ("newsletter",))),
        ({"applications": ["shop"], "shop": ["newsletter"]}, (("applications",), ("shop",), ("newsletter",))),
    ],
)
def test_whoever_fills_a_system_is_erased_in_an_earlier_wave(feeds, expected):
    found_waves = waves(with_feeds(**feeds), NAMES)
    assert tuple(map(frozenset, found_waves)) == tuple(map(frozenset, expected))


def test_systems_that_fill_each_other_still_have_an_order():
    found_waves = waves(with_feeds(shop=["newsletter"], newsletter=["shop"]), NAMES)
    assert sorted(name for wave in found_waves for name in wave) == sorted(NAMES)


def test_a_system_with_nothing_to_erase_is_in_no_wave():
    assert waves(with_feeds(shop=["newsletter"]), ["newsletter"]) == (("newsletter",),)
