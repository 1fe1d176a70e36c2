"""A subject that could mean everybody never comes to be."""

import pytest

from habeas.sdk import Faults, Subject, fold_ascii


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "\t", "%", "_", "*", "?", "__", "%%", "*@*", "%@%", "_@_", "%@example.com", "*@example.com",
        "@example.com", "a@", "a%", "ann*@example.com", ".", "-", "...", "'", "''", "NULL", "null", "None", "undefined",
        "n/a", "0", "000", "0@0", "-0-", " ann@example.com", "ann@example.com ", "ann@example.com\n", "a\x00b",
        "a\u200bb", "a\u202eb", "x" * 321,
    ],
)  # fmt: skip
def test_an_empty_wildcard_or_over_broad_value_is_refused(value: str) -> None:
    with pytest.raises(Faults) as caught:
        Subject({"email": (value,)})
    assert [fault.where for fault in caught.value.faults] == ["identifiers.email"]


@pytest.mark.parametrize(
    "identifiers",
    [{}, {"email": ()}, {"email": "ann@example.com"}, {"E-Mail": ("a",)}, {"": ("a",)}, {"email": (None,)},
     {"email": (7,)}, {"email": tuple(f"a{i}" for i in range(21))}, {f"n{i}": ("a",) for i in range(21)}],
)  # fmt: skip
def test_a_subject_of_bad_form_is_refused(identifiers: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(Faults):
        Subject(identifiers)


def test_every_fault_is_named_at_once_and_no_value_is_shown() -> None:
    with pytest.raises(Faults) as caught:
        Subject({"email": ("ann%secret",), "phone": ("",)})
    assert len(caught.value.faults) == 2
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["ann_b@example.com", "o'hara@example.com", "7", "10", "+49 30 123", "Å", "王@example.com"]
)
def test_a_real_identifier_is_taken_as_it_is(value: str) -> None:
    assert Subject({"email": (value, value)}).values("email") == (value,)


def test_a_subject_shows_nothing_and_does_not_change() -> None:
    subject = Subject({"email": ("ann@example.com",)})
    assert "ann" not in repr(subject)
    with pytest.raises(TypeError):
        subject.identifiers["email"] = ()  # type: ignore[index]
    assert subject.values("phone") == ()
    assert len({subject, Subject({"email": ("ann@example.com",)})}) == 1


def test_only_ascii_is_folded() -> None:
    assert fold_ascii("ANN@Example.COM") == "ann@example.com"
    assert fold_ascii("\u212aÅIſ") == "\u212aÅiſ"
