"""Which systems act, in which order, and what is left to a person."""

from dataclasses import replace

import pytest
from policies import SAMPLE, TODAY, activity, policy

from habeas.decisions import Facts, Measure, decide, erasure_order
from habeas.decisions.order import OPERATIONS
from habeas.profile import Profile
from habeas.vocabulary import LegalBasis, Operation, Right


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


def acting_on(right: Right, **operations: tuple[Operation, ...] | None):
    work = activity(LegalBasis.CONSENT)
    systems = tuple(
        replace(SAMPLE.systems[0], name=name, activities=("work",), operations=able, feeds=())
        for name, able in operations.items()
    )
    elsewhere = replace(SAMPLE.systems[0], name="elsewhere", activities=("other",), feeds=())
    profile = policy(work, activity(LegalBasis.CONSENT, name="other"), systems=(*systems, elsewhere))
    return decide(profile, right, Facts(TODAY)).decisions[0]


def test_a_system_acts_where_its_connector_can_and_a_person_does_the_rest() -> None:
    found = acting_on(
        Right.ERASURE,
        able=None,
        whole=(Operation.LOCATE, Operation.ERASE),
        blind=(Operation.ERASE,),
        reading=(Operation.LOCATE, Operation.EXPORT),
        paper=(),
    )
    assert found.systems == ("able", "whole")
    assert found.tasks == ("blind", "reading", "paper")


def test_an_export_and_a_stop_ask_for_other_operations() -> None:
    reading = {"reading": (Operation.EXPORT,), "locking": (Operation.RESTRICT,)}
    assert acting_on(Right.ACCESS, **reading).systems == ("reading",)
    assert acting_on(Right.CONSENT_WITHDRAWAL, **reading).systems == ("locking",)


def test_marketing_that_is_suppressed_need_not_be_locked_away() -> None:
    asked = activity(LegalBasis.CONSENT, marketing=True)
    mailing = replace(SAMPLE.systems[0], activities=("work",), operations=(Operation.SUPPRESS,), feeds=())
    [found] = decide(policy(asked, systems=(mailing,)), Right.OBJECTION, Facts(TODAY)).decisions
    assert (found.systems, found.tasks) == (("shop",), ())


def test_what_no_system_has_to_do_is_nobody_s_task() -> None:
    found = acting_on(Right.RECTIFICATION, paper=())
    assert found.measures == ()
    assert found.systems == found.tasks == ()


def test_every_measure_of_a_system_is_an_operation_of_connectors() -> None:
    by_people = {
        Measure.NOTICE_BEFORE_LIFTING,
        Measure.TELL_RECIPIENTS,
        Measure.FORWARD,
        Measure.DELIVER_ACCESS_FIRST,
        Measure.HUMAN_REVIEW,
        Measure.REDACT_THIRD_PERSONS,
    }
    assert set(OPERATIONS) == set(Measure) - by_people
