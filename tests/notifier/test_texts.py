"""Texts: to whom a code goes, how often, and what the gateway's answers make of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from habeas.clock import SYSTEM_CLOCK, FixedClock, random_id
from habeas.errors import Faults
from habeas.events import CaseOpened, ChallengeIssued, MessageSent
from habeas.service import Context
from habeas.testing.house import deliver, make_context, parked, run, said
from habeas.testing.servers.sms import SECRET, SmsSink
from habeas_notifier import texts
from habeas_notifier.pages import read_inbox
from habeas_notifier.posting import read_patience
from habeas_notifier.service import SERVICE
from habeas_notifier.texts import check_texts

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
STORED, DIALLED = "070-123 45 67", "+46701234567"
CODE = "K7MP-4XWR"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(params=["sqlite", "postgresql"])
def notifier(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Context]:
    """A notifier whose texts stay on its inbox page."""
    database = "sqlite:" if request.param == "sqlite" else request.getfixturevalue("postgres").fresh_database()
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=str(SAMPLE), database=database)
    yield context
    context.database.close()


@pytest.fixture
def sending(sms: SmsSink, tmp_path: Path) -> Iterator[Context]:
    """A notifier that sends its texts to a gateway, by the real clock, which the gateway's own is held against."""
    told = {"sms": sms.url, "sms_secret": SECRET}
    context = make_context(SERVICE, tmp_path, clock=SYSTEM_CLOCK, profiles=str(SAMPLE), **told)
    yield context
    context.database.close()


def open_case(context: Context) -> str:
    """Let a case be known; nobody is told of it."""
    case = random_id()
    event = CaseOpened(
        case=case,
        reference="H-7K3M-9QXA",
        controller=next(iter(context.profiles)),
        rights=["access"],
        capacity="self",
        language="sv",
        received_at=NOW.isoformat(),
        respond_by={"access": "2026-12-26"},
        browser="",
    )
    deliver(context, event, source="intake", sealed={"contact": ""})
    run(context)
    return case


def challenge(context: Context, case: str, address: str = STORED, *, method: str = "phone") -> str:
    """Let identity issue a code; return the letter's id."""
    event = ChallengeIssued(case=case, purpose="prove", method=method, language="sv", minutes=10)
    return deliver(context, event, source="identity", sealed={"address": address, "code": CODE, "stop": "K7-MP-4X-WR"})


def told(context: Context, case: str) -> list[tuple[str, str, str]]:
    events = [each.event for each in said(context, MessageSent)]
    return [
        (event.message, event.channel, event.outcome)
        for event in events
        if isinstance(event, MessageSent) and event.case == case and event.message == "challenge"
    ]


def test_a_code_for_the_phone_goes_out_as_a_text_to_the_stored_number(notifier: Context) -> None:
    case = open_case(notifier)
    challenge(notifier, case)
    run(notifier)
    (text,) = read_inbox(notifier)
    assert (text.kind, text.to) == ("sms", DIALLED)
    assert text.text.startswith(f"Nordlunds Lampor AB: koden {CODE} visar att det är du, i 10 min.")
    assert text.text.endswith(f"@127.0.0.1 #{CODE}")
    assert "H-7K3M-9QXA" not in text.text
    assert told(notifier, case) == [("challenge", "sms", "sent")]


def test_a_code_for_the_mailbox_goes_out_as_a_mail(notifier: Context) -> None:
    case = open_case(notifier)
    challenge(notifier, case, "anna@example.com", method="mailbox")
    run(notifier)
    assert [(mail.kind, mail.to) for mail in read_inbox(notifier)] == [("mail", "anna@example.com")]
    assert told(notifier, case) == [("challenge", "inbox", "sent")]


def test_a_number_that_takes_no_texts_fails_and_holds_no_letter_of_the_case_back(notifier: Context) -> None:
    case = open_case(notifier)
    challenge(notifier, case, "08-123 456 78")
    challenge(notifier, case, "anna@example.com", method="mailbox")
    run(notifier)
    assert told(notifier, case) == [("challenge", "sms", "failed"), ("challenge", "inbox", "sent")]
    assert parked(notifier) == []


def test_a_code_that_has_run_out_is_not_sent(notifier: Context, clock: FixedClock) -> None:
    case = open_case(notifier)
    challenge(notifier, case)
    clock.advance(timedelta(minutes=10))
    run(notifier)
    assert read_inbox(notifier) == []
    assert told(notifier, case) == [("challenge", "sms", "held")]


def send_to(context: Context, numbers: list[str]) -> int:
    """Let a code go to each number; return how many texts went."""
    before = len(said(context, MessageSent))
    for number in numbers:
        challenge(context, open_case(context), number)
    run(context)
    events = [each.event for each in said(context, MessageSent)[before:]]
    return sum(
        isinstance(event, MessageSent) and event.channel == "sms" and event.outcome == "sent" for event in events
    )


