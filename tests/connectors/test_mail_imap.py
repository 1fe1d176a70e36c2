"""On a real IMAP server: who may in, what is searched, and that nothing of anybody else is ever touched."""

import io
from collections.abc import Callable, Iterator
from imaplib import IMAP4_SSL
from pathlib import Path

import pytest
from connectors.mail_letters import (
    ANN,
    BOB,
    LETTERS,
    PERSON,
    Mailbox,
    connect,
    content,
    export,
    letter,
    new_mailbox,
    numbers,
)

from habeas.connectors.mail import imap as imap_module
from habeas.sdk import Decided, Deed, Done, Faults, NeedsPerson, Refused, Subject, TryLater
from habeas.testing.servers.dovecot import Dovecot
from habeas.testing.servers.proxy import FaultProxy
from habeas.testing.servers.server import LOOPBACK, free_port

pytestmark = pytest.mark.servers


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    """A mailbox with every letter in it."""
    box = new_mailbox(dovecot)
    box.put(LETTERS.values())
    return box


@pytest.fixture
def line(box: Mailbox) -> Iterator[IMAP4_SSL]:
    """Somebody else who has the same mailbox open."""
    line = box.server.connect(box.user)
    yield line
    line.logout()


def scope_of(here: Path, box: Mailbox) -> list[Decided]:
    records = export(here, imap=box.settings(here))
    return [Decided(each.kind, each.key, each.digest, False) for each in records]


def test_a_wrong_password_is_for_a_person_and_is_not_told(box: Mailbox, tmp_path: Path) -> None:
    settings = box.settings(tmp_path)
    (tmp_path / "password").write_text("pa55-of-nobody")
    with pytest.raises(NeedsPerson, match="user and password") as caught:
        export(tmp_path, imap=settings)
    assert "pa55" not in str(caught.value)
    assert connect(tmp_path, imap=settings).check().problems == (str(caught.value),)


def test_a_server_that_is_away_is_asked_again_later(box: Mailbox, tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="away"):
        export(tmp_path, imap=box.settings(tmp_path, port=free_port()))


def test_a_folder_of_the_settings_that_is_not_there_is_for_a_person(box: Mailbox, tmp_path: Path) -> None:
    with pytest.raises(NeedsPerson, match="Sent"):
        export(tmp_path, imap=box.settings(tmp_path, folders=["INBOX", "Sent"]))
    box.put([LETTERS[1]], "Sent")
    assert numbers(export(tmp_path, imap=box.settings(tmp_path, folders=["Sent"]))) == [1]


def test_a_certificate_that_is_not_trusted_is_for_a_person(box: Mailbox, tmp_path: Path) -> None:
    settings = box.settings(tmp_path)
    del settings["ca_file"]
    with pytest.raises(NeedsPerson, match="certificate"):
        export(tmp_path, imap=settings)


@pytest.mark.parametrize("tls", ["starttls", "none"])
def test_tls_may_come_later_and_be_left_out_on_loopback_alone(box: Mailbox, tmp_path: Path, tls: str) -> None:
    settings = box.settings(tmp_path, port=box.server.plain_port, tls=tls)
    assert numbers(export(tmp_path, imap=settings)) == [1, 2, 3, 4]
    with pytest.raises(Faults, match="TLS"):
        connect(tmp_path, imap={**settings, "tls": "none", "host": "mail.example.com"})


@pytest.mark.parametrize("search", ["scan", "server"])
def test_what_the_server_finds_is_only_looked_at_more_closely(box: Mailbox, tmp_path: Path, search: str) -> None:
    settings = box.settings(tmp_path, search=search)
    assert numbers(export(tmp_path, imap=settings)) == [1, 2, 3, 4]
    of_bob = numbers(export(tmp_path, Subject({"email": (BOB,)}), imap=settings))
    # Dovecot 2.3 takes `ann@example.com <bob@example.com>` for Ann's: why we scan where nobody says otherwise
    assert of_bob == [4, 5, 6] or (search == "server" and of_bob == [4, 5])


@pytest.mark.parametrize(
    "email",
    ["ann@example.com)", "ann@example.com{3}", 'a"@example.com', "a\\@x", 'a" OR ALL TO "@example.com', "a{1+}",
     "ann@example.com) ALL", "NIL@NIL", "x@y NOT DELETED", "éva@bücher.example"],
)  # fmt: skip
def test_an_address_never_says_more_to_the_server_than_an_address(box: Mailbox, tmp_path: Path, email: str) -> None:
    assert export(tmp_path, Subject({"email": (email,)}), imap=box.settings(tmp_path, search="server")) == []


