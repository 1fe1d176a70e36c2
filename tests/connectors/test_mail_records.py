"""What is told of a message, whom it may harm to hand it out, and what the settings say of it."""

import re
from pathlib import Path

import pytest
from connectors.mail_letters import ANN, BOB, PERSON, STRANGER, connect, export, letter, write_mbox

from habeas.connectors.mail import settings as known
from habeas.sdk import Decided, Deed, Faults, Guard, NeedsPerson, Subject

MBOX: dict[str, object] = {"mbox": ["box"]}
BIG = "\r\n".join([
    "--b", "Content-Type: text/plain", "", "Look.", "--b",
    'Content-Type: application/pdf; name="=?utf-8?q?r=C3=A4kning=2Epdf?="', "Content-Transfer-Encoding: base64", "",
    "YWJj", "ZA==", "--b", "Content-Disposition: attachment; filename*=utf-8''caf%C3%A9.txt",
    "Content-Transfer-Encoding: quoted-printable", "", "a=3Db=", "c", "--b",
    "Content-Type: multipart/mixed; boundary=c", "", "--c", "Content-Type: image/png", "", "12345", "--c--",
    "--b--", "",
])  # fmt: skip


def box(here: Path, *letters: bytes) -> None:
    write_mbox(here / "box", letters)


def test_a_record_tells_what_the_message_holds_without_opening_it(tmp_path: Path) -> None:
    box(tmp_path, letter(1, BIG, From=f"Ann <{ANN}>", To=f"{ANN}, Bob <{BOB}>", Subject="=?utf-8?q?K=C3=B6p?=",
                         Content_Type="multipart/mixed; boundary=b"))  # fmt: skip
    (record,) = export(tmp_path, **MBOX)
    assert {name: record.data[name] for name in ("subject", "date", "direction", "addresses", "message_id")} == {
        "subject": "Köp", "date": "2025-03-03T10:00:00+01:00", "direction": "from", "message_id": "<1@example.com>",
        "addresses": {"from": [ANN], "to": [ANN]},
    }  # fmt: skip
    assert record.data["files"] == [
        {"name": "räkning.pdf", "media_type": "application/pdf", "size": 4},
        {"name": "café.txt", "media_type": "text/plain", "size": 4},
        {"name": None, "media_type": "image/png", "size": 5},
    ]
    assert (str(record.dated), record.attachments[0].media_type) == ("2025-03-03", "message/rfc822")


def test_of_many_files_the_number_is_told(tmp_path: Path) -> None:
    parts = "".join(f"--b\r\nContent-Disposition: attachment; filename=f{number}\r\n\r\nx\r\n" for number in range(250))
    box(tmp_path, letter(1, parts + "--b--", From=ANN, Content_Type="multipart/mixed; boundary=b"))
    (record,) = export(tmp_path, **MBOX)
    assert (len(record.data["files"]), record.data["more_files"]) == (200, 50)  # type: ignore[arg-type]


def test_other_people_are_counted_and_never_named(tmp_path: Path) -> None:
    box(tmp_path, letter(1, From="support@shop.example", To=f"{ANN}, eve@x.example, Eve <EVE@x.example>", Bcc=BOB))
    (record,) = export(tmp_path, **MBOX, own_domains=["shop.example"])
    assert record.data["third_parties"] == {"to": 1, "bcc": 1}
    assert record.data["review"] == ["blind_copies", "free_text", "third_parties"]
    assert not any(name in str(record.data).lower() for name in ("eve", "bob", "support"))


def test_what_is_between_the_person_and_the_controller_alone_is_marked_as_free_text_only(tmp_path: Path) -> None:
    box(tmp_path, letter(1, From=ANN, To="support@shop.example"))
    (record,) = export(tmp_path, **MBOX, own_domains=["SHOP.example"])
    assert (record.data["third_parties"], record.data["review"]) == ({}, ["free_text"])
    (record,) = export(tmp_path, **MBOX, own_domains=["shop.example"], free_text=False)
    assert "review" not in record.data


def test_a_message_with_other_people_in_it_can_be_withheld(tmp_path: Path) -> None:
    box(tmp_path, letter(1, BIG, From=ANN, To=BOB, Subject="About Bob", Content_Type="multipart/mixed; boundary=b"))
    (record,) = export(tmp_path, **MBOX, third_parties="withhold")
    assert (record.attachments, record.data["withheld"], record.data["more_files"]) == ((), "third_parties", 3)
    assert "Bob" not in str(record.data)


