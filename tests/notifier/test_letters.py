"""Letters are complete in both languages, say nothing personal, and cannot be bent."""

import re

import pytest

from habeas.errors import Refused
from habeas_notifier.letters import FOLDER, Draft, languages_of, list_messages, write

VALUES = {
    "company": "Nordlund & Söner AB",
    "reference": "H-7K3M-9QXA",
    "portal": "https://privacy.example.com",
    "code": "ABCD2345",
    "stop": "K7-MP-4X-WR",
    "minutes": "10",
    "purpose": "prove",
    "kind": "package",
    "days": "14",
    "case": "5b0c8a5e-8c5e-4f0e-9d57-0a3f5a0f9a11",
    "reason": "complexity",
    "outcome": "in_part",
    "words": "Three archives have to be searched by hand.",
    "respond_by": "2027-02-01",
    "lifted_on": "2026-12-10",
    "right": "erasure",
    "contact": "integritet@nordlund.example",
    "authority": "Integritetsskyddsmyndigheten (IMY)",
}
MESSAGES = list_messages()
TEXTED = ("challenge", "contact_change_old", "frozen", "thawed")
"""What goes to a stored telephone too."""


def draft(message: str, language: str, to: str = "anna@example.com") -> Draft:
    return Draft("0190-letter", VALUES["case"], message, to, language, VALUES)


def test_there_is_a_letter_for_everything_a_person_is_told() -> None:
    assert MESSAGES == (
        "acknowledgement",
        "answer_ready",
        "challenge",
        "complaint_acknowledged",
        "complaint_answer",
        "contact_change_new",
        "contact_change_old",
        "contact_changed",
        "extension",
        "frozen",
        "handed_out",
        "invitation",
        "lifting",
        "mandate",
        "recipient_notice",
        "refusal",
        "thawed",
    )


@pytest.mark.parametrize("message", MESSAGES)
def test_every_letter_is_written_in_swedish_and_english(message: str) -> None:
    assert languages_of(message) == ("en", "sv")
    for language in languages_of(message):
        assert {path.name for path in (FOLDER / message / language).iterdir()} == {
            "subject.txt",
            "body.txt",
            "body.html",
        } | ({"sms.txt"} if message in TEXTED else set())


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("kind", ["package", "confirmation"])
def test_text_and_html_say_the_same(message: str, language: str, kind: str) -> None:
    made = Draft("l", VALUES["case"], message, "a@example.com", language, {**VALUES, "kind": kind})
    mail = write(made, sender_name="X", sender="privacy@example.com")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    bare = re.sub(r"<[^>]+>", " ", html.get_content()).replace("&amp;", "&")
    assert text.get_content().split() == bare.split()
    assert "{{" not in bare
    assert mail["Content-Language"] == language


def test_an_unknown_language_gets_english() -> None:
    assert write(draft("challenge", "tlh"), sender_name="X", sender="p@example.com")["Content-Language"] == "en"


def test_a_letter_tried_twice_keeps_its_message_id() -> None:
    first = write(draft("challenge", "sv"), sender_name="X", sender="p@example.com")
    again = write(draft("challenge", "sv"), sender_name="X", sender="p@example.com")
    assert first["Message-ID"] == again["Message-ID"] == "<0190-letter@example.com>"


def test_a_subject_never_shows_a_code() -> None:
    for message in MESSAGES:
        for language in ("en", "sv"):
            mail = write(draft(message, language), sender_name="X", sender="p@example.com")
            assert VALUES["code"] not in mail["Subject"]


BREAKS = ["\n", "\r", "\r\n", "\n ", "%0a\n", "\x0b\n"]
HEADERS = ["Bcc: evil@example.com", "To: evil@example.com", "Subject: x", "\n\nbody", "Content-Type: text/html"]


@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("place", ["to", "reference"])
def test_no_value_can_add_a_header(line_break: str, header: str, place: str) -> None:
    """Case 16."""
    bent = f"anna@example.com{line_break}{header}"
    values = VALUES if place == "to" else {**VALUES, "reference": bent}
    made = Draft("l", "c", "acknowledgement", bent if place == "to" else "a@example.com", "en", values)
    with pytest.raises(Refused):
        write(made, sender_name="X", sender="p@example.com")


def test_a_value_stands_in_the_html_as_text() -> None:
    """Case 14: an agent may have copied words that somebody sent."""
    hostile = {**VALUES, "words": "<script>alert(1)</script>"}
    told = Draft("0190-letter", VALUES["case"], "complaint_answer", "anna@example.com", "en", hostile)
    html = write(told, sender_name="Acme", sender="acme@example.com").get_body(("html",))
    assert html is not None
    assert "&lt;script&gt;" in html.get_content()
    assert "<script>" not in html.get_content()


def test_a_draft_does_not_print_whom_it_goes_to() -> None:
    assert "anna" not in repr(draft("challenge", "sv"))