def test_an_address_in_an_idn_is_found_with_the_server_s_help_or_without(box: Mailbox, tmp_path: Path) -> None:
    box.put([letter(20, From="eva@xn--bcher-kva.example")])
    for search in ("scan", "server"):
        settings = box.settings(tmp_path, search=search)
        assert numbers(export(tmp_path, Subject({"email": ("eva@bücher.example",)}), imap=settings)) == [20]


def test_only_our_own_messages_are_expunged(box: Mailbox, line: IMAP4_SSL, tmp_path: Path) -> None:
    scope = scope_of(tmp_path, box)
    line.select("INBOX")
    line.store("5:6", "+FLAGS", r"(\Deleted)")  # somebody's own, who may still take it back
    done = list(connect(tmp_path, imap=box.settings(tmp_path)).erase(PERSON, scope))
    assert done == [Done("message", Deed.ERASED, 4, verified=True)]
    assert [b"Deleted" in each for each in box.flags()] == [True, True, False, False]


def test_a_server_without_uidplus_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    with Dovecot(capability="IMAP4rev1 LITERAL+") as server:
        box = new_mailbox(server)
        box.put(LETTERS.values())
        connector = connect(tmp_path, imap=box.settings(tmp_path))
        with pytest.raises(Refused, match="UIDPLUS"):
            list(connector.erase(PERSON, scope_of(tmp_path, box)))
        assert len(box.flags()) == len(LETTERS)
        assert not any(b"Deleted" in each for each in box.flags())
        assert "UIDPLUS" in connector.check().facts["imap erases"]


def test_a_folder_that_was_made_anew_is_left_untouched_for_a_person(
    box: Mailbox, line: IMAP4_SSL, tmp_path: Path
) -> None:
    box.put(LETTERS.values(), "Old")
    settings = box.settings(tmp_path, folders=["Old"])
    connector = connect(tmp_path, imap=settings)
    scope = [Decided(each.kind, each.key, each.digest, False) for each in connector.export(PERSON)]
    line.delete("Old")
    box.put(LETTERS.values(), "Old")  # with the same UIDs and another UIDVALIDITY
    done = list(connector.erase(PERSON, scope))
    assert {each.deed for each in done} == {Deed.NEEDS_PERSON}
    assert sum(each.count for each in done) == 8  # four that nothing can be said of, and four that are new
    assert len(box.flags("Old")) == len(LETTERS)


def test_a_message_that_somebody_filed_elsewhere_is_not_told_as_erased(
    box: Mailbox, line: IMAP4_SSL, tmp_path: Path
) -> None:
    scope = scope_of(tmp_path, box)
    line.create("Done")
    line.select("INBOX")
    line.uid("MOVE", "1", "Done")
    done = {each.why: each for each in connect(tmp_path, imap=box.settings(tmp_path)).erase(PERSON, scope)}
    assert [each.count for each in done.values() if each.deed is Deed.ERASED] == [3]
    assert sum(each.count for each in done.values() if each.deed is Deed.NEEDS_PERSON) == 2
    assert len(box.flags("Done")) == 1


def test_a_line_that_is_cut_in_the_middle_is_tried_later(box: Mailbox, tmp_path: Path) -> None:
    with FaultProxy((LOOPBACK, box.server.port)) as network:
        found = connect(tmp_path, imap=box.settings(tmp_path, port=network.port)).export(PERSON)
        next(found)
        network.reset()
        with pytest.raises(TryLater, match=r"broke off|away"):
            list(found)


def test_many_messages_are_asked_for_in_batches(
    box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counts: Callable[[int, int], int]
) -> None:
    many = counts(40, 2000)
    monkeypatch.setattr(imap_module, "_AT_ONCE", 7)
    box.put(letter(100 + number, From="x@y.example", To=f"p{number}@example.com") for number in range(many))
    box.put([letter(99, From=ANN)])
    settings = box.settings(tmp_path)
    assert numbers(export(tmp_path, imap=settings)) == [1, 2, 3, 4, 99]
    done = list(connect(tmp_path, imap=settings).erase(PERSON, scope_of(tmp_path, box)))
    assert done == [Done("message", Deed.ERASED, 5, verified=True)]
    assert len(box.flags()) == len(LETTERS) - 4 + many


def test_a_large_message_comes_in_pieces_and_whole(
    box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_module, "_PIECE_BYTES", 100_000)
    sent = letter(50, "\r\n".join(f"line {number}" for number in range(60_000)), From=ANN)
    box.put([sent])
    (record,) = [each for each in export(tmp_path, imap=box.settings(tmp_path)) if numbers([each]) == [50]]
    assert record.data["size"] == len(sent) > 5 * 100_000
    assert content(record) == sent
    with record.attachments[0].open() as file:
        assert isinstance(file, io.BufferedReader)