def test_a_header_that_may_name_the_person_stops_the_export_with_its_number(tmp_path: Path) -> None:
    box(tmp_path, letter(1, From=ANN), letter(2, To=f"<{ANN}"), letter(3, To=f"{ANN}; x@y.example"))
    with pytest.raises(NeedsPerson, match="2 messages may be"):
        export(tmp_path, **MBOX)
    assert export(tmp_path, Subject({"email": ("eve@example.com",)}), **MBOX) == []


def test_what_is_unclear_or_only_a_mention_is_told_and_stays_for_a_person(tmp_path: Path) -> None:
    box(tmp_path, letter(1, From=ANN), letter(2, To=f"<{ANN}"), letter(3, f"Ask {ANN}.", From=BOB),
        letter(4, "QXNrIGFubkBleGFtcGxlLmNvbSE=", From=BOB, Content_Transfer_Encoding="base64"),
        letter(5, f"Ask x{ANN} or {ANN}.au", From=BOB))  # fmt: skip
    settings = {**MBOX, "mentions": "report", "unclear": "report"}
    records = list(Guard(PERSON).records(connect(tmp_path, **settings).export(PERSON)))
    told = {each.kind: (each.data.get("messages"), each.data["review"]) for each in records}  # type: ignore[union-attr]
    assert told["message_mention"] == (2, ["mentions"])
    assert told["message_unclear"] == (1, ["unclear"])
    assert len(export(tmp_path, STRANGER, **settings)) == 3
    scope = [Decided(each.kind, each.key, each.digest, False) for each in records]  # type: ignore[union-attr]
    for _ in range(2):
        done = list(Guard(PERSON).done(connect(tmp_path, **settings).erase(PERSON, scope), scope))
        assert {each.kind: each.deed for each in done} == {
            "message": Deed.ERASED, "message_mention": Deed.NEEDS_PERSON, "message_unclear": Deed.NEEDS_PERSON,
        }  # fmt: skip
    assert (tmp_path / "box").read_bytes().count(b"\nMessage-ID: ") == 4


def test_a_header_too_long_to_be_read_may_be_anybody_s(tmp_path: Path) -> None:
    box(tmp_path, letter(1, From=BOB, X="y" * 9_000_000))
    with pytest.raises(NeedsPerson, match="1 messages"):
        export(tmp_path, **MBOX)


def test_messages_are_not_looked_for_without_a_proved_address_or_beyond_a_number(tmp_path: Path) -> None:
    box(tmp_path, letter(1, From=ANN), letter(2, From=ANN))
    with pytest.raises(NeedsPerson, match="email"):
        export(tmp_path, Subject({"customer_number": ("1",)}), **MBOX)
    with pytest.raises(NeedsPerson, match="more than 1"):
        export(tmp_path, **MBOX, max_messages=1)


IMAP: dict[str, object] = {"host": "mail.example.com", "user": "u", "password": "pa55"}


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"mbox": None}, 1),
        ({"mbox": [], "maildir": "x", "colour": 1}, 3),
        ({"mbox": ["../*"]}, 1),
        ({"activity": "", "kind": "a b", "max_messages": 0, "free_text": "no", "own_domains": ["a@b.example"]}, 5),
        ({"quoting": "mbox", "separators": 1, "mentions": "x", "unclear": True, "third_parties": None}, 5),
        ({"imap": 7}, 1),
        ({"imap": {}}, 3),
        ({"imap": [IMAP, {**IMAP, "port": 0, "tls": "ssl", "search": "x", "folders": "INBOX", "colour": 1}]}, 5),
        ({"imap": {**IMAP, "tls": "none", "ca_file": "none.pem"}}, 2),
        ({"imap": {**IMAP, "search": "server"}, "mentions": "report"}, 1),
        ({"imap": {**IMAP, "password_file": "x"}}, 1),
    ],
)
def test_settings_name_every_fault_at_once_and_never_the_password(
    tmp_path: Path, change: dict[str, object], faults: int
) -> None:
    with pytest.raises(Faults) as caught:
        connect(tmp_path, **{**MBOX, **change})
    assert len(caught.value.faults) == faults, str(caught.value)
    assert "pa55" not in str(caught.value)


def test_settings_without_any_mailbox_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="no mailbox"):
        connect(tmp_path)


def test_the_page_tells_every_setting_and_what_it_is_when_left_out() -> None:
    page = (Path(__file__).parents[2] / "docs" / "connectors" / "mail.md").read_text()
    rows = dict(re.findall(r"(?m)^\| `([a-z_]+)` \| (.*?) \|", page))
    assert rows.keys() == {*known.KNOWN, *known.IMAP_KNOWN}
    for name, ways in {**known.WAYS, **known.IMAP_WAYS}.items():
        assert rows[name] == f"`{ways[0]}`"
    for name in ("kind", "free_text", "max_messages"):
        assert rows[name] in ("`message`", "`true`", "`100000`")
