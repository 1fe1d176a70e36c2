"""Case 11: a stranger can make us write to somebody only so often, and nothing in it is the stranger's own words.

Intake, identity and the notifier run side by side on real tables; a stranger uses their pages all day.
"""

import email
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from habeas.clock import FixedClock
from habeas.crypto.vault import Place
from habeas.envelope import read_stored
from habeas.events import ChannelsAnswered, ChannelsAsked
from habeas.service import Context
from habeas.testing.house import deliver, make_context, parked
from habeas.testing.post import carry
from habeas.testing.visitor import Visitor
from habeas.vocabulary import participant_of
from habeas.web.application import create_app
from habeas_identity.service import SERVICE as IDENTITY
from habeas_intake.guards import digest_of
from habeas_intake.models import ApiKey
from habeas_intake.service import SERVICE as INTAKE
from habeas_notifier.channels.inbox import RETENTION
from habeas_notifier.models import InboxMail, Sent
from habeas_notifier.service import SERVICE as NOTIFIER

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VICTIM = "victim.of.bombs@example.com"
KEY = "k" * 43
FORM = "/case/new/nordlunds-lampor"
#: What a stranger types wherever something can be typed; none of it may come out of our mails.
CANARY = "buy-canary-pills"
WORDS = f"{CANARY} <a href='https://{CANARY}.example'>now</a>\r\nBcc: everybody@example.com\r\n\r\n{{{{ 7*7 }}}}"
HEADERS = {
    "Accept_Language": f"en, x-{CANARY}",
    "User_Agent": CANARY,
    "Referer": f"https://{CANARY}.example/",
    "X_Forwarded_Host": f"{CANARY}.example",
}
_numbers = count()


@dataclass
class Street:
    """The services that a stranger can reach, and the one that writes."""

    services: dict[str, Context]
    clock: FixedClock

    def carry(self) -> None:
        """Bring all letters; the shop holds the victim's address, and nobody else's."""
        carry(self.services, self._ask_shop)
        carry(self.services, self._ask_shop)

    def _ask_shop(self, letter: Any) -> None:
        asked = read_stored(letter.body, letter.recipient).event
        if not isinstance(asked, ChannelsAsked):
            return
        told = {"kind": "email", "value": VICTIM, "identifiers": {"email": VICTIM}}
        event = ChannelsAnswered(case=asked.case, system=asked.system, outcome="found", reason="")
        source = participant_of(asked.system)
        deliver(self.services["identity"], event, source=source, sealed={"channels": [told]})

    def mails(self) -> list[EmailMessage]:
        """Every mail that left, whole."""
        notifier = self.services["notifier"]
        with notifier.reading() as tx:
            return [
                email.message_from_bytes(
                    tx.vault.decrypt(row.case_id, RETENTION, Place("inbox_mail", "mail", row.id), row.mail),
                    policy=default,
                )
                for row in tx.session.scalars(select(InboxMail).where(InboxMail.kind == "mail"))
            ]  # type: ignore[return-value]

    def sent(self) -> Counter[str]:
        """How many letters of each kind left."""
        with self.services["notifier"].reading() as tx:
            return Counter(tx.session.scalars(select(Sent.message).where(Sent.outcome == "sent")))


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    clock = FixedClock(NOW)
    services = {
        service.name: make_context(service, tmp_path, clock=clock, profiles=str(SAMPLE))
        for service in (INTAKE, IDENTITY, NOTIFIER)
    }
    with services["intake"].transaction() as tx:
        tx.session.add(ApiKey(name="stranger", digest=digest_of(KEY), added_at=NOW))
    yield Street(services, clock)
    for context in services.values():
        context.database.close()


def open_by_form(street: Street, app: Any, contact: str, claimed: str) -> tuple[str, Visitor]:
    """Fill in every field of the form with what should come out nowhere."""
    visitor = Visitor(app)
    fields = {
        "form": hashlib.sha256(f"form {next(_numbers)}".encode()).hexdigest(),
        "rights": "access",
        "identifier-email": claimed,
        "identifier-customer_number": CANARY,
        "identifier-phone": "+46700000000",
        "contact": contact,
        "words": WORDS,
        "language": CANARY,
        "subject": CANARY,
    }
    page = visitor.get(FORM).text
    named = set(re.findall(r'name="([^"]+)"', page))
    answer = visitor.post(
        FORM, {name: value for name, value in fields.items() if name in named | {"language", "subject"}}, **HEADERS
    )
    assert answer.status_code == 303, answer.text
    return visitor.get("/received").text.split("/prove/")[1][:36], visitor


