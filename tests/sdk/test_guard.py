"""Nothing leaves a connector that is not tied to the person."""

from collections.abc import Iterator, Sequence
from io import BytesIO

import pytest

from habeas.sdk import (
    Attachment,
    Channel,
    Decided,
    Deed,
    Done,
    Guard,
    NeedsPerson,
    Record,
    Refused,
    Subject,
)

ANN = Subject({"email": ("ann@example.com",), "customer_number": ("7",)})


def record(key: str = "1", kind: str = "orders", **matches: str) -> Record:
    return Record(kind, key, "sales", {}, matches or {"email": "ann@example.com"})


def test_records_of_the_person_pass() -> None:
    given = [record("1"), record("2", **{"customer_number > customer > orders": "7"})]
    assert list(Guard(ANN).records(given)) == given
    assert list(Guard(ANN).located(each.located() for each in given)) == [each.located() for each in given]


@pytest.mark.parametrize(
    "matches",
    [
        {"email": "bob@example.com"},
        {"email": "Ann@example.com"},
        {"email": ""},
        {"phone": "7"},
        {"email": "7"},
        {"customer > email": "ann@example.com"},
        {"email > customer": "ann@example.com"},
        {"email >  > orders": "ann@example.com"},
        {"": "7"},
        {"email": "ann@example.com", "customer_number": "8"},
    ],
)
def test_a_record_tied_to_what_is_not_proved_stops_the_order(matches: dict[str, str]) -> None:
    with pytest.raises(NeedsPerson):
        list(Guard(ANN).records([record(**matches)]))
    with pytest.raises(NeedsPerson):
        list(Guard(ANN).located([record(**matches).located()]))


def test_a_record_tied_to_nothing_stops_the_order() -> None:
    with pytest.raises(NeedsPerson):
        list(Guard(ANN).records([Record("orders", "1", "sales", {}, {})]))


def test_the_record_before_a_strangers_record_leaves_and_the_strangers_does_not() -> None:
    passed = []
    with pytest.raises(NeedsPerson):
        passed.extend(_into(passed, Guard(ANN).records([record("1"), record("2", email="bob@example.com")])))
    assert [each.key for each in passed] == ["1"]


def _into(passed: list[Record], records: Iterator[Record]) -> list[Record]:
    for each in records:
        passed.append(each)  # noqa: PERF402 -- what came before the exception has to be seen
    return []


def test_one_record_too_many_breaks_the_order() -> None:
    assert len(list(Guard(ANN, max_rows=2).records([record("1"), record("2")]))) == 2
    with pytest.raises(NeedsPerson, match="more than 2"):
        list(Guard(ANN, max_rows=2).records(record(str(key)) for key in range(3)))


@pytest.mark.parametrize("answer", ["text", None, record().located(), Record("", "1", "", {}, {}), record(key="")])
def test_an_answer_that_is_no_record_is_refused(answer: object) -> None:
    with pytest.raises(Refused):
        list(Guard(ANN).records([answer]))  # type: ignore[list-item]


def test_a_record_given_twice_is_refused() -> None:
    with pytest.raises(Refused, match="twice"):
        list(Guard(ANN).records([record(), record()]))


def test_two_attachments_of_one_id_are_refused() -> None:
    file = Attachment("1", "cv.pdf", "application/pdf", 0, BytesIO)
    twice = Record("orders", "1", "sales", {}, {"email": "ann@example.com"}, (file, file))
    with pytest.raises(Refused, match="attachments"):
        list(Guard(ANN).records([twice]))


def test_a_channel_has_to_belong_to_who_is_claimed() -> None:
    good = Channel("email", "ANN@example.com", {"email": "ANN@example.com", "customer_number": "9"})
    assert list(Guard(ANN).channels([good])) == [good]
    with pytest.raises(NeedsPerson):
        list(Guard(ANN).channels([Channel("email", "bob@example.com", {"email": "bob@example.com"})]))
    with pytest.raises(Refused):
        list(Guard(ANN).channels([Channel("email", "", {"customer_number": "7"})]))


SCOPE = (Decided("orders", "1", "d1", keep=False), Decided("orders", "2", "d2", keep=True, ground="tax"))


@pytest.mark.parametrize(
    ("deeds", "words"),
    [
        ([], "not accounted"),
        ([Done("orders", Deed.ERASED, 1)], "not accounted"),
        ([Done("orders", Deed.ERASED, 2)], "more records"),
        ([Done("orders", Deed.ANONYMISED, 1), Done("orders", Deed.ERASED, 1)], "more records"),
        ([Done("invoices", Deed.ERASED, 1)], "more records"),
    ],
)
def test_an_erasure_that_does_not_add_up_goes_to_a_person(deeds: Sequence[Done], words: str) -> None:
    with pytest.raises(NeedsPerson, match=words):
        list(Guard(ANN).done(deeds, SCOPE))


def test_an_erasure_that_accounts_for_its_scope_passes() -> None:
    deeds = [Done("orders", Deed.ERASED, 1), Done("orders", Deed.KEPT, 1), Done("logins", Deed.NEEDS_PERSON, 3)]
    assert list(Guard(ANN).done(deeds, SCOPE)) == deeds
    with pytest.raises(Refused):
        list(Guard(ANN).done([Done("orders", Deed.ERASED, -1)], SCOPE))
