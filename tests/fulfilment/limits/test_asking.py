"""A program asks whether it may process somebody: fast, of its own controllers only, and never told yes by mistake."""

from typing import Any

import pytest
from click.testing import CliRunner
from fulfilment.limits.conftest import CONTROLLER, KEY, PORTAL, subject_key
from fulfilment.service.conftest import EMAIL
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from werkzeug.test import Client

from habeas.errors import Faults
from habeas.sdk.subject import fold_ascii
from habeas_fulfilment import commands
from habeas_fulfilment.models import ProgramKey, SubjectKeyMark
from habeas_fulfilment.permits import ask, read_question
from habeas_fulfilment.subject_keys import NoSubjectKey, SubjectKey

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
VALUES = st.text(min_size=1, max_size=40).filter(lambda text: text.strip() != "")
SECRETS = st.binary(min_size=32, max_size=32)


@given(SECRETS, NAMES, VALUES, NAMES, VALUES)
def test_two_identifiers_are_one_exactly_if_the_house_takes_them_for_one(secret, name, value, other, another) -> None:
    key = SubjectKey(secret, CONTROLLER)
    same = name == other and fold_ascii(value.strip()) == fold_ascii(another.strip())
    assert (key.of(name, value) == key.of(other, another)) is same
    assert (key.find_by(key.of(name, value)) == key.find_by(key.of(other, another))) is same


@given(SECRETS, NAMES, VALUES)
def test_a_look_alike_is_somebody_else(secret, name, value) -> None:
    key = SubjectKey(secret, CONTROLLER)
    assert key.of(name, value) != key.of(name, value.strip() + "\u0131")
    assert key.of(name, "stra\u00dfe") != key.of(name, "strasse")
    assert key.of(name, "K") == key.of(name, "k") != key.of(name, "\u212a")


@given(SECRETS, NAMES, VALUES, st.text(min_size=1, max_size=20))
def test_no_two_controllers_ever_share_a_key(secret, name, value, other) -> None:
    mine, theirs = SubjectKey(secret, CONTROLLER), SubjectKey(secret, f"{CONTROLLER}{other}")
    assert mine.find_by(mine.of(name, value)) != theirs.find_by(theirs.of(name, value))
    with pytest.raises(NoSubjectKey):
        theirs.find_by(mine.of(name, value))


@given(SECRETS, NAMES, VALUES)
def test_a_program_needs_nothing_but_what_is_documented(secret, name, value) -> None:
    key = SubjectKey(secret, CONTROLLER)
    assert subject_key(key.give(), name, value) == key.of(name, value)


def test_the_key_never_stands_where_it_is_printed() -> None:
    key = SubjectKey(b"s" * 32, CONTROLLER)
    assert "ssss" not in repr(key)
    assert key.give().partition(":")[2] not in repr(key)


@pytest.mark.parametrize("spelling", [EMAIL, EMAIL.upper(), f"  {EMAIL} "])
def test_a_person_is_found_in_every_spelling_that_is_theirs(small, spelling) -> None:
    small.desk.proved("objection")
    assert not small.may("newsletter", email=spelling)


@pytest.mark.parametrize("other", [f"x{EMAIL}", EMAIL.replace("anna", "anna+lamps"), EMAIL.replace("a", "а")])
def test_a_look_alike_is_not_stopped(small, other) -> None:
    small.desk.proved("objection")
    assert small.may("newsletter", email=other)


def test_several_identifiers_of_one_person_are_asked_about_at_once(small) -> None:
    small.desk.proved("objection")
    keys = [subject_key(small.given, "customer_number", "17"), subject_key(small.given, "email", EMAIL)]
    assert not small.may(subject=", ".join(keys))
    assert small.may(subject=keys[0])


BAD: dict[str, dict[str, Any]] = {
    "no key": {"key": ""},
    "an unknown key": {"key": "hs_other"},
    "another controller": {"controller": "sydlunds-lampor"},
    "no controller": {"controller": ""},
    "an unknown purpose": {"purpose": "newsletters"},
    "no purpose": {"purpose": ""},
    "an unknown basis": {"basis": "contracts"},
    "an unknown word": {"porpose": "newsletter"},
    "nobody": {"subject": ""},
    "a bare address": {"subject": EMAIL},
    "a short key": {"subject": "6b104ac7.ab"},
    "another key's digest": {"subject": "00000000." + "a" * 64},
    "too many": {"subject": ",".join(["6b104ac7." + "a" * 64] * 21)},
}


@pytest.mark.parametrize("name", BAD)
def test_whatever_is_not_a_whole_question_is_never_told_yes(small, name) -> None:
    answer = small.ask(**{"purpose": "newsletter", **BAD[name]})
    assert answer.status_code in (401, 422)
    assert "may" not in answer.json
    assert EMAIL not in answer.text


