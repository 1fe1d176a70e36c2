"""The facts of a case as a file: what a whole one says, and that whatever is wrong is told at once with its path."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.decisions import ActivityFacts, Facts, Ground, read_facts
from habeas.errors import Faults
from habeas.profile import Origin, StartEvent
from habeas.vocabulary import Right

WHOLE = {
    "today": "2026-11-25",
    "country": "SE",
    "grounds": ["accuracy_contested"],
    "together": ["access"],
    "scope": ["orders"],
    "corrected": {"email": ["a@post.example", "b@post.example"]},
    "activities": {
        "orders": {
            "dates": {"contract_end": "2026-01-31"},
            "records": {"invoices": ["2024-05-01", None], "notes": []},
            "holds_data": True,
            "consented": True,
            "contract_runs": False,
            "controller_claims": False,
            "overridden": False,
            "accurate": False,
            "solely_automated": True,
            "significant": True,
            "origin": ["provided", "observed"],
            "customer": "Alfa AB",
        }
    },
}
READ = Facts(
    today=date(2026, 11, 25),
    country="SE",
    grounds=(Ground.ACCURACY_CONTESTED,),
    together=(Right.ACCESS,),
    scope=("orders",),
    corrected={"email": ("a@post.example", "b@post.example")},
    activities={
        "orders": ActivityFacts(
            dates={StartEvent.CONTRACT_END: date(2026, 1, 31)},
            records={"invoices": (date(2024, 5, 1), None), "notes": ()},
            holds_data=True,
            consented=True,
            contract_runs=False,
            controller_claims=False,
            overridden=False,
            accurate=False,
            solely_automated=True,
            significant=True,
            origin=(Origin.PROVIDED, Origin.OBSERVED),
            customer="Alfa AB",
        )
    },
)


def faults_of(source) -> list[str]:
    with pytest.raises(Faults) as caught:
        read_facts(source)
    return [f"{each.where} {each.problem}" for each in caught.value.faults]


def orders(**facts):
    return {"today": "2026-11-25", "activities": {"orders": facts}}


def test_everything_that_can_be_said_is_read(tmp_path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(WHOLE), encoding="utf-8")
    assert read_facts(path) == read_facts(WHOLE) == READ


def test_what_is_left_out_is_not_known() -> None:
    assert read_facts({"today": "2026-11-25"}) == Facts(date(2026, 11, 25))
    assert read_facts(orders()).about("orders") == ActivityFacts()
    unknown = orders(holds_data=None, origin=None, customer=None, dates={"contract_end": None})
    assert read_facts({**unknown, "country": None}) == read_facts(orders())


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ({}, "today is missing"),
        ([], "the facts is not a mapping"),
        ({"today": "2026-11-25", "activites": {}}, "activites is not known here"),
        ({"today": "2026-02-30"}, "today is not a date"),
        ({"today": "20261125"}, "today is not a date"),
        ({"today": 2026}, "today is not a date"),
        ({"today": None}, "today is not a date"),
        ({"today": "2026-11-25", "country": "sv"}, "country is no country"),
        ({"today": "2026-11-25", "grounds": ["angry"]}, "grounds[1] is not one of the words"),
        ({"today": "2026-11-25", "together": "access"}, "together is not a list"),
        ({"today": "2026-11-25", "scope": [""]}, "scope[1] is no text"),
        ({"today": "2026-11-25", "activities": []}, "activities is not a mapping"),
        ({"today": "2026-11-25", "corrected": {"name": "new"}}, "corrected.name is not the old value and the new one"),
        (orders(dates={"contract_end": "soon"}), "activities.orders.dates.contract_end is not a date"),
        (orders(dates={"wedding": "2026-01-01"}), "activities.orders.dates.wedding is not one of the words"),
        (
            orders(dates={"record_date": "2026-01-01"}),
            "activities.orders.dates.record_date is a date of each record, not of the person",
        ),
        (orders(records={"invoices": ["2024-05-01", "x"]}), "activities.orders.records.invoices[2] is not a date"),
        (orders(records={"invoices": "2024-05-01"}), "activities.orders.records.invoices is not a list"),
        (orders(holds_data="yes"), "activities.orders.holds_data is neither true nor false"),
        (orders(overridden=0), "activities.orders.overridden is neither true nor false"),
        (orders(overriden=True), "activities.orders.overriden is not known here"),
        (orders(origin=["given"]), "activities.orders.origin[1] is not one of the words"),
        (orders(customer=" "), "activities.orders.customer is no text"),
    ],
)
def test_a_fault_is_told_with_its_path(source, fault) -> None:
    assert faults_of(source) == [fault]


def test_all_faults_are_told_at_once() -> None:
    wrong = {"today": "now", "scope": 1, "activities": {"orders": {"holds_data": 1, "dates": {"contract_end": 1}}}}
    assert len(faults_of(wrong)) == 4


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"today": ', "facts.json:1 is not JSON"),
        ("[" * 100_000, "facts.json is not JSON"),
        ('{"today": "2026-11-25", "today": "2026-11-26"}', "today is given twice"),
        (b"\xff", "facts.json is not JSON"),
    ],
)
def test_a_file_that_is_not_one_json_object_is_refused(tmp_path, content, fault) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert faults_of(path) == [fault]
    assert faults_of(tmp_path / "none.json") == ["none.json cannot be read"]


def test_a_fault_repeats_nothing_that_may_be_personal() -> None:
    with pytest.raises(Faults) as caught:
        read_facts({"today": "2026-11-25", "corrected": {"email": "astrid@post.example"}, "country": "Astrid"})
    assert "strid" not in caught.value.reason


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(WHOLE)), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_whatever_is_read_is_facts_or_faults(source) -> None:
    if isinstance(source, dict) and is_fine(source):
        return
    with pytest.raises(Faults) as caught:
        read_facts(source)
    assert caught.value.faults


def is_fine(source) -> bool:
    """Whether it is read; whatever is raised but faults flies."""
    try:
        return isinstance(read_facts(source), Facts)
    except Faults:
        return False
