"""What a look says of a system: the rules alone, on every way in which a record can be there or not."""

import itertools
from dataclasses import replace

import pytest

from habeas.sdk import Decided, Located
from habeas_fulfilment.absence import Absence, Erased, Name, compare, is_proved, unverifiable

ERASED = Erased().then(
    (
        Decided("orders", "1", "d1", keep=False),
        Decided("orders", "2", "d2", keep=False),
        Decided("customers", "7", "d7", keep=False),
        Decided("invoices", "9", "d9", keep=True, ground="a law"),
    ),
    went=True,
)
ALL = frozenset({Name("orders", "1"), Name("orders", "2"), Name("customers", "7")})
NONE: frozenset[Name] = frozenset()


def there(kind: str, key: str, digest: str) -> Located:
    return Located(kind, key, "orders", digest, None, {"email": "a@example.com"})


def outcome(located, earlier=(), erased=ERASED):
    return compare(erased, located, earlier).outcome


def test_a_system_that_holds_nothing_or_only_what_was_kept_is_clean():
    assert outcome([]) is Absence.ABSENT
    assert outcome([there("invoices", "9", "d9")]) is Absence.ABSENT
    assert outcome([there("invoices", "9", "changed since")]) is Absence.ABSENT


def test_what_nobody_can_read_is_neither_gone_nor_there():
    presumed = replace(there("visitor", "v", "d"), presumed=True)
    assert outcome([presumed]) is Absence.UNVERIFIABLE
    assert outcome([presumed, there("orders", "1", "d1")]) is Absence.RESIDUAL
    assert compare(ERASED, [presumed, there("orders", "1", "d1")]).counts() == {"residual": 1}


def test_what_never_went_is_residual_at_every_look():
    same = there("orders", "1", "d1")
    assert outcome([same]) is Absence.RESIDUAL
    assert outcome([same], [ALL]) is Absence.RESIDUAL
    assert outcome([same], [ALL, frozenset({Name("orders", "1")})]) is Absence.RESIDUAL


def test_what_was_gone_at_an_earlier_look_has_reappeared():
    same = there("orders", "1", "d1")
    assert outcome([same], [NONE]) is Absence.REAPPEARED
    assert outcome([same], [ALL, NONE, ALL]) is Absence.REAPPEARED


def test_the_same_key_with_other_content_and_a_new_record_are_for_a_person():
    assert outcome([there("orders", "1", "other")]) is Absence.REAPPEARED
    assert outcome([there("orders", "3", "d3")]) is Absence.REAPPEARED


def test_what_was_to_be_anonymous_and_is_found_by_the_person_never_went():
    anonymised = Erased(ERASED.gone, ERASED.known, frozenset({"customers"}))
    left = there("customers", "7", "other, as the name is gone")
    assert outcome([left], erased=anonymised) is Absence.RESIDUAL
    assert outcome([left]) is Absence.REAPPEARED


def test_one_residue_makes_the_system_residual_whatever_else_came():
    seen = compare(ERASED, [there("orders", "3", "d3"), there("orders", "1", "d1")])
    assert seen.outcome is Absence.RESIDUAL
    assert seen.counts() == {"reappeared": 1, "residual": 1}


def test_what_a_person_lets_stay_is_no_residue_any_more():
    known = ERASED.with_known([Name("orders", "3")])
    assert outcome([there("orders", "3", "d3")], erased=known) is Absence.ABSENT
    assert outcome([there("orders", "1", "d1")], erased=known) is Absence.RESIDUAL


def test_what_was_not_carried_out_is_no_residue():
    failed = Erased().then((Decided("orders", "1", "d1", keep=False),), went=False)
    assert outcome([there("orders", "1", "d1")], erased=failed) is Absence.ABSENT


def test_a_later_plan_has_the_last_word_about_a_record():
    again = ERASED.then((Decided("orders", "1", "new", keep=False), Decided("orders", "2", "d2", keep=True)), went=True)
    assert outcome([there("orders", "1", "new")], erased=again) is Absence.RESIDUAL
    assert outcome([there("orders", "2", "d2")], erased=again) is Absence.ABSENT


def test_a_kind_is_proved_gone_only_where_we_looked_and_found_none_of_it():
    seen = compare(ERASED, [there("orders", "1", "d1")])
    assert not is_proved(seen, "orders")
    assert is_proved(seen, "customers")
    assert not is_proved(unverifiable("away"), "customers")
    assert not is_proved(None, "customers")


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_nothing_that_is_there_is_ever_absent(looks):
    """Every record, in every state, after every history: an outcome other than absent, but for what may stay."""
    tried = 0
    histories = list(itertools.product((ALL, NONE), repeat=looks - 1))
    for kind, key, digest in itertools.product(("orders", "customers", "new"), "1279", ("d1", "d7", "x")):
        for history in histories:
            assert outcome([there(kind, key, digest)], history) is not Absence.ABSENT
            tried += 1
    assert tried == 36 * len(histories)