def test_a_database_that_does_not_answer_is_an_error_and_no_yes(small) -> None:
    from sqlalchemy.exc import OperationalError

    def fail(*_args: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    event.listen(small.desk.context.database.engine, "before_cursor_execute", fail)
    answer = small.ask()
    assert answer.status_code == 500
    assert "may" not in answer.json


def test_a_key_that_is_taken_away_is_denied_at_once(small) -> None:
    with small.desk.context.transaction() as tx:
        tx.session.delete(tx.session.get_one(ProgramKey, "newsletter"))
    assert small.ask().status_code == 401


def test_somebody_who_is_named_by_nothing_is_never_told_yes(small) -> None:
    asked = {"controller": CONTROLLER, "purpose": "newsletter"}
    question = read_question(small.desk.context, {CONTROLLER}, asked)
    with pytest.raises(Faults, match="no subject key"):
        ask(small.desk.context, question, [[]])


def test_a_key_for_another_controller_learns_nothing(small) -> None:
    """Case 30."""
    small.desk.proved("objection")
    small.add_program("elsewhere", "hs_elsewhere", controllers=["sydlunds-lampor"])
    small.add_program("nowhere", "hs_nowhere", controllers=[])
    for key in ("hs_elsewhere", "hs_nowhere"):
        answer = small.ask(key=key)
        assert answer.status_code == 422
        assert CONTROLLER not in answer.text.replace(f'"{CONTROLLER}"', "")


def test_nothing_of_the_person_stands_in_the_address_or_the_answer(small) -> None:
    small.desk.proved("objection")
    answer = small.ask()
    assert small.given.partition(":")[0] not in answer.request.url
    assert EMAIL not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def ask_many(small, people: Any, **changes: Any) -> Any:
    body = {"controller": CONTROLLER, "purpose": "newsletter", "people": people, **changes}
    return Client(small.desk.app).post(
        "/may-process", json=body, headers={"Authorization": f"Bearer {KEY}"}, base_url=PORTAL
    )


def test_a_thousand_people_are_answered_in_their_order(stops) -> None:
    stops.desk.proved("objection")
    people = [[subject_key(stops.given, "email", f"p{number}@example.com")] for number in range(1000)]
    people[617] = [subject_key(stops.given, "customer_number", "9"), subject_key(stops.given, "email", EMAIL)]
    answer = ask_many(stops, people)
    assert answer.status_code == 200
    assert [number for number, each in enumerate(answer.json["answers"]) if not each["may"]] == [617]
    assert len(answer.json["answers"]) == 1000


@pytest.mark.parametrize(
    "people",
    [None, [], {}, "x", [[]], [["a"] * 21], [[1]], ["a"], [["a.b"]], [["x"]] * 1001],
    ids=["none", "empty", "object", "text", "nobody", "too many keys", "number", "flat", "no key", "too many"],
)
def test_a_batch_that_is_not_whole_is_refused_whole(small, people) -> None:
    assert ask_many(small, people).status_code == 422


def test_a_batch_with_an_unknown_word_is_refused(small) -> None:
    assert ask_many(small, [[subject_key(small.given, "email", EMAIL)]], until="now").status_code == 422
    assert ask_many(small, [[subject_key(small.given, "email", EMAIL)]], purpose=["newsletter"]).status_code == 422


@pytest.fixture
def command(small, monkeypatch):
    """Run one of the commands against this fulfilment."""
    monkeypatch.setattr(commands, "_open", lambda: small.desk.context)

    def call(*words: str) -> Any:
        return CliRunner().invoke(commands.sender, words)

    return call


def test_a_program_gets_its_keys_once_and_asks_with_them(small, command) -> None:
    small.desk.proved("objection")
    told = command("add", "shop", "--controller", CONTROLLER)
    key, line = told.output.split("\n")[:2]
    controller, given = line.split(" ")
    assert (controller, given) == (CONTROLLER, small.given)
    assert small.ask(key=key).json["may"] is False
    with small.desk.context.reading() as tx:
        assert key not in [row.digest for row in tx.session.query(ProgramKey)]
    assert command("add", "shop", "--controller", CONTROLLER).exception is not None
    assert command("add", "other", "--controller", "nobody").exception is not None
    assert command("add", "other").exit_code == 2, "none named is none, not all"
    assert command("remove", "shop").exit_code == 0
    assert small.ask(key=key).status_code == 401
    assert command("remove", "shop").exception is not None


def test_fulfilment_does_not_start_with_a_key_that_finds_nobody(small) -> None:
    commands.check_subject_keys(small.desk.context)
    with small.desk.context.transaction() as tx:
        tx.session.get_one(SubjectKeyMark, CONTROLLER).mark = "00000000"
    with pytest.raises(Faults, match="subject key"):
        commands.check_subject_keys(small.desk.context)
