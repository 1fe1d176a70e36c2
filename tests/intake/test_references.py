"""References survive being read aloud, and mistakes in them are noticed."""

from hypothesis import given
from hypothesis import strategies as st

from habeas_intake.references import ALPHABET, make_reference, read_reference


def test_a_reference_reads_back_however_it_is_written() -> None:
    reference = make_reference()
    assert read_reference(reference.lower().replace("-", " ")) == reference


def test_two_references_are_never_the_same() -> None:
    assert len({make_reference() for _ in range(5000)}) == 5000


@given(place=st.integers(2, 10), letter=st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_noticed(place: int, letter: str) -> None:
    reference = make_reference()
    if place == 6 or reference[place] == letter:
        return
    assert read_reference(reference[:place] + letter + reference[place + 1 :]) is None


@given(place=st.sampled_from([2, 3, 4, 7, 8]))
def test_two_letters_that_changed_places_are_noticed(place: int) -> None:
    reference = make_reference()
    first, second = reference[place], reference[place + 1]
    if first != second:
        assert read_reference(reference[:place] + second + first + reference[place + 2 :]) is None


@given(st.text(max_size=20))
def test_any_text_is_a_reference_or_is_not(text: str) -> None:
    found = read_reference(text)
    assert found is None or read_reference(found) == found
