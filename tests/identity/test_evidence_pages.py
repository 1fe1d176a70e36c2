"""The pages of evidence: alike for everybody who sends, closed to all but those who work on cases."""

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import event
from tests.identity import hostile_files as files
from tests.identity import senders
from tests.identity.conftest import Desk, token_free

from habeas.clock import random_id, uuid7
from habeas.grants import Grant, mint
from habeas_identity.cleaning import LIMITS
from habeas_identity.evidence_timers import tidy_evidence
from habeas_identity.models import Claim


@pytest.fixture
def case(page_desk: Desk) -> str:
    return page_desk.found()


@pytest.fixture
def evidence(page_desk: Desk, case: str) -> str:
    return senders.cleaned(page_desk, case)


def test_a_letter_is_offered_and_never_demanded(page_desk: Desk, case: str) -> None:
    """Case R4."""
    page = page_desk.visitor().get(f"/prove/{case}/letter").text
    assert "You can send us a signed letter if you like. We do not ask for one." in page
    assert "Please send no identity card or passport." in page
    assert senders.post_letter(page_desk.visitor(), case, files.picture()).status_code == 303


def test_the_page_answers_alike_for_every_case(page_desk: Desk, case: str) -> None:
    """Case 8, 9: a customer's, a proved one, a stranger's, and one that nobody has."""
    proved, stranger, unknown = page_desk.found(), page_desk.open(email="nobody@example.com"), random_id()
    with page_desk.context.transaction() as tx:
        tx.session.get_one(Claim, proved).state = "proved"
    for file in (files.picture(), files.locked_pdf(), b"", b"GIF89a", files.archive()):
        answers = set()
        for each in (case, proved, stranger, unknown):
            visitor = page_desk.visitor()
            answer = senders.post_letter(visitor, each, file)
            page = visitor.get(answer.headers.get("Location", f"/prove/{each}/letter")).text
            told = (answer.status_code, answer.text, answer.headers.get("Location", ""), page)
            answers.add(tuple(token_free(str(part)).replace(each, "") for part in told))
        assert len(answers) == 1
    for each in (case, proved, stranger, unknown):
        for _ in range(LIMITS.files_a_day - 2):
            assert senders.post_letter(page_desk.visitor(), each, files.picture()).status_code == 303
        assert senders.post_letter(page_desk.visitor(), each, files.picture()).status_code == 429


def test_taking_a_letter_in_costs_the_same_statements_for_every_case(page_desk: Desk, case: str) -> None:
    """Case 8: whether there is such a case is looked up in the worker, so no time of ours tells it."""
    seen: list[list[str]] = []
    for each in (case, random_id()):
        visitor, said = page_desk.visitor(), []

        def note(_connection: object, _cursor: object, statement: str, *_more: object, into: list[str] = said) -> None:
            into.append(statement)

        event.listen(page_desk.context.database.engine, "before_cursor_execute", note)
        assert senders.post_letter(visitor, each, files.picture()).status_code == 303
        event.remove(page_desk.context.database.engine, "before_cursor_execute", note)
        seen.append(said)
    assert seen[0] == seen[1]
    assert len(seen[0]) > 5
    assert not any("claim" in statement for statement in seen[0])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Choose a file that is not empty."),
        (b"\0\0\0\x18ftypheic" + bytes(9), "Save it as JPEG or PNG"),
        (files.archive("word/document.xml"), "Save it as PDF."),
        (files.picture() + files.archive(), "Something else is hidden in this file."),
        (b"<html>", "Send a JPEG or PNG picture, or a PDF."),
        (files.picture() + bytes(LIMITS.file_bytes), "This file is too large."),
    ],
    ids=["empty", "heic", "office", "polyglot", "html", "large"],
)
def test_what_is_wrong_with_a_file_is_said_at_once(page_desk: Desk, case: str, data: bytes, words: str) -> None:
    answer = senders.post_letter(page_desk.visitor(), case, data, name="letter.jpg")
    assert (answer.status_code, words in answer.text) == (422, True)
    assert 'aria-invalid="true"' in answer.text
    assert (senders.stored(page_desk), page_desk.rows("SELECT id FROM evidence")) == ([], [])


def test_a_form_is_as_large_as_a_file_here_and_nowhere_else(page_desk: Desk, case: str) -> None:
    """V5.2.2."""
    large = files.picture() + bytes(LIMITS.request_bytes)
    assert senders.post_letter(page_desk.visitor(), case, large).status_code == 413
    assert senders.post_form(page_desk.visitor(), f"/prove/{case}", {"code": "x"}, bytes(2_000_000)).status_code == 413


