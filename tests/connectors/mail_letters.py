"""A small support mailbox for the tests of the mail connector, and the three kinds of archive that can hold it."""

import mailbox
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from habeas.connectors.mail import MailConnector
from habeas.sdk import Record, Subject
from habeas.testing.servers.dovecot import Dovecot

ANN, BOB = "ann@example.com", "bob@example.com"
PERSON, STRANGER = Subject({"email": (ANN,)}), Subject({"email": (BOB,)})


def letter(number: int, body: str = "Where is it?", **headers: str) -> bytes:
    """A message as it is sent, with CRLF; a header's name has _ for -."""
    said = {"Date": "Mon, 3 Mar 2025 10:00:00 +0100", "Message-ID": f"<{number}@example.com>", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in said.items()]
    return "\r\n".join([*lines, "", body, ""]).encode("utf-8", "surrogateescape")


#: Of Ann: 1 to 4. Of Bob: 4 to 6. Of neither: 7 and 8.
LETTERS = {
    1: letter(1, From=f"Ann <{ANN}>", To="support@shop.example", Subject="Order 7"),
    2: letter(2, From="support@shop.example", To='"Doe, Ann" <ANN@EXAMPLE.COM>', Subject="=?utf-8?q?Re=3A_K=C3=B6p?="),
    3: letter(3, From="support@shop.example", To="x@other.example", Cc=f"Team: {ANN}, y@other.example;"),
    4: letter(4, From=BOB, To=f"x@other.example,\r\n {ANN}", Subject="For both"),
    5: letter(5, From=BOB, To="support@shop.example", Subject="Of Bob"),
    6: letter(6, "Ask ann@example.com.", From=f"{ANN} <{BOB}>", To="support@shop.example"),
    7: letter(7, From="ann@example.com.au", To="joann@example.com, ann+shop@example.com"),
    8: letter(8, From="support@shop.example", To="undisclosed-recipients:;", Subject=ANN),
}
SETTINGS: dict[str, object] = {"activity": "support"}


def write_mbox(path: Path, letters: Iterable[bytes]) -> None:
    """An mbox as a delivery agent writes it, mboxrd, with LF."""
    with path.open("wb") as file:
        for each in letters:
            text = each.replace(b"\r\n", b"\n")
            quoted = b"\n".join(
                b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in text.split(b"\n")
            )
            file.write(b"From someone@example.com Mon Mar  3 10:00:00 2025\n" + quoted + b"\n")


def write_maildir(path: Path, letters: Iterable[bytes]) -> list[str]:
    """A Maildir of these messages, read and not; gives their names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    box = mailbox.Maildir(path, create=True)
    names = []
    for number, each in enumerate(letters):
        name = box.add(each)
        if number % 2:
            message = box[name]
            message.set_subdir("cur")
            message.add_flag("RS")
            box[name] = message
        names.append(name)
    return names


@dataclass(frozen=True)
class Mailbox:
    """One user's mailbox on a server."""

    server: Dovecot
    user: str

    def settings(self, here: Path, **more: object) -> dict[str, object]:
        """The settings that reach it."""
        (here / "password").write_text(self.server.password)
        return {
            "host": "127.0.0.1", "port": self.server.port, "user": self.user, "password_file": "password",
            "ca_file": str(self.server.ca_file), **more,
        }  # fmt: skip

    def put(self, letters: Iterable[bytes], folder: str = "INBOX") -> None:
        """Put messages there, as if they had been delivered."""
        line = self.server.connect(self.user)
        try:
            line.create(folder)
            for each in letters:
                assert line.append(folder, None, None, each)[0] == "OK"
        finally:
            line.logout()

    def flags(self, folder: str = "INBOX") -> list[bytes]:
        """What is marked on its messages."""
        line = self.server.connect(self.user)
        try:
            line.select(folder, readonly=True)
            return [each for each in line.fetch("1:*", "(FLAGS)")[1] if isinstance(each, bytes)]
        finally:
            line.logout()


def new_mailbox(server: Dovecot) -> Mailbox:
    """A mailbox of a user whom no other test has."""
    return Mailbox(server, f"support-{os.urandom(4).hex()}")


def connect(here: Path, **settings: object) -> MailConnector:
    """A connector of these settings."""
    return MailConnector.from_settings({**SETTINGS, **settings}, here)


def export(here: Path, subject: Subject = PERSON, **settings: object) -> list[Record]:
    """What it exports of a person."""
    return list(connect(here, **settings).export(subject))


def content(record: Record) -> bytes:
    """The message of a record."""
    (attachment,) = record.attachments
    with attachment.open() as file:
        return file.read()


def numbers(records: Iterable[Record]) -> list[int]:
    """Which letters these records are of, by their Message-ID."""
    return sorted(int(str(each.data["message_id"]).strip("<>").partition("@")[0]) for each in records)


Change = Callable[[], tuple[str, str]]