def press(app: Any, case: str, browser: int) -> None:
    """Ask for a code in a browser of one's own, and try every other button that needs nothing."""
    visitor = Visitor(app)
    visitor.hold("habeas_browser", hashlib.sha256(str(browser).encode()).hexdigest()[:43])
    page = f"/prove/{case}"
    for path, fields in {
        f"/prove/{case}/code": {"method": "mailbox"},
        f"/prove/{case}/release/code": {"method": "mailbox"},
        f"/prove/{case}/contest/code": {"method": "mailbox"},
        f"/prove/{case}/address/code": {"method": "mailbox"},
        f"/prove/{case}/address/new": {"address": VICTIM},
        f"/prove/{case}/not-me": {"code": "ABCD-EFGH"},
        f"/prove/{case}/call": {},
    }.items():
        visitor.post(path, fields, page=page, **HEADERS)


def test_a_stranger_fills_nobody_s_mailbox(street: Street, counts: Callable[[int, int], int]) -> None:
    """Three receipts and three codes a day, however many cases, browsers and buttons."""
    intake, identity = create_app(street.services["intake"]), create_app(street.services["identity"])
    days, cases = 2, counts(5, 20)
    for day in range(1, days + 1):
        for number in range(cases):
            case, _ = open_by_form(street, intake, VICTIM, VICTIM)
            street.carry()
            for browser in range(2):
                press(identity, case, number * 10 + browser)
            street.carry()
        sent = street.sent()
        print(f"\nday {day}: {cases * day} cases, {dict(sent)}")
        assert sent["acknowledgement"] == sent["challenge"] == 3 * day
        assert sum(sent.values()) == len(street.mails()) == 6 * day, sent
        street.clock.advance(timedelta(days=1, seconds=1))
    assert {mail["To"] for mail in street.mails()} == {VICTIM}
    assert [parked(each) for each in street.services.values()] == [[], [], []]


def test_by_a_program_s_door_it_is_no_more(street: Street, counts: Callable[[int, int], int]) -> None:
    app = create_app(street.services["intake"])
    for number in range(counts(6, 20)):
        body = {
            "controller": "nordlunds-lampor",
            "rights": ["access"],
            "identifiers": {"email": VICTIM},
            "contact": VICTIM,
            "words": WORDS,
        }
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": f"bomb-{number:04}"}
        answer = app.test_client().post("/api/cases", json=body, headers=headers, base_url="http://127.0.0.1:8080")
        assert answer.status_code == 201, answer.text
        street.carry()
    sent = street.sent()
    assert (sent["acknowledgement"], sent["invitation"]) == (3, 3)
    assert sum(sent.values()) == 6
    assert not [mail for mail in street.mails() if CANARY in mail.as_string()]


def test_nothing_that_a_stranger_typed_stands_in_any_mail(street: Street) -> None:
    """Not in a header, not in the text, not in the HTML; the typed address only as where it goes."""
    intake, identity = create_app(street.services["intake"]), create_app(street.services["identity"])
    contact = f"{CANARY}@example.org"
    case, _ = open_by_form(street, intake, contact, VICTIM)
    street.carry()
    press(identity, case, 1)
    street.carry()
    mails = street.mails()
    assert Counter(mail["To"] for mail in mails) == {contact: 1, VICTIM: 2}
    for mail in mails:
        headers = [f"{name}: {value}" for name, value in mail.items() if name != "To"]
        parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
        for told in (*headers, *parts):
            assert CANARY not in told, mail["Subject"]
            assert "everybody@example.com" not in told
        assert set(mail.keys()).isdisjoint({"Bcc", "Cc", "Reply-To"})


HOSTILE = [
    f"victim@example.com\r\nBcc: {CANARY}@example.com",
    f"victim@example.com, {CANARY}@example.com",
    f'"{CANARY} <b>" <victim@example.com>',
    f"victim@example.com%0aSubject:{CANARY}",
    "victim@example.com\u2028Bcc:x@example.com",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_an_address_that_is_more_than_one_is_none(street: Street, typed: str) -> None:
    visitor = Visitor(create_app(street.services["intake"]))
    fields = {"form": "a" * 64, "rights": "access", "identifier-email": VICTIM, "contact": typed, "words": ""}
    assert visitor.post(FORM, fields).status_code == 422
    street.carry()
    assert street.mails() == []