@pytest.mark.parametrize(
    "change",
    [{"kind": "passport"}, {"kind": ""}, {"verified": "yes"}, {"file2": (io.BytesIO(b"x"), "x")}],
    ids=["another kind", "no kind", "another field", "another file"],
)
def test_nothing_but_a_letter_can_be_sent(page_desk: Desk, case: str, change: dict[str, Any]) -> None:
    """Case R13, 31: an unknown type of evidence and an unknown field are refused."""
    visitor = page_desk.visitor()
    told = {"kind": "letter", "file": (io.BytesIO(files.picture()), "a.jpg"), **change}
    assert visitor.post(f"/prove/{case}/letter", told).status_code == 400
    assert page_desk.rows("SELECT id FROM evidence") == []


def test_looking_at_the_page_changes_nothing(page_desk: Desk, case: str) -> None:
    for path in (f"/prove/{case}/letter", f"/prove/{case}/letter?sent=yes"):
        assert page_desk.visitor().get(path).status_code == 200
    assert page_desk.rows("SELECT id FROM evidence") == []


def test_a_form_of_another_site_sends_nothing(page_desk: Desk, case: str) -> None:
    """Case 32."""
    visitor = page_desk.visitor()
    answer = visitor.post(
        f"/prove/{case}/letter",
        {"kind": "letter", "file": (io.BytesIO(files.picture()), "a.jpg")},
        Sec_Fetch_Site="cross-site",
    )
    assert answer.status_code in (400, 403)
    assert page_desk.rows("SELECT id FROM evidence") == []


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_does_not_work_on_cases_sees_nothing(page_desk: Desk, case: str, role: str) -> None:
    assert page_desk.visitor().get(f"/agents/evidence/{case}").status_code == 303
    assert senders.signed_in(page_desk, "a@example.com", role).get(f"/agents/evidence/{case}").status_code == 403


def test_nothing_is_shown_without_a_reason_of_the_list(page_desk: Desk, case: str, evidence: str) -> None:
    """Case 27."""
    visitor = senders.signed_in(page_desk)
    assert senders.tickets(visitor.get(f"/agents/evidence/{case}")) == []
    for reason in ("", "curious", "DECIDE"):
        assert senders.look(visitor, case, evidence, reason).status_code == 400
    assert senders.leaves(page_desk, "evidence.revealed") == []
    answer = senders.look(visitor, case, evidence)
    assert len(senders.tickets(answer)) == 1
    assert "form-action 'self' http://127.0.0.1:8081" in answer.headers["Content-Security-Policy"]
    assert senders.leaves(page_desk, "evidence.revealed")[0]["reason"] == "decide"


def test_another_case_s_evidence_is_not_shown(page_desk: Desk, evidence: str) -> None:
    visitor, other = senders.signed_in(page_desk), page_desk.found()
    assert senders.look(visitor, other, senders.cleaned(page_desk, other)).status_code == 200
    here = f"/agents/evidence/{other}"
    assert visitor.post(f"{here}/{evidence}/look", {"reason": "decide"}, page=here).status_code in (400, 409)
    assert visitor.get(f"/agents/evidence/{random_id()}").status_code == 404


def test_a_page_is_handed_out_once_as_a_file_from_the_other_origin(page_desk: Desk, case: str) -> None:
    """V3.2.1, case 13, 28, 33."""
    evidence = senders.cleaned(page_desk, case, files.pdf(pages=2))
    visitor = senders.signed_in(page_desk)
    first, second = senders.tickets(senders.look(visitor, case, evidence))
    assert senders.fetch(page_desk, first, origin="http://127.0.0.1:8080").status_code == 404
    answer = senders.fetch(page_desk, first)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{evidence}-1.jpg"')
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert Image.open(io.BytesIO(answer.data)).size == (417, 209)
    assert senders.fetch(page_desk, first).status_code == 409
    assert senders.fetch(page_desk, second).status_code == 200
    assert [leaf["page"] for leaf in senders.leaves(page_desk, "evidence.read")] == [1, 2]


def test_a_page_that_is_handed_out_bears_who_fetched_it(page_desk: Desk, case: str) -> None:
    """Case 28: a blank page is no longer blank."""
    evidence = senders.cleaned(page_desk, case, files.written(Image.new("RGB", (900, 1200), "white"), "PNG"))
    (ticket,) = senders.tickets(senders.look(senders.signed_in(page_desk), case, evidence))
    page = Image.open(io.BytesIO(senders.fetch(page_desk, ticket).data)).convert("L")
    assert page.getextrema()[0] < 230  # type: ignore[operator]


