"""Which stored address a code may go to: one, beyond doubt, and never the one that was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.identity.conftest import ANNA, LOOK_ALIKES

from habeas_identity.proofs.mailbox import MAILBOX
from habeas_identity.proofs.proof import Doubt, Identifiers, Match, Stored


def stored(value: str, kind: str = "email", **identifiers: str) -> Stored:
    return Stored(kind, value, {"email": value, **identifiers})


def match(claimed: Identifiers, *records: Stored) -> Match | Doubt | None:
    return MAILBOX.match(claimed, records, under="email")


@pytest.mark.parametrize("variant", LOOK_ALIKES)
def test_a_look_alike_is_another_address(variant: str) -> None:
    assert variant != ANNA
    assert match({"email": [variant]}, stored(ANNA)) is None


def test_there_are_more_than_forty_of_them() -> None:
    assert len(set(LOOK_ALIKES)) >= 40


@pytest.mark.parametrize("typed", ["Anna@example.com", "ANNA@EXAMPLE.COM", "anna@Example.Com"])
def test_the_code_goes_to_the_stored_spelling_whatever_case_was_typed(typed: str) -> None:
    assert match({"email": [typed]}, stored(ANNA)) == Match(ANNA, {"email": (ANNA,)})


def test_only_identifiers_that_were_claimed_and_are_stored_are_proved() -> None:
    found = match({"email": [ANNA], "phone": ["070"]}, stored(ANNA, customer_number="17"))
    assert found == Match(ANNA, {"email": (ANNA,)})
    found = match({"email": [ANNA], "customer_number": ["17"]}, stored(ANNA, customer_number="17"))
    assert found == Match(ANNA, {"email": (ANNA,), "customer_number": ("17",)})


def test_a_number_alone_reaches_the_mailbox_of_its_record() -> None:
    found = match({"customer_number": ["17"]}, stored(ANNA, customer_number="17"))
    assert found == Match(ANNA, {"email": (ANNA,), "customer_number": ("17",)})


def test_two_people_who_share_a_mailbox_are_for_a_person_to_tell_apart() -> None:
    shared = stored(ANNA, customer_number="17"), stored(ANNA, customer_number="18")
    assert isinstance(match({"email": [ANNA]}, *shared), Doubt)
    found = match({"email": [ANNA], "customer_number": ["18"]}, *shared)
    assert found == Match(ANNA, {"email": (ANNA,), "customer_number": ("18",)})


def test_one_person_in_two_tables_is_one_person() -> None:
    found = match({"email": [ANNA]}, stored(ANNA, customer_number="17"), stored(ANNA))
    assert found == Match(ANNA, {"email": (ANNA,)})


def test_two_mailboxes_are_for_a_person_to_choose_from() -> None:
    records = stored(ANNA, customer_number="17"), stored("eve@evil.example", customer_number="17")
    assert isinstance(match({"customer_number": ["17"]}, *records), Doubt)


def test_a_claim_that_the_record_contradicts_is_for_a_person() -> None:
    found = match({"email": ["new@example.org"], "customer_number": ["17"]}, stored(ANNA, customer_number="17"))
    assert isinstance(found, Doubt)


def test_a_second_address_of_the_record_is_where_the_code_goes() -> None:
    record = Stored("email", "work@example.com", {"login": ANNA, "email": "work@example.com"})
    found = match({"login": [ANNA]}, record)
    assert found == Match("work@example.com", {"email": ("work@example.com",), "login": (ANNA,)})


def test_what_is_no_mailbox_is_not_written_to() -> None:
    assert match({"email": [ANNA]}, Stored("sms", "+46700000000", {"email": ANNA})) is None
    assert match({"email": [ANNA]}) is None


_WORDS = st.sampled_from(["a@x.se", "b@x.se", "A@X.se", "c@y.se"])
_RECORDS = st.builds(
    lambda mailbox, number: stored(mailbox, **({"number": number} if number else {})),
    _WORDS,
    st.sampled_from(["", "1", "2"]),
)


@given(
    st.dictionaries(
        st.sampled_from(["email", "number"]),
        st.lists(_WORDS | st.sampled_from(["1", "2"]), min_size=1, max_size=2),
        min_size=1,
    ),
    st.lists(_RECORDS, max_size=4),
)
def test_a_match_is_always_a_stored_address_of_a_record_that_holds_what_was_claimed(
    claimed: dict[str, list[str]], records: list[Stored]
) -> None:
    found = match(claimed, *records)
    if isinstance(found, Match):
        assert found.address in {each.value for each in records}
        held = [each for each in records if each.value == found.address]
        folded = {name: {value.lower() for value in values} for name, values in claimed.items()}
        for name, values in found.proves.items():
            assert all(value in {each.identifiers.get(name) for each in held} for value in values)
            assert name == "email" or all(value.lower() in folded[name] for value in values)
