"""Which stored address a code may go to: one, beyond doubt, and never the one that was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.identity.conftest import ANNA, LOOK_ALIKES

from habeas_identity.matching import SHARED, Doubt, Identifiers, Match, Stored, agrees, is_shared, second
from habeas_identity.matching import match as match_under


def stored(value: str, kind: str = "email", **identifiers: str) -> Stored:
    return Stored(kind, value, {"email": value, **identifiers})


def match(claimed: Identifiers, *records: Stored) -> Match | Doubt | None:
    return match_under(claimed, records, under="email", shared=("kassan",))


def mailbox(address: str, proves: dict[str, tuple[str, ...]]) -> Match:
    return Match({"email": address}, proves)


def phone(value: str, **identifiers: str) -> Stored:
    return Stored("sms", value, identifiers)


@pytest.mark.parametrize("variant", LOOK_ALIKES)
def test_a_look_alike_is_another_address(variant: str) -> None:
    assert variant != ANNA
    assert match({"email": [variant]}, stored(ANNA)) is None


def test_there_are_more_than_forty_of_them() -> None:
    assert len(set(LOOK_ALIKES)) >= 40


@pytest.mark.parametrize("typed", ["Anna@example.com", "ANNA@EXAMPLE.COM", "anna@Example.Com"])
def test_the_code_goes_to_the_stored_spelling_whatever_case_was_typed(typed: str) -> None:
    assert match({"email": [typed]}, stored(ANNA)) == mailbox(ANNA, {"email": (ANNA,)})


def test_only_identifiers_that_were_claimed_and_are_stored_are_proved() -> None:
    found = match({"email": [ANNA], "phone": ["070"]}, stored(ANNA, customer_number="17"))
    assert found == mailbox(ANNA, {"email": (ANNA,)})
    found = match({"email": [ANNA], "customer_number": ["17"]}, stored(ANNA, customer_number="17"))
    assert found == mailbox(ANNA, {"email": (ANNA,), "customer_number": ("17",)})


def test_a_number_alone_reaches_the_mailbox_of_its_record() -> None:
    found = match({"customer_number": ["17"]}, stored(ANNA, customer_number="17"))
    assert found == mailbox(ANNA, {"email": (ANNA,), "customer_number": ("17",)})


def test_two_people_who_share_a_mailbox_are_for_a_person_to_tell_apart() -> None:
    """Case 18."""
    shared = stored(ANNA, customer_number="17"), stored(ANNA, customer_number="18")
    assert isinstance(match({"email": [ANNA]}, *shared), Doubt)
    found = match({"email": [ANNA], "customer_number": ["18"]}, *shared)
    assert found == mailbox(ANNA, {"email": (ANNA,), "customer_number": ("18",)})


def test_one_person_in_two_tables_is_one_person() -> None:
    found = match({"email": [ANNA]}, stored(ANNA, customer_number="17"), stored(ANNA))
    assert found == mailbox(ANNA, {"email": (ANNA,)})


def test_two_mailboxes_are_for_a_person_to_choose_from() -> None:
    records = stored(ANNA, customer_number="17"), stored("eve@evil.example", customer_number="17")
    assert isinstance(match({"customer_number": ["17"]}, *records), Doubt)


def test_a_claim_that_the_record_contradicts_is_for_a_person() -> None:
    found = match({"email": ["new@example.org"], "customer_number": ["17"]}, stored(ANNA, customer_number="17"))
    assert isinstance(found, Doubt)


def test_a_second_address_of_the_record_is_where_the_code_goes() -> None:
    record = Stored("email", "work@example.com", {"login": ANNA, "email": "work@example.com"})
    found = match({"login": [ANNA]}, record)
    assert found == mailbox("work@example.com", {"email": ("work@example.com",), "login": (ANNA,)})


def test_what_is_neither_mailbox_nor_phone_is_not_written_to() -> None:
    assert match({"email": [ANNA]}, Stored("post", "Storgatan 1", {"email": ANNA})) is None
    assert match({"email": [ANNA]}) is None


def test_the_phone_of_the_same_record_is_a_second_channel() -> None:
    found = match({"email": [ANNA]}, stored(ANNA, customer_number="17"), phone("070", email=ANNA, customer_number="17"))
    assert found == Match({"email": ANNA, "sms": "070"}, {"email": (ANNA,)})


def test_of_two_phones_neither_is_called() -> None:
    found = match({"email": [ANNA]}, stored(ANNA), phone("070", email=ANNA), phone("073", email=ANNA))
    assert found == mailbox(ANNA, {"email": (ANNA,)})


def test_the_phone_of_another_person_is_none_of_theirs() -> None:
    """Case 18: two people behind one mailbox."""
    records = stored(ANNA, customer_number="17"), phone("070", email=ANNA, customer_number="18")
    assert isinstance(match({"email": [ANNA]}, *records), Doubt)
    found = match({"email": [ANNA], "customer_number": ["17"]}, *records)
    assert found == mailbox(ANNA, {"email": (ANNA,), "customer_number": ("17",)})


@pytest.mark.parametrize(
    "shared", ["info@example.com", "INFO@example.com", "sales@x.se", "noreply@x.se", "kassan@x.se"]
)
def test_a_mailbox_that_several_people_read_is_for_a_person(shared: str) -> None:
    """Case 17: whoever else reads it would get the answer."""
    assert match({"email": [shared]}, stored(shared)) == SHARED


@pytest.mark.parametrize("own", ["infomaria@example.com", "anna.sales@example.com", "inform@x.se"])
def test_a_mailbox_whose_name_only_begins_so_is_one_persons(own: str) -> None:
    assert not is_shared(own)


def test_another_system_adds_a_phone_only_by_what_is_proved() -> None:
    proved = {"email": [ANNA], "customer_number": ["17"]}
    assert second(proved, [phone("070", customer_number="17")], "sms", under="email") == "070"
    assert second(proved, [phone("070", customer_number="18", email=ANNA)], "sms", under="email") is None
    assert second(proved, [phone("070", name="Anna")], "sms", under="email") is None
    assert second(proved, [phone("070", email=ANNA), phone("073", email=ANNA)], "sms", under="email") is None


def test_what_another_party_vouches_for_has_to_fit_the_claim() -> None:
    assert agrees({"email": [ANNA]}, {"email": "Anna@example.com", "customer_number": "17"})
    assert not agrees({"email": [ANNA]}, {"customer_number": "17"})
    assert not agrees({"email": [ANNA], "customer_number": ["18"]}, {"email": ANNA, "customer_number": "17"})


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
        assert found.addresses["email"] in {each.value for each in records}
        held = [each for each in records if each.value == found.addresses["email"]]
        folded = {name: {value.lower() for value in values} for name, values in claimed.items()}
        for name, values in found.proves.items():
            assert all(value in {each.identifiers.get(name) for each in held} for value in values)
            assert name == "email" or all(value.lower() in folded[name] for value in values)