def test_a_ticket_is_worth_nothing_when_its_session_is_over(page_desk: Desk, case: str, evidence: str) -> None:
    """Case 22."""
    visitor = senders.signed_in(page_desk)
    (ticket,) = senders.tickets(senders.look(visitor, case, evidence))
    visitor.post("/agents/sign-out", {})
    assert senders.fetch(page_desk, ticket).status_code == 401


def test_a_ticket_lives_for_five_minutes(page_desk: Desk, case: str, evidence: str) -> None:
    (ticket,) = senders.tickets(senders.look(senders.signed_in(page_desk), case, evidence))
    page_desk.clock.advance(timedelta(minutes=5))
    assert senders.fetch(page_desk, ticket).status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"service": "fulfilment"}, {"purpose": "release"}, {"kind": "subject"}, {"once": False}, {"browser": "b" * 64}],
    ids=lambda change: next(iter(change)),
)
def test_no_other_grant_fetches_a_page(page_desk: Desk, change: dict[str, Any]) -> None:
    now = page_desk.clock.now()
    facts: dict[str, Any] = {
        "id": uuid7(), "kind": "agent", "person": "p", "roles": ("agent",), "controllers": (), "service": "identity",
        "purpose": "evidence", "case": "", "browser": "", "session": "s", "issued": now,
        "expires": now + timedelta(minutes=5), "once": True,
    }  # fmt: skip
    grant = mint(page_desk.context.keys.signer("identity"), Grant(**{**facts, **change}))
    assert senders.fetch(page_desk, grant).status_code == 401


def test_whoever_looked_notes_what_was_seen_and_the_letter_is_gone(page_desk: Desk, case: str, evidence: str) -> None:
    visitor = senders.signed_in(page_desk)
    assert "What did you see?" not in visitor.get(f"/agents/evidence/{case}").text
    assert senders.decide(visitor, case, evidence).status_code == 409
    first, again = (senders.tickets(senders.look(visitor, case, evidence))[0] for _ in range(2))
    assert senders.fetch(page_desk, first).status_code == 200
    assert senders.decide(visitor, case, evidence, "perhaps").status_code == 400
    assert senders.decide(visitor, case, evidence, "not_readable").status_code == 303
    assert senders.stored(page_desk) == []
    assert "Looked at: it cannot be read. Destroyed." in visitor.get(f"/agents/evidence/{case}").text
    assert senders.fetch(page_desk, again).status_code == 409
    assert "What did you see?" not in visitor.get(f"/agents/evidence/{case}").text


def test_the_list_says_what_became_of_each(page_desk: Desk, case: str) -> None:
    senders.cleaned(page_desk, case, files.locked_pdf())
    senders.cleaned(page_desk, case, files.pdf(pages=LIMITS.pdf_pages + 1))
    senders.cleaned(page_desk, case, files.picture()[:500])
    senders.cleaned(page_desk, case, files.pdf(pages=2))
    senders.offer(page_desk, case)
    visitor = senders.signed_in(page_desk)
    page = visitor.get(f"/agents/evidence/{case}").text
    for words in ("needs a password", "too many pages", "No pages could be made", "PDF, 2 pages", "being checked"):
        assert words in page
    page_desk.clock.advance(timedelta(days=LIMITS.days_kept))
    tidy_evidence(page_desk.context)
    page = senders.signed_in(page_desk, "b@example.com").get(f"/agents/evidence/{case}").text
    assert "Its time was over." in page


def test_no_original_is_ever_served(page_desk: Desk, case: str) -> None:
    """Case 12, 13: what is fetched has nothing of what was sent but its looks."""
    sent = [files.scripted_pdf(), files.gps(1), files.gps(2), files.pdf_with_file(b"canary"), files.picture("PNG")]
    visitor = senders.signed_in(page_desk)
    for data in sent:
        evidence = senders.cleaned(page_desk, case, data)
        (ticket,) = senders.tickets(senders.look(visitor, case, evidence))
        page = senders.fetch(page_desk, ticket).data
        assert page.startswith(b"\xff\xd8\xff\xe0")
        assert not any(mark in page for mark in (b"JavaScript", b"GPS", b"canary", b"Exif", data[-20:]))
