"""What the notifier does with what it hears: to whom a letter goes, how often, and what it says of it."""

import smtplib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from habeas.clock import FixedClock, random_id
from habeas.events import (
    AnswerHandedOut,
    AnswerReady,
    CaseOpened,
    ChallengeIssued,
    ComplaintAnswered,
    ContactChanged,
    ExtensionDecided,
    IdentityProved,
    LiftingDecided,
    LiftingTold,
    MandateAsked,
    MessageSent,
    PersonInvited,
    PersonWarned,
)
from habeas.service import Context
from habeas.testing.house import deliver, make_context, parked, run, said
from habeas.testing.servers.smtp import SmtpSink
from habeas_notifier.channels.smtp import SmtpChannel
from habeas_notifier.handlers import WARNINGS
from habeas_notifier.pages import read_inbox
from habeas_notifier.service import SERVICE

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STOP = "K7-MP-4X-WR"
STORED = "märta.canary@example.com"
TYPED = "someone.else@example.org"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(params=["sqlite", "postgresql"])
def notifier(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Any:
    changes = {"profiles": str(SAMPLE)}
    if request.param == "postgresql":
        changes["database"] = request.getfixturevalue("postgres").url
    context = make_context(SERVICE, tmp_path, clock=clock, **changes)
    yield context
    if request.param == "postgresql":
        with context.database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA notifier CASCADE"))
    context.database.close()


def controller(context: Context) -> str:
    return next(iter(context.profiles))


def open_case(context: Context, contact: str = TYPED, language: str = "sv", rights: Sequence[str] = ("access",)) -> str:
    case = random_id()
    event = CaseOpened(
        case=case,
        reference="H-7K3M-9QXA",
        controller=controller(context),
        rights=list(rights),
        capacity="self",
        language=language,
        received_at=NOW.isoformat(),
        respond_by=dict.fromkeys(rights, "2026-12-22"),
        browser="",
    )
    deliver(context, event, source="intake", sealed={"contact": contact})
    run(context)
    return case


def prove(context: Context, case: str) -> None:
    event = IdentityProved(case=case, assurance="A1", method="mailbox", proof={})
    deliver(context, event, source="identity", sealed={"address": STORED, "stop": STOP})
    run(context)


def told(context: Context) -> list[tuple[str, str]]:
    return [(each.event.message, each.event.outcome) for each in said(context, MessageSent)]  # type: ignore[attr-defined]


def test_an_opened_case_is_acknowledged_once_to_the_typed_address(notifier: Context) -> None:
    open_case(notifier)
    assert [(mail.to, "H-7K3M-9QXA" in mail.text) for mail in read_inbox(notifier)] == [(TYPED, True)]
    assert told(notifier) == [("acknowledgement", "sent")]


def test_a_case_without_a_contact_is_acknowledged_to_nobody(notifier: Context) -> None:
    open_case(notifier, contact="")
    assert read_inbox(notifier) == []
    assert told(notifier) == [("acknowledgement", "held")]


def test_a_mailbox_is_acknowledged_three_times_a_day_at_the_most(notifier: Context, clock: FixedClock) -> None:
    for _ in range(5):
        open_case(notifier)
    assert len(read_inbox(notifier)) == 3
    clock.advance(timedelta(days=1, seconds=1))
    open_case(notifier)
    assert len(read_inbox(notifier)) == 4


def test_a_code_goes_to_the_stored_address_alone(notifier: Context) -> None:
    case = open_case(notifier, contact="")
    event = ChallengeIssued(case=case, purpose="prove", method="mailbox", language="sv", minutes=10)
    deliver(notifier, event, source="identity", sealed={"address": STORED, "code": "ABCD2345", "stop": STOP})
    run(notifier)
    (mail,) = read_inbox(notifier)
    assert mail.to == STORED
    assert "ABCD2345" in mail.text


def test_whose_case_somebody_else_opened_is_told_where_to_confirm(notifier: Context) -> None:
    case = open_case(notifier, contact="", language="en")
    event = PersonInvited(case=case, language="en")
    deliver(notifier, event, source="identity", sealed={"address": STORED, "stop": STOP})
    run(notifier)
    (mail,) = read_inbox(notifier)
    assert (mail.to, f"/prove/{case}" in mail.text) == (STORED, True)
    assert told(notifier)[-1] == ("invitation", "sent")


def test_for_whom_somebody_says_to_act_is_told_where_to_say_yes_or_no(notifier: Context) -> None:
    case = open_case(notifier, contact="", language="en")
    deliver(
        notifier, MandateAsked(case=case, language="en"), source="identity", sealed={"address": STORED, "stop": STOP}
    )
    run(notifier)
    (mail,) = read_inbox(notifier)
    assert (mail.to, f"/prove/{case}/mandate" in mail.text) == (STORED, True)
    assert told(notifier)[-1] == ("mandate", "sent")


def test_an_answer_is_told_to_the_proved_address_and_to_no_other(notifier: Context) -> None:
    case = open_case(notifier)
    prove(notifier, case)
    deliver(notifier, AnswerReady(case=case, kind="package", right="access", days=14), source="fulfilment")
    deliver(notifier, AnswerHandedOut(case=case, kind="package", right="access", times=1), source="fulfilment")
    run(notifier)
    assert [mail.to for mail in read_inbox(notifier)] == [STORED, STORED, TYPED]
    assert told(notifier) == [("acknowledgement", "sent"), ("answer_ready", "sent"), ("handed_out", "sent")]


def test_a_person_without_a_mailbox_gets_no_letter_and_the_case_says_so(notifier: Context) -> None:
    case = open_case(notifier)
    event = IdentityProved(case=case, assurance="A2", method="phone+sign_in", proof={})
    deliver(notifier, event, source="identity", sealed={"address": "", "stop": ""})
    run(notifier)
    deliver(notifier, AnswerReady(case=case, kind="package", right="access", days=14), source="fulfilment")
    run(notifier)
    assert [mail.to for mail in read_inbox(notifier)] == [TYPED]
    assert told(notifier)[-1] == ("answer_ready", "held")


def test_an_extension_is_told_with_its_reason_and_the_way_to_complain(notifier: Context) -> None:
    case = open_case(notifier, language="en")
    prove(notifier, case)
    event = ExtensionDecided(case=case, reason="complexity", respond_by="2027-02-22")
    deliver(notifier, event, source="intake", sealed={"words": "Old archives are read by hand."})
    run(notifier)
    mail = read_inbox(notifier)[0]
    assert mail.to == STORED
    for part in ("your request is complex", "Old archives are read by hand.", "22 February 2027", "(IMY)", "court"):
        assert part in mail.text, part
    assert told(notifier)[-1] == ("extension", "sent")


@pytest.mark.parametrize("stored", [STORED, ""], ids=["a mailbox", "none"])
def test_a_lifting_is_told_by_its_day_and_fulfilment_hears_whether_the_letter_left(
    notifier: Context, stored: str
) -> None:
    case = open_case(notifier, language="en")
    event = IdentityProved(case=case, assurance="A1", method="mailbox", proof={})
    deliver(notifier, event, source="identity", sealed={"address": stored, "stop": STOP})
    run(notifier)
    deliver(notifier, LiftingDecided(case=case, lifted_on="2026-12-10"), source="fulfilment")
    run(notifier)
    [told_of] = [each.event for each in said(notifier, LiftingTold)]
    assert (told_of.told, told_of.at) == (bool(stored), NOW.isoformat())  # type: ignore[attr-defined]
    if stored:
        assert "10 December 2026" in read_inbox(notifier)[0].text


def test_a_complaint_is_acknowledged_as_one_and_answered_to_the_proved_address(notifier: Context) -> None:
    case = open_case(notifier, language="en", rights=["complaint"])
    prove(notifier, case)
    event = ComplaintAnswered(case=case, outcome="in_part")
    deliver(notifier, event, source="intake", sealed={"words": "We have corrected it."})
    run(notifier)
    answer, receipt = read_inbox(notifier)
    assert (receipt.to, "complaint" in receipt.text, "(IMY)" in receipt.text) == (TYPED, True, True)
    assert (answer.to, "We have corrected it." in answer.text, "right in part" in answer.text) == (STORED, True, True)
    assert told(notifier) == [("acknowledgement", "sent"), ("complaint_answer", "sent")]


def test_an_answer_before_its_proof_waits_for_it(notifier: Context, clock: FixedClock) -> None:
    case = open_case(notifier, contact="")
    deliver(notifier, AnswerReady(case=case, kind="confirmation", right="erasure", days=14), source="fulfilment")
    run(notifier)
    assert read_inbox(notifier) == []
    prove(notifier, case)
    clock.advance(timedelta(seconds=2))
    run(notifier)
    assert [mail.to for mail in read_inbox(notifier)] == [STORED]
    assert parked(notifier) == []


def test_no_address_stands_in_clear_in_the_database(notifier: Context) -> None:
    case = open_case(notifier)
    prove(notifier, case)
    with notifier.database.engine.connect() as connection:
        for table in ("correspondence", "sent", "inbox_mail", "outbox", "inbox", "ledger_leaf"):
            rows = repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert "canary" not in rows
            assert "someone.else" not in rows


def test_a_mail_by_smtp_arrives_whole(smtp: SmtpSink, tmp_path: Path, clock: FixedClock) -> None:
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=str(SAMPLE), mail=smtp.url)
    open_case(context)
    (mail,) = smtp.to(TYPED)
    assert "H-7K3M-9QXA" in mail.text
    assert mail.message["Auto-Submitted"] == "auto-generated"
    context.database.close()


