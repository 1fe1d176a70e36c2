"""An mbox is read as it is written, whatever its size, and is rewritten so that no end of a process loses a message."""

import base64
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from connectors.mail_letters import ANN, LETTERS, PERSON, connect, content, export, letter, numbers, write_mbox

from habeas.connectors.mail.locks import locked
from habeas.sdk import Decided, Deed, Done, NeedsPerson, Subject, TryLater

MBOX: dict[str, object] = {"mbox": ["box"]}
FROM = b"From ann@example.com Mon Mar  3 10:00:00 2025\n"


def go(here: Path, subject: Subject = PERSON, **settings: object) -> list[Done]:
    """Erase all that there is of a person."""
    connector = connect(here, **{**MBOX, **settings})
    return list(
        connector.erase(
            subject, [Decided(each.kind, each.key, each.digest, False) for each in connector.export(subject)]
        )
    )


@pytest.mark.parametrize(
    "separator",
    [b"From x@y.example Mon Mar  3 10:00:00 2025", b"From - Mon Mar 03 10:00:00 2025", b"From ",
     b"From x Mon Mar 3 10:00 2025", b"From 17@z Mon Mar 03 10:00:00 +0000 2025",
     b"From x Mon Mar  3 10:00:00 CET 2025",
     b"From x Mon, 3 Mar 2025 10:00:00 +0100", b"From x Mon Mar  3 10:00:00 2025 remote from z",
     b'From "a b"@y Mon Mar 3 1:00:00 2025'],
)  # fmt: skip
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_every_form_of_separator_that_programs_write_begins_a_message(
    tmp_path: Path, separator: bytes, line_end: bytes
) -> None:
    text = line_end.join([b"From x@y.example Mon Mar  3 10:00:00 2025", b"To: x@y.example", b"", b"a", b"", separator,
                          b"To: " + ANN.encode(), b"Message-ID: <2@x>", b"", b"b", b""])  # fmt: skip
    (tmp_path / "box").write_bytes(text)
    (record,) = export(tmp_path, **MBOX)
    assert content(record) == text[text.rindex(b"To:") :]


def test_a_line_of_prose_that_begins_with_from_belongs_to_its_message(tmp_path: Path) -> None:
    body = b"Hi\n\nFrom Monday on we are closed.\nBye\n\nFrom here\nand there\n"
    (tmp_path / "box").write_bytes(FROM + b"To: ann@example.com\n\n" + body)
    (record,) = export(tmp_path, **MBOX)
    assert content(record).endswith(body)


def test_a_line_that_may_begin_a_message_is_for_a_person_until_they_say_so(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(FROM + b"To: x@y.example\n\nHi\n\nFrom somebody\nTo: ann@example.com\n\nx\n")
    with pytest.raises(NeedsPerson, match="separators"):
        export(tmp_path, **MBOX)
    assert len(export(tmp_path, **MBOX, separators="any")) == 1


@pytest.mark.parametrize(
    ("quoting", "lines"), [("mboxrd", [b"From a", b">From b"]), ("mboxo", [b"From a", b">>From b"])]
)
def test_a_quoted_line_is_handed_out_as_it_was_sent(tmp_path: Path, quoting: str, lines: list[bytes]) -> None:
    (tmp_path / "box").write_bytes(FROM + b"To: ann@example.com\n\n>From a\nx\n>>From b\n> From c\n\n")
    (record,) = export(tmp_path, **MBOX, quoting=quoting)
    assert content(record).split(b"\n\n", 1)[1] == b"\n".join([lines[0], b"x", lines[1], b"> From c", b""])


def test_equal_messages_of_a_file_are_one_record_and_go_together(tmp_path: Path) -> None:
    write_mbox(tmp_path / "box", [LETTERS[1], LETTERS[5], LETTERS[1]])
    assert numbers(export(tmp_path, **MBOX)) == [1]
    assert go(tmp_path) == [Done("message", Deed.ERASED, 1, verified=True)]
    assert (tmp_path / "box").read_bytes().count(b"\nFrom ") == 0
    assert b"5@example.com" in (tmp_path / "box").read_bytes()


@pytest.mark.parametrize("text", [b"To: ann@example.com\n\nx", b"\x1f\x8b\x08", b"\nFrom x"])
def test_a_file_that_is_no_mbox_is_not_taken_for_an_empty_one(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "box").write_bytes(text)
    with pytest.raises(NeedsPerson, match="no mbox"):
        export(tmp_path, **MBOX)
    assert not connect(tmp_path, **MBOX).check().ok


def test_a_glob_that_names_no_file_is_for_a_person_and_an_empty_file_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(NeedsPerson, match="box"):
        export(tmp_path, **MBOX)
    (tmp_path / "box").touch()
    assert export(tmp_path, **MBOX) == []


def test_a_link_among_the_mailboxes_is_not_followed_and_not_passed_over(tmp_path: Path) -> None:
    write_mbox(tmp_path / "elsewhere", [LETTERS[1]])
    (tmp_path / "box").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NeedsPerson, match="link"):
        export(tmp_path, **MBOX)


def test_a_mailbox_in_use_is_left_alone_until_later(tmp_path: Path) -> None:
    write_mbox(tmp_path / "box", LETTERS.values())
    before = (tmp_path / "box").read_bytes()
    with (
        (tmp_path / "box").open("r+b") as file,
        locked(tmp_path / "box", file),
        pytest.raises(TryLater, match="in use"),
    ):
        go(tmp_path)
    for owner in ("1:" + socket.gethostname(), "99999999:elsewhere", "", "x"):
        (tmp_path / "box.lock").write_text(owner)
        with pytest.raises(TryLater, match="in use"):
            go(tmp_path)
    assert (tmp_path / "box").read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["box", "box.lock"]


