"""A Maildir is searched wherever its messages lie and however they move, and nothing in it is passed over."""

import os
import time
from pathlib import Path

import pytest
from connectors.mail_letters import LETTERS, PERSON, connect, export, numbers, write_maildir

from habeas.sdk import Decided, Deed, Done, NeedsPerson, TryLater

MAILDIR: dict[str, object] = {"maildir": ["box"]}


def place(here: Path, room: str, name: str = "1741000000.M1.host", number: int = 1) -> Path:
    """A message in a room of the Maildir."""
    for each in ("cur", "new", "tmp"):
        (here / "box" / each).mkdir(parents=True, exist_ok=True)
    path = here / "box" / room / name
    path.write_bytes(LETTERS[number])
    return path


def test_folders_inside_of_folders_are_searched(tmp_path: Path) -> None:
    write_maildir(tmp_path / "box", [LETTERS[1]])
    write_maildir(tmp_path / "box" / ".Archive.2024", [LETTERS[2]])
    write_maildir(tmp_path / "box" / "Inner" / "Deep", [LETTERS[3]])
    assert numbers(export(tmp_path, **MAILDIR)) == [1, 2, 3]


def test_a_message_is_the_same_record_before_and_after_it_was_read(tmp_path: Path) -> None:
    path = place(tmp_path, "new")
    (before,) = export(tmp_path, **MAILDIR)
    path.rename(tmp_path / "box" / "cur" / f"{path.name}:2,FRS")
    (after,) = export(tmp_path, **MAILDIR)
    assert (before.key, before.digest, str(before.dated)) == (after.key, after.digest, "2025-03-03")
    assert after.key == "box#1741000000.M1.host"


def test_a_message_that_gets_a_flag_while_it_is_looked_at_is_still_handed_out_and_erased(tmp_path: Path) -> None:
    path = place(tmp_path, "new")
    connector = connect(tmp_path, **MAILDIR)
    (record,) = connector.export(PERSON)
    path.rename(tmp_path / "box" / "cur" / f"{path.name}:2,T")
    with record.attachments[0].open() as file:
        assert file.read() == LETTERS[1]
    done = list(connector.erase(PERSON, [Decided(record.kind, record.key, record.digest, False)]))
    assert done == [Done("message", Deed.ERASED, 1, verified=True)]
    assert not any((tmp_path / "box" / "cur").iterdir())


def test_a_message_that_moves_while_the_search_goes_on_is_found_once(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        place(tmp_path, "new", f"174100000{number}.M1.host", number)
    found = []
    for record in connect(tmp_path, **MAILDIR).export(PERSON):
        found.append(record)
        for path in list((tmp_path / "box" / "new").iterdir()):
            path.rename(tmp_path / "box" / "cur" / f"{path.name}:2,S")
    assert numbers(found) == [1, 2, 3]


def test_a_message_that_changes_while_it_is_handed_out_is_not_handed_out(tmp_path: Path) -> None:
    path = place(tmp_path, "cur")
    (record,) = export(tmp_path, **MAILDIR)
    path.write_bytes(LETTERS[1].replace(b"Where", b"There"))
    with record.attachments[0].open() as file, pytest.raises(TryLater, match="changed"):
        file.read()


def test_what_is_being_delivered_is_left_out_and_what_was_never_delivered_is_not(tmp_path: Path) -> None:
    path = place(tmp_path, "tmp")
    assert export(tmp_path, **MAILDIR) == []
    os.utime(path, (time.time() - 40 * 3600,) * 2)
    assert numbers(export(tmp_path, **MAILDIR)) == [1]


@pytest.mark.parametrize("room", ["cur", "new", "Inner"])
def test_a_link_is_not_followed_and_not_passed_over(tmp_path: Path, room: str) -> None:
    place(tmp_path, "cur")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "box" / room if room == "Inner" else tmp_path / "box" / room / "link").symlink_to(elsewhere)
    with pytest.raises(NeedsPerson, match="link"):
        export(tmp_path, **MAILDIR)


@pytest.mark.parametrize("begin", [b"\x1f\x8b\x08", b"BZh9", b"\x28\xb5\x2f\xfd"])
def test_packed_messages_are_not_taken_for_messages_without_a_header(tmp_path: Path, begin: bytes) -> None:
    place(tmp_path, "cur").write_bytes(begin + b"\x00" * 50)
    with pytest.raises(NeedsPerson, match="packed"):
        export(tmp_path, **MAILDIR)


def test_a_folder_that_is_no_maildir_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    with pytest.raises(NeedsPerson, match="no Maildir"):
        export(tmp_path, **MAILDIR)
    assert not connect(tmp_path, **MAILDIR).check().ok


def test_a_message_that_was_moved_to_another_folder_is_not_told_as_erased(tmp_path: Path) -> None:
    place(tmp_path, "cur")
    write_maildir(tmp_path / "box" / ".Done", [])
    connector = connect(tmp_path, **MAILDIR)
    scope = [Decided(each.kind, each.key, each.digest, False) for each in connector.export(PERSON)]
    path = tmp_path / "box" / "cur" / "1741000000.M1.host"
    path.rename(tmp_path / "box" / ".Done" / "cur" / path.name)
    done = list(connector.erase(PERSON, scope))
    assert {each.deed for each in done} == {Deed.NEEDS_PERSON}
    assert sum(each.count for each in done) == 2
    assert (tmp_path / "box" / ".Done" / "cur" / path.name).exists()


def test_a_name_that_is_no_text_can_be_told_and_erased(tmp_path: Path) -> None:
    place(tmp_path, "cur", os.fsdecode(b"1741000000.M1#2%.h\xffst:2,S"))
    connector = connect(tmp_path, **MAILDIR)
    (record,) = connector.export(PERSON)
    assert record.key == "box#1741000000.M1%232%25.h%FFst"
    scope = [Decided(record.kind, record.key, record.digest, False)]
    for _ in range(2):
        assert list(connector.erase(PERSON, scope)) == [Done("message", Deed.ERASED, 1, verified=True)]