def test_a_refused_address_is_a_fact_of_the_case(smtp: SmtpSink, tmp_path: Path, clock: FixedClock) -> None:
    smtp.refuse(TYPED)
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=str(SAMPLE), mail=smtp.url)
    open_case(context)
    assert told(context) == [("acknowledgement", "failed")]
    (reason,) = parked(context)
    assert TYPED not in reason
    context.database.close()


def test_a_patient_server_gets_the_letter_later(smtp: SmtpSink, tmp_path: Path, clock: FixedClock) -> None:
    smtp.refuse(TYPED, "451 try again")
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=str(SAMPLE), mail=smtp.url)
    open_case(context)
    assert told(context) == []
    smtp.accept(TYPED)
    clock.advance(timedelta(hours=2))
    run(context)
    assert told(context) == [("acknowledgement", "sent")]
    context.database.close()


def test_a_server_that_is_away_is_for_later(tmp_path: Path) -> None:
    from email.message import EmailMessage

    from habeas.errors import TryLater

    with pytest.raises(TryLater):
        SmtpChannel("smtp://127.0.0.1:1").send(None, "case", EmailMessage())  # type: ignore[arg-type]
    assert smtplib  # the channel is the standard library's own client


def test_every_letter_about_a_case_carries_the_stop_code_to_the_stored_address_alone(notifier: Context) -> None:
    """Case 17."""
    case = open_case(notifier, language="en")
    prove(notifier, case)
    deliver(notifier, AnswerReady(case=case, kind="package", right="access", days=14), source="fulfilment")
    run(notifier)
    ready, acknowledgement = read_inbox(notifier)
    assert STOP in ready.text
    assert f"/prove/{case}/not-me" in ready.text
    assert STOP not in acknowledgement.text
    assert "not-me" not in acknowledgement.text