def test_a_mailbox_keeps_its_rights_and_its_other_messages_byte_by_byte(tmp_path: Path) -> None:
    write_mbox(tmp_path / "box", LETTERS.values())
    (tmp_path / "box").chmod(0o640)
    write_mbox(tmp_path / "rest", [LETTERS[number] for number in (5, 6, 7, 8)])
    assert go(tmp_path) == [Done("message", Deed.ERASED, 4, verified=True)]
    assert (tmp_path / "box").read_bytes() == (tmp_path / "rest").read_bytes()
    assert (tmp_path / "box").stat().st_mode & 0o777 == 0o640


def test_a_message_that_came_while_we_wrote_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mbox(tmp_path / "box", LETTERS.values())
    sync = os.fsync

    def deliver_and_sync(handle: int) -> None:
        with (tmp_path / "box").open("ab") as file:  # by a program that looks for no lock
            file.write(FROM + b"To: x@y.example\n\nlate\n\n")
        sync(handle)

    monkeypatch.setattr(os, "fsync", deliver_and_sync)
    with pytest.raises(TryLater, match="does not lock"):
        go(tmp_path)
    assert (tmp_path / "box").read_bytes().endswith(b"late\n\n")
    assert [each.name for each in tmp_path.iterdir()] == ["box"]


def test_killed_at_any_line_it_leaves_the_old_file_or_the_new_one_and_goes_on(
    tmp_path: Path, counts: Callable[[int, int], int]
) -> None:
    write_mbox(tmp_path / "box", LETTERS.values())
    before = (tmp_path / "box").read_bytes()
    lines = _lines_until_killed(tmp_path, sys.maxsize)
    after = (tmp_path / "box").read_bytes()
    assert before != after
    step = max(1, lines // counts(25, 10_000))
    seen = set()
    for number in range(1, lines + 1, step):
        (tmp_path / "box").write_bytes(before)
        assert _lines_until_killed(tmp_path, number) == -signal.SIGKILL
        left = (tmp_path / "box").read_bytes()
        assert left in (before, after)
        seen.add(left)
        deeds = list(connect(tmp_path, **MBOX).erase(PERSON, _scope_of(before, tmp_path)))
        assert deeds == [Done("message", Deed.ERASED, 4, verified=True)]
        assert (tmp_path / "box").read_bytes() == after
        assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == ["box"]
    assert seen == {before, after}


def _scope_of(mbox: bytes, here: Path) -> list[Decided]:
    (here / "then").mkdir(exist_ok=True)
    (here / "then" / "box").write_bytes(mbox)
    return [Decided(each.kind, each.key, each.digest, False) for each in export(here / "then", **MBOX)]


def _lines_until_killed(here: Path, last: int) -> int:
    """Erase in a process of its own that kills itself at this line of the rewriting; how it ended, or its lines."""
    scope = _scope_of((here / "box").read_bytes(), here)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        done = 0

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal done
            if frame.f_code.co_filename.endswith(("/mail/mbox.py", "/mail/locks.py")):
                done += event == "line" and bool(frame.f_back) and _is_rewriting(frame)
                if done >= last:
                    os.kill(os.getpid(), signal.SIGKILL)
                return trace
            return None

        sys.settrace(trace)
        list(connect(here, **MBOX).erase(PERSON, scope))
        os.write(writing, str(done).encode())
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        return int(told.read() or os.waitstatus_to_exitcode(status))


def _is_rewriting(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "_rewrite":
            return True
        frame = frame.f_back
    return False


def test_a_mailbox_of_any_size_is_read_and_rewritten_in_the_same_memory(
    tmp_path: Path, counts: Callable[[int, int], int]
) -> None:
    megabytes = counts(20, 200)
    filler = (b"y" * 75 + b"\n") * 40
    with (tmp_path / "box").open("wb") as file:
        attached = base64.encodebytes(os.urandom(megabytes * 300_000))
        file.write(FROM + b"To: ann@example.com\nContent-Type: application/pdf; name=big.pdf\n"
                   b"Content-Transfer-Encoding: base64\n\n" + attached + b"\n")  # fmt: skip
        number = 0
        while file.tell() < megabytes * 1_000_000:
            number += 1
            file.write(
                FROM
                + letter(number, From="x@y.example", To=f"p{number}@example.com").replace(b"\r", b"")
                + filler
                + b"\n"
            )
        file.write(FROM + letter(0, From=ANN).replace(b"\r", b"") + b"\n")
    del attached
    before = (tmp_path / "box").stat().st_size
    grown = _growth(lambda: _read_and_erase(tmp_path))
    assert grown < 12_000_000
    assert (tmp_path / "box").stat().st_size < before - megabytes * 300_000


def _read_and_erase(here: Path) -> None:
    for record in export(here, **MBOX):
        with record.attachments[0].open() as file:
            while file.read(65_536):
                pass
    assert go(here) == [Done("message", Deed.ERASED, 2, verified=True)]


def _growth(work: Callable[[], None]) -> int:
    """By how many bytes at the most a process of its own grew while it did this."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        Path("/proc/self/clear_refs").write_text("5")
        begin = _peak()
        work()
        os.write(writing, str(_peak() - begin).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        return int(told.read())


def _peak() -> int:
    (line,) = [each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) * 1024
