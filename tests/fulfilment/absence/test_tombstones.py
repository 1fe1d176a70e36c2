"""Tombstones: who was erased is recognised when they are imported, or when a backup brings them back."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from fulfilment.service.conftest import EMAIL, IDENTIFIERS
from sqlalchemy import delete, select

from habeas.errors import Faults, NeedsPerson, Refused
from habeas_fulfilment import tombstone_commands
from habeas_fulfilment.actions.looking import let_stay
from habeas_fulfilment.actions.replaying import Replayed, list_erased, replay_case, take_lines, told_lines
from habeas_fulfilment.actions.tombstones import find_tombstones
from habeas_fulfilment.guards import digest_of
from habeas_fulfilment.look_timers import forget_tombstones
from habeas_fulfilment.models import CaseFile, ProgramKey, Tombstone
from habeas_fulfilment.tombstone_file import add_lines, read_file
from habeas_fulfilment.tombstones import Where, secret_name, subject_key

CONTROLLER = "nordlunds-lampor"
KEY = "hs_importer"
PLACES = {("shop", "customer_account"), ("shop", "orders"), ("shop", "invoicing"), ("newsletter", "newsletter")}


@pytest.fixture
def buried(small, kept):
    """A person whose erasure was carried out and looked after."""
    case = small.erased()
    small.look(case, kept)
    small.case = case
    return small


def stones(desk):
    with desk.context.reading() as tx:
        return list(tx.session.scalars(select(Tombstone).order_by(Tombstone.number)))


def find(desk, *values, where=None):
    key = subject_key(desk.context.keys, CONTROLLER)
    with desk.context.reading() as tx:
        return find_tombstones(
            tx, desk.context.profiles[CONTROLLER], [key.of("email", value) for value in values], where
        )


def ask(desk, people, status=200, key=KEY, **more):
    with desk.context.transaction() as tx:
        if tx.session.get(ProgramKey, "importer") is None:
            row = ProgramKey(name="importer", digest=digest_of(KEY), added_at=tx.now, controllers=[CONTROLLER])
            row.holds = False
            tx.session.add(row)
    body = {"controller": CONTROLLER, "people": people, **more}
    answer = desk.app.test_client().post(
        "/import-check", json=body, base_url="http://127.0.0.1:8080", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == status, answer.text
    return answer.json


# Carving


def test_a_person_is_recognised_by_what_was_erased_where(buried):
    assert {(each.system, each.activity) for each in stones(buried)} == PLACES
    assert {each.erased_on for each in stones(buried)} == {"2026-11-23"}
    [found, nobody] = find(buried, EMAIL.upper(), "somebody.else@example.com")
    assert {(each.system, each.activity) for each in found} == PLACES
    assert nobody == []
    assert {each.system for each in find(buried, EMAIL, where=Where("newsletter", ""))[0]} == {"newsletter"}
    assert find(buried, EMAIL, where=Where("applications", ""))[0] == []


def test_an_erasure_that_let_nothing_go_carves_nothing(small):
    small.planned(held={"shop": [], "newsletter": [], "applications": []})
    assert stones(small) == []


def test_a_digest_tells_nothing_without_the_key_of_its_year(buried):
    key = subject_key(buried.context.keys, CONTROLLER)
    assert key.of("email", EMAIL).partition(".")[2] not in {each.digest for each in stones(buried)}
    assert buried.context.keys.holds_secret("fulfilment", secret_name(2026))


def test_the_list_of_a_year_is_forgotten_with_its_key(buried, tmp_path):
    copy = tmp_path / "copy"
    with buried.context.reading() as tx:
        add_lines(copy, told_lines(tx), buried.context.keys.signer("fulfilment"), buried.context.keys.directory())
    buried.clock.advance(timedelta(days=365 * 5))
    forget_tombstones(buried.context)
    assert find(buried, EMAIL)[0]
    buried.clock.advance(timedelta(days=60))
    forget_tombstones(buried.context)
    assert stones(buried) == []
    assert not buried.context.keys.holds_secret("fulfilment", secret_name(2026))
    with buried.context.transaction() as tx:
        assert take_lines(tx, read_file(copy, buried.context.keys.directory())) == 0, "no copy brings it back"


def test_a_lost_key_is_told_and_never_taken_for_nobody(buried):
    buried.context.keys.destroy_secret("fulfilment", secret_name(2026))
    with pytest.raises(NeedsPerson, match="the key of the tombstones of 2026 is lost"):
        find(buried, EMAIL)


# Importing


def test_an_import_is_answered_for_each_in_order_in_clear_or_by_subject_keys(buried):
    key = subject_key(buried.context.keys, CONTROLLER)
    people = [{"email": "new@example.com"}, {"email": [EMAIL]}, [key.of("email", EMAIL)], {"customer_number": "1"}]
    answers = ask(buried, people)["answers"]
    assert [each["may_import"] for each in answers] == [True, False, False, True]
    assert answers[1] == answers[2]
    assert {"case": "H-7K3M-9QXA", "erased_on": "2026-11-23", "system": "newsletter", "activity": "newsletter"} in (
        answers[1]["erasures"]
    )


def test_an_import_into_one_system_is_answered_for_that_one(buried):
    [told] = ask(buried, [{"email": EMAIL}], system="applications")["answers"]
    assert told["may_import"]
    [told] = ask(buried, [{"email": EMAIL}], system="shop", activity="orders")["answers"]
    assert [each["activity"] for each in told["erasures"]] == ["orders"]


@pytest.mark.parametrize(
    ("people", "more"),
    [
        ([], {}),
        ([{}], {}),
        ([{"email": ""}], {}),
        ([{"email": 7}], {}),
        ([{"Not a name": "a@example.com"}], {}),
        (["a@example.com"], {}),
        ([["00000000." + "0" * 64]], {}),
        ([["x"]], {}),
        ([{"email": "a@example.com"}] * 1001, {}),
        ([{"email": ["a@example.com"] * 21}], {}),
        ([{"email": "a@example.com"}], {"system": "moon"}),
        ([{"email": "a@example.com"}], {"activity": "moon"}),
        ([{"email": "a@example.com"}], {"controller": "another"}),
        ([{"email": "a@example.com"}], {"unheard": 1}),
    ],
)
def test_what_is_no_question_is_refused_by_field_and_nothing_of_it_is_repeated(small, people, more):
    told = ask(small, people, 422, **more)
    assert told["errors"]
    assert "a@example.com" not in json.dumps(told)


def test_nobody_asks_without_a_key(small):
    ask(small, [{"email": EMAIL}])
    ask(small, [{"email": EMAIL}], 401, key="hs_unknown")


def test_a_key_for_another_controller_learns_nothing_of_this_one(small):
    with small.context.transaction() as tx:
        key = ProgramKey(name="other", digest=digest_of("hs_other"), added_at=tx.now, controllers=["sydlunds-lampor"])
        key.holds = False
        tx.session.add(key)
    told = ask(small, [{"email": EMAIL}], 422, key="hs_other")
    assert [each["field"] for each in told["errors"]] == ["controller"]


def test_whoever_a_person_lets_stay_may_be_imported_there_again(buried):
    buried.next_look(buried.case, {"newsletter": [buried.located("subscribers", "8", "newsletter")]}, days=1)
    with buried.context.transaction() as tx:
        let_stay(tx, buried.case, "newsletter", "agent-1")
    assert ask(buried, [{"email": EMAIL}], system="newsletter")["answers"][0]["may_import"]
    assert not ask(buried, [{"email": EMAIL}], system="shop")["answers"][0]["may_import"]


# The copy


def export(desk, path):
    with desk.context.reading() as tx:
        return add_lines(path, told_lines(tx), desk.context.keys.signer("fulfilment"), desk.context.keys.directory())


def test_a_copy_only_grows_and_every_byte_of_it_is_sealed(buried, kept, tmp_path):
    copy = tmp_path / "copy"
    assert export(buried, copy) == 4
    before = copy.read_bytes()
    assert export(buried, copy) == 0
    assert copy.read_bytes() == before
    case = buried.erased()
    buried.look(case, kept)
    assert export(buried, copy) == 4
    assert copy.read_bytes().startswith(before)
    assert EMAIL.encode() not in copy.read_bytes()
    assert len(list(read_file(copy, buried.context.keys.directory()))) == 8


def test_a_copy_that_was_changed_anywhere_is_refused_and_not_added_to(buried, tmp_path, counts):
    copy, bad = tmp_path / "copy", tmp_path / "bad"
    export(buried, copy)
    data, tried = copy.read_bytes(), 0
    step = max(1, len(data) // counts(60, 2000))
    for place in range(0, len(data), step):
        for changed in (data[:place], data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]):
            bad.write_bytes(changed)
            with pytest.raises(Refused):
                list(read_file(bad, buried.context.keys.directory()))
            with pytest.raises(Refused):
                export(buried, bad)
            assert bad.read_bytes() == changed
            tried += 1
    assert tried >= 60


def test_lines_that_were_added_are_refused(buried, tmp_path):
    copy = tmp_path / "copy"
    export(buried, copy)
    first = copy.read_bytes().splitlines(keepends=True)[0]
    with copy.open("ab") as file:
        file.write(first)
    with pytest.raises(Refused, match="ends without a seal"):
        list(read_file(copy, buried.context.keys.directory()))


# After a restore


@pytest.fixture
def restored(buried, tmp_path):
    """A database that was put back to a state in which nothing of the erasure had happened, and the copy beside it."""
    copy = tmp_path / "copy"
    export(buried, copy)
    with buried.context.transaction() as tx:
        tx.session.execute(delete(Tombstone))
    buried.copy = copy
    return buried


def test_the_copy_brings_back_who_was_erased_after_the_backup(restored):
    assert find(restored, EMAIL)[0] == []
    with restored.context.transaction() as tx:
        assert take_lines(tx, read_file(restored.copy, restored.context.keys.directory())) == 4
    with restored.context.transaction() as tx:
        assert take_lines(tx, read_file(restored.copy, restored.context.keys.directory())) == 0
    assert len(find(restored, EMAIL)[0]) == 4


def test_a_restored_system_is_looked_at_while_it_is_known_whom_to_look_for(buried):
    with buried.context.reading() as tx:
        assert list_erased(tx, "2026-11-24") == []
        assert list_erased(tx, "2026-11-23", "applications") == []
        [(case, reference)] = list_erased(tx, "2026-11-23", "shop")
    assert (case, reference) == (buried.case, "H-7K3M-9QXA")
    with buried.context.transaction() as tx:
        assert replay_case(tx, case) is Replayed.LOOKED
    back = {"shop": [buried.located("orders", "1", "orders")]}
    buried.look(case, back)
    assert (0, "shop", "reappeared") in buried.seen(case)


def test_a_case_that_the_restored_database_does_not_know_is_only_recognised(restored):
    with restored.context.transaction() as tx:
        assert replay_case(tx, "00000000-0000-4000-8000-000000000000") is Replayed.RECOGNISED


def test_an_older_database_with_the_copy_gives_erase_work_for_whoever_was_erased_since(small, kept, tmp_path):
    """The whole way: a backup is taken, somebody is erased, the backup is restored; then their erasure goes on."""
    case = small.planned()
    backup = tmp_path / "backup.db"
    place = str(small.context.database.engine.url.database)
    with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.cool_off()
    small.erase(case)
    small.look(case, kept)
    copy = tmp_path / "copy"
    export(small, copy)

    small.context.database.close()
    for tail in ("-wal", "-shm"):
        Path(place + tail).unlink(missing_ok=True)
    shutil.copy(backup, place)
    assert stones(small) == []
    with small.context.transaction() as tx:
        take_lines(tx, read_file(copy, small.context.keys.directory()))
    assert len(find(small, EMAIL)[0]) == 4
    with small.context.transaction() as tx:
        replayed = [replay_case(tx, case) for case, _ in list_erased(tx, "2026-11-22")]
    assert replayed == [Replayed.UNDER_WAY]
    assert small.plan(case).state == "frozen", "its plan waits to be approved once more"
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.cool_off()
    assert small.orders(case, "erase")


def test_a_plan_that_was_called_back_before_the_backup_is_made_again(small):
    case = small.planned()
    with small.context.transaction() as tx:
        from habeas_fulfilment.models import Plan

        tx.session.get_one(Plan, (case, 1)).state = "replaced"
    with small.context.transaction() as tx:
        assert replay_case(tx, case) is Replayed.SEARCHED
    small.pass_over(case)
    assert len(small.orders(case, "locate")) == 6


def test_after_the_last_look_a_person_is_only_recognised(buried, kept):
    for days in (1, 6, 23):
        buried.next_look(buried.case, kept, days=days)
    from habeas_fulfilment.look_timers import go_on_looking

    go_on_looking(buried.context)
    with buried.context.transaction() as tx:
        assert tx.session.get_one(CaseFile, buried.case).identifiers
        assert replay_case(tx, buried.case) is Replayed.RECOGNISED


# The commands


@pytest.fixture
def run(buried, monkeypatch):
    """Run `habeas tombstones` against this fulfilment."""
    monkeypatch.setattr(tombstone_commands, "_open", lambda: buried.context)

    def call(*arguments, code=0, text=None):
        done = CliRunner().invoke(tombstone_commands.tombstones, list(arguments), input=text)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    return call


def test_the_commands_export_import_and_replay(run, buried, tmp_path):
    copy = str(tmp_path / "nightly")
    assert run("export", copy) == "4 added to nightly\n"
    assert run("import", copy) == "0 taken from nightly\n"
    assert "nobody was erased" in run("replay", "--since", "2027-01-01")
    assert "searched again now" in run("replay", "--since", "2026-11-23", "--system", "shop")
    assert len(buried.orders(buried.case, "locate")) == 9
    with buried.context.transaction() as tx:
        for each in tx.session.scalars(select(Tombstone)):
            each.case_id = "00000000-0000-4000-8000-000000000000"
    assert "habeas tombstones sweep" in run("replay", "--since", "2026-11-23", code=4)


def test_a_sweep_finds_whoever_was_erased_among_a_system_s_values_and_prints_no_value(run):
    values = "".join(f"person{number}@example.com\n" for number in range(1200))
    printed = run("sweep", CONTROLLER, "email", "-", code=1, text=f"{values}{EMAIL}\n\n{values}")
    assert printed == "line 1201  H-7K3M-9QXA  erased on 2026-11-23\n"
    assert run("sweep", CONTROLLER, "email", "-", text=values) == ""
    assert run("sweep", CONTROLLER, "email", "-", "--system", "applications", text=EMAIL) == ""


def test_a_sweep_of_an_unknown_controller_says_which_there_are(run):
    done = CliRunner().invoke(tombstone_commands.tombstones, ["sweep", "moon", "email", "-"], input="")
    assert isinstance(done.exception, Faults)
    assert CONTROLLER in str(done.exception)


def test_the_salt_is_no_identifier(buried):
    assert IDENTIFIERS
    assert len(stones(buried)) == len(PLACES), "one for the address, none for the salt"