def test_letters_go_to_a_new_address_from_when_identity_says_so(notifier: Context) -> None:
    """Case 4."""
    case = open_case(notifier)
    prove(notifier, case)
    new = {"address": "anna.new@example.org", "stop": "AA-BB-CC-DD"}
    for event in (
        AnswerReady(case=case, kind="package", right="access", days=14),
        AnswerHandedOut(case=case, kind="package", right="access", times=1),
    ):
        deliver(notifier, event, source="fulfilment")
        run(notifier)
        if isinstance(event, AnswerReady):
            deliver(notifier, ContactChanged(case=case), source="identity", sealed=new)
            run(notifier)
    newest, before, _ = read_inbox(notifier)
    assert (before.to, newest.to) == (STORED, new["address"])
    assert new["stop"] in newest.text


@pytest.mark.parametrize("of", WARNINGS)
def test_a_warning_goes_to_the_address_that_it_names(notifier: Context, of: str) -> None:
    """Case 4 and 17."""
    case = open_case(notifier, contact="", language="en")
    event = PersonWarned(case=case, of=of, method="mailbox", language="en")
    deliver(notifier, event, source="identity", sealed={"address": STORED, "stop": STOP})
    run(notifier)
    [mail] = read_inbox(notifier)
    assert (mail.to, "H-7K3M-9QXA" in mail.text + mail.subject) == (STORED, True)
    assert told(notifier)[-1] == (of, "sent")


def test_a_warning_that_there_is_none_of_is_parked(notifier: Context) -> None:
    case = open_case(notifier, contact="")
    event = PersonWarned(case=case, of="acknowledgement", method="mailbox", language="en")
    deliver(notifier, event, source="identity", sealed={"address": STORED, "stop": STOP})
    run(notifier)
    assert read_inbox(notifier) == []
    assert len(parked(notifier)) == 1


def test_a_warning_to_a_telephone_is_a_text_that_names_nothing(notifier: Context) -> None:
    """Case 17: what can be read on a locked screen tells neither the case nor how to stop it."""
    case = open_case(notifier, contact="", language="en")
    event = PersonWarned(case=case, of="frozen", method="phone", language="en")
    deliver(notifier, event, source="identity", sealed={"address": "070-174 06 05", "stop": STOP})
    run(notifier)
    [text] = read_inbox(notifier)
    assert (text.to, "stopped" in text.text) == ("+46701740605", True)
    assert not any(each in text.text for each in (STOP, case, "H-7K3M-9QXA", "http"))
