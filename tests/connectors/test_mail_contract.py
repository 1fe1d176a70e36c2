"""The mail connector keeps the promise of connectors on mbox files, Maildir folders and a real IMAP server."""

from collections.abc import Callable
from pathlib import Path

import pytest
from connectors.mail_letters import (
    ANN,
    LETTERS,
    PERSON,
    STRANGER,
    Mailbox,
    connect,
    content,
    letter,
    new_mailbox,
    numbers,
    write_maildir,
    write_mbox,
)

from habeas.sdk import Connector, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.servers.dovecot import Dovecot

OF_ANN = [1, 2, 3, 4]
ONLY_ANN = [1, 2, 3]
NEWER = letter(9, "It came.", From=ANN, To="support@shop.example", Subject="Thanks")


class _OnMail(ConnectorContract):
    @pytest.fixture
    def person(self) -> Subject:
        return PERSON

    @pytest.fixture
    def stranger(self) -> Subject:
        return Subject({"email": ("eve@example.com",)})

    @pytest.fixture
    def expected(self, connector: Connector, person: Subject) -> set[Item]:
        """The keys are the archive's own; the letters are known by their numbers."""
        records = list(connector.export(person))
        assert numbers(records) == OF_ANN
        return {(each.kind, each.key) for each in records}

    @pytest.fixture
    def keepable(self, connector: Connector, person: Subject) -> set[Item]:
        return {(each.kind, each.key) for each in connector.export(person) if numbers([each]) in ([2], [3])}

    def test_the_message_is_handed_out_as_it_was_sent(self, connector: Connector, person: Subject) -> None:
        sent = {number: LETTERS[number].replace(b"\r\n", b"\n") for number in OF_ANN}
        found = {numbers([each])[0]: content(each).replace(b"\r\n", b"\n") for each in connector.export(person)}
        assert found == sent

    def test_a_message_to_two_people_is_of_both_and_marked(self, connector: Connector) -> None:
        (shared,) = [each for each in connector.export(STRANGER) if numbers([each]) == [4]]
        assert shared.data["direction"] == "from"
        assert shared.data["third_parties"] == {"to": 2}
        assert shared.data["review"] == ["free_text", "third_parties"]

    def test_messages_that_are_kept_stay_whole(self, connector: Connector, person: Subject) -> None:
        before = {each.digest: content(each) for each in connector.export(STRANGER)}
        scope = [each for each in decide(list(connector.export(person))) if not each.keep]
        alone = [each for each, record in zip(scope, connector.export(person), strict=True) if numbers([record]) != [4]]
        list(connector.erase(person, alone))
        assert {each.digest: content(each) for each in connector.export(STRANGER)} == before


EVE = letter(10, From="Eve <eve@example.com>", To="support@shop.example", Subject="Hi")


class TestOnAnMbox(_OnMail):
    @pytest.fixture
    def connector(self, tmp_path: Path) -> Connector:
        write_mbox(tmp_path / "2024.mbox", [LETTERS[7], LETTERS[1], LETTERS[5], EVE, LETTERS[2]])
        write_mbox(tmp_path / "2025.mbox", [LETTERS[3], LETTERS[4], LETTERS[6], LETTERS[8]])
        return connect(tmp_path, mbox=["*.mbox"])

    @pytest.fixture
    def change(self, tmp_path: Path, connector: Connector) -> Callable[[], Item]:
        def change_letter() -> Item:
            path = tmp_path / "2024.mbox"
            path.write_bytes(path.read_bytes().replace(b"Subject: Order 7", b"Subject: Order 8"))
            (changed,) = [each for each in connector.export(PERSON) if each.data["subject"] == "Order 8"]
            return (changed.kind, changed.key)

        return change_letter


class TestOnAMaildir(_OnMail):
    @pytest.fixture
    def names(self, tmp_path: Path) -> list[str]:
        names = write_maildir(tmp_path / "support", [LETTERS[number] for number in (7, 1, 5, 2)] + [EVE])
        write_maildir(tmp_path / "support" / ".Sent", [LETTERS[number] for number in (3, 4, 6, 8)])
        return names

    @pytest.fixture
    def connector(self, tmp_path: Path, names: list[str]) -> Connector:
        return connect(tmp_path, maildir=["support"])

    @pytest.fixture
    def change(self, tmp_path: Path, names: list[str]) -> Callable[[], Item]:
        def change_letter() -> Item:
            (path,) = (tmp_path / "support").glob(f"*/{names[1]}*")
            path.write_bytes(path.read_bytes().replace(b"Where", b"where"))
            return ("message", f"support#{names[1]}")

        return change_letter


@pytest.mark.servers
class TestOnImap(_OnMail):
    @pytest.fixture
    def box(self, dovecot: Dovecot) -> Mailbox:
        box = new_mailbox(dovecot)
        box.put([LETTERS[number] for number in (7, 1, 5, 2)])
        box.put([EVE, *(LETTERS[number] for number in (3, 4, 6, 8))], "Skickat")
        return box

    @pytest.fixture
    def connector(self, box: Mailbox, tmp_path: Path) -> Connector:
        return connect(tmp_path, imap=box.settings(tmp_path))

    @pytest.fixture
    def change(self, box: Mailbox, connector: Connector) -> Callable[[], Item]:
        def put_another() -> Item:  # a message under a UID can never change (RFC 3501, 2.3.1.1), so one comes
            box.put([NEWER])
            (new,) = [each for each in connector.export(PERSON) if each.data["subject"] == "Thanks"]
            return (new.kind, new.key)

        return put_another

    def test_nothing_is_marked_as_read(self, box: Mailbox, connector: Connector, person: Subject) -> None:
        for record in connector.export(person):
            content(record)
        assert not any(b"Seen" in each or b"Deleted" in each for each in box.flags() + box.flags("Skickat"))