def test_numbers_that_lie_side_by_side_get_so_many_texts_a_day(
    notifier: Context, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever earns by texts to numbers of their own holds a block of them."""
    monkeypatch.setattr(texts, "MOST_TO_A_BLOCK", 3)
    assert send_to(notifier, [f"070-123 45 {number}" for number in range(10, 16)]) == 3
    assert send_to(notifier, ["073-123 45 10"]) == 1
    clock.advance(timedelta(days=1, seconds=1))
    assert send_to(notifier, ["070-123 45 77"]) == 1


def test_all_numbers_together_get_so_many_texts_a_day(notifier: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MOST_IN_ALL", 4)
    assert send_to(notifier, [f"070-12{number} 45 67" for number in range(6)]) == 4


def test_no_number_stands_in_clear_in_the_database(notifier: Context) -> None:
    case = open_case(notifier)
    challenge(notifier, case)
    run(notifier)
    with notifier.database.engine.connect() as connection:
        for table in ("sent", "inbox_mail", "outbox", "inbox", "ledger_leaf"):
            rows = repr(connection.execute(sql(f"SELECT * FROM {table}")).all())
            assert "1234567" not in rows
            assert "123 45 67" not in rows


def test_a_gateway_gets_a_signed_text_once(sending: Context, sms: SmsSink) -> None:
    case = open_case(sending)
    letter = challenge(sending, case)
    run(sending)
    (text,) = sms.to(DIALLED)
    assert (text.id, CODE in text.text) == (letter, True)
    assert (sms.tries, sms.unsigned) == (1, 0)
    assert told(sending, case) == [("challenge", "sms", "sent")]


def test_a_gateway_that_is_told_another_secret_takes_nothing(sms: SmsSink, tmp_path: Path) -> None:
    wrong = {"sms": sms.url, "sms_secret": "whsec_" + "A" * 40}
    context = make_context(SERVICE, tmp_path, profiles=str(SAMPLE), **wrong)
    case = open_case(context)
    challenge(context, case)
    run(context)
    assert (sms.texts, sms.unsigned) == ([], 1)
    assert told(context, case) == [("challenge", "sms", "failed")]
    context.database.close()


@pytest.mark.parametrize("status", [400, 403, 404, 301, 307])
def test_a_refusal_or_a_redirect_is_for_good(sending: Context, sms: SmsSink, status: int) -> None:
    sms.answer(DIALLED, status, Location=f"{sms.url}/elsewhere")
    case = open_case(sending)
    challenge(sending, case)
    run(sending)
    assert sms.tries == 1
    assert told(sending, case) == [("challenge", "sms", "failed")]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_gateway_that_asks_for_patience_is_asked_again_when_it_said(
    sending: Context, sms: SmsSink, status: int
) -> None:
    sms.answer(DIALLED, status, Retry_After="1")
    case = open_case(sending)
    challenge(sending, case)
    run(sending)
    assert (sms.tries, told(sending, case)) == (1, [])
    with sending.database.engine.connect() as connection:
        waiting = connection.execute(sql("SELECT state, attempts FROM inbox WHERE state <> 'done'")).one()
    assert tuple(waiting) == ("waiting", 1)


def test_a_text_that_is_sent_again_has_the_id_it_had(sending: Context, sms: SmsSink) -> None:
    from habeas_notifier.channels.channel import Text, open_text_channel

    channel = open_text_channel(sending.settings)
    assert channel is not None
    for _ in range(2):
        channel.send(sending, "case", Text("0190-letter", DIALLED, "words"))
    assert (sms.tries, [text.id for text in sms.texts]) == (2, ["0190-letter"])


def test_a_gateway_that_is_away_is_for_later(tmp_path: Path) -> None:
    context = make_context(SERVICE, tmp_path, profiles=str(SAMPLE), sms="http://127.0.0.1:1/", sms_secret=SECRET)
    case = open_case(context)
    challenge(context, case)
    run(context)
    assert told(context, case) == []
    context.database.close()


@pytest.mark.parametrize(("mail", "sms_setting"), [("inbox:", ""), ("smtp://127.0.0.1:1", "inbox:")])
def test_where_no_text_can_be_sent_it_is_held(tmp_path: Path, mail: str, sms_setting: str) -> None:
    context = make_context(SERVICE, tmp_path, profiles=str(SAMPLE), mail=mail, sms=sms_setting)
    case = open_case(context)
    challenge(context, case)
    run(context)
    assert told(context, case) == [("challenge", "sms", "held")]
    context.database.close()


def test_a_gateway_without_a_secret_lets_nothing_start(tmp_path: Path) -> None:
    context = make_context(SERVICE, tmp_path, profiles=str(SAMPLE), sms="https://texts.example/")
    with pytest.raises(Faults, match="HABEAS_SMS_SECRET"):
        check_texts(context)
    context.database.close()


@pytest.mark.parametrize(
    ("said_by_it", "seconds"),
    [
        ("2", 2),
        ("0", 0),
        ("99999999", 3600),
        ("Thu, 26 Nov 2026 12:01:00 GMT", 60),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0),
    ],
)
def test_a_wait_is_read_in_seconds_or_as_a_date(said_by_it: str, seconds: int, clock: FixedClock) -> None:
    assert read_patience(said_by_it, clock) == timedelta(seconds=seconds)


@pytest.mark.parametrize("said_by_it", ["", "soon", "-1", "٣"])
def test_a_wait_that_cannot_be_read_is_none(said_by_it: str, clock: FixedClock) -> None:
    assert read_patience(said_by_it, clock) is None
