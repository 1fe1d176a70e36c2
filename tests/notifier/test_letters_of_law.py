"""What the law demands of a mail stands in it, in every language, and nothing stands in it that is not needed."""

import re
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, meta

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
LANGUAGES = ("en", "sv")
PAIRS = [(message, language) for message in list_messages() for language in LANGUAGES]
FILES = {"subject.txt", "body.txt", "body.html"}
#: What may also be read on a locked screen: the company and a code, never whose or which case it is.
TEXTS = ("challenge",)
TEXT_VALUES = {"company", "code", "minutes", "purpose", "host"}
#: GSM 03.38: a letter outside of it halves what fits into one text.
GSM = set(f"{string.ascii_letters}{string.digits}@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà")
NEVER = {"en": "to nobody", "sv": "till ingen"}
#: What a mail may be told: the company, the case by its numbers, days and kinds, and the company's own words.
ALLOWED = set(VALUES) | {"language"}
#: What goes to a stored address about something that somebody may have asked in its owner's name.
STOPPED_BY = (
    "answer_ready", "challenge", "complaint_answer", "contact_change_old", "contact_changed", "extension", "handed_out",
    "invitation", "mandate", "thawed",
)  # fmt: skip
#: What goes to a stored telephone as a warning: no more than that there is a mail to read.
WARNING_TEXTS = ("contact_change_old", "frozen", "thawed")
COURT = {"en": "court", "sv": "domstol"}


@dataclass(frozen=True)
class Demand:
    """What one message has to say, by the names of its values, and whether a court has to be named."""

    message: str
    values: tuple[str, ...]
    source: str
    court: bool = False


DEMANDED = (
    *(Demand(message, ("company",), "GDPR Art. 12(1)") for message in list_messages()),
    *(Demand(message, ("reference",), "GDPR Art. 12(2)") for message in list_messages()),
    Demand("extension", ("reason", "words", "respond_by"), "GDPR Art. 12(3)"),
    Demand("extension", ("authority", "contact"), "GDPR Art. 12(2) and 77", court=True),
    Demand("complaint_acknowledged", ("authority", "contact"), "DPA 2018 s. 164A; GDPR Art. 77", court=True),
    Demand("complaint_answer", ("outcome", "words", "authority", "contact"), "GDPR Art. 12(2) and 77", court=True),
    Demand("refusal", ("authority", "contact"), "GDPR Art. 12(4)", court=True),
    Demand("lifting", ("lifted_on", "authority", "contact"), "GDPR Art. 18(3) and 77", court=True),
    Demand("recipient_notice", ("right", "contact"), "GDPR Art. 19"),
    *(Demand(message, ("portal", "case", "stop"), "abuse case 17") for message in STOPPED_BY),
)


def read(folder: Path, message: str, language: str) -> dict[str, str]:
    """The files of one message in one language."""
    return {each.name: each.read_text("utf-8") for each in (folder / message / language).iterdir()}


def names_in(text: str) -> set[str]:
    """The values that a template asks for."""
    return meta.find_undeclared_variables(with_days().parse(text))


def with_days() -> Environment:
    """An environment that knows the filter of days."""
    environment = Environment(autoescape=True)
    environment.filters["day"] = lambda value, language: value
    return environment


def find_faults(message: str, language: str, texts: dict[str, str]) -> list[str]:
    """All that is wrong with one message in one language."""
    faults = [f"{name} is missing or empty" for name in sorted(FILES) if not texts.get(name, "").strip()]
    for body in ("body.txt", "body.html"):
        text = texts.get(body, "")
        whole = names_in(texts.get("subject.txt", "")) | names_in(text)
        for demand in (each for each in DEMANDED if each.message == message):
            faults += [f"{body} lacks {name} ({demand.source})" for name in demand.values if name not in whole]
            if demand.court and COURT[language] not in text:
                faults.append(f"{body} names no court ({demand.source})")
        faults += [f"{body} asks for {name}" for name in sorted(names_in(text) - ALLOWED)]
        links = re.findall(r"https?://\S+|www\.\S+|mailto:\S+", text) + re.findall(r'href="(?!\{\{ portal \}\})', text)
        faults += [f"{body} has a link that is not the portal's" for _ in links]
    return faults


def find_text_faults(language: str, text: str) -> list[str]:
    """All that is wrong with the text of a message in one language."""
    names = names_in(text)
    faults = [f"asks for {name}" for name in sorted(names - TEXT_VALUES)]
    faults += [f"lacks {name}" for name in ("company", "code", "minutes") if name not in names]
    faults += ["has a link"] * bool(re.search(r"https?:|www\.|mailto:|/\S*\{\{", text))
    faults += ["does not say what never to do"] * (NEVER[language] not in text)
    for purpose in ("prove", "release"):
        told = {**VALUES, "company": "Nordlunds Lampor AB", "host": "privacy.example.com", "code": "K7MP-4XWR"}
        words = with_days().from_string(text).render({**told, "purpose": purpose}).strip()
        faults += [f"a letter that halves the room: {letter}" for letter in sorted(set(words) - GSM)]
        faults += [f"{len(words)} letters are more than one text"] * (len(words) > 160)
        faults += ["is not bound to the portal"] * (words.splitlines()[-1] != "@privacy.example.com #K7MP-4XWR")
    return faults


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", TEXTS)
def test_a_text_says_what_it_has_to_and_no_more(message: str, language: str) -> None:
    assert find_text_faults(language, read(FOLDER, message, language)["sms.txt"]) == []


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("{{ code }}", "{{ reference }}"), ("{{ minutes }}", "{{ name }}"), ("{{ company }}", "We"),
        (" min.", " https://x.example/"), (" min.", " {{ portal }}"), ("to nobody", ""),
        ("till ingen", ""), (" min.", " min…"), (" min.", "m" * 60),
        ("@{{ host }} #{{ code }}", "{{ code }}"), ("@{{ host }}", "@x.example"),
    ],
)  # fmt: skip
def test_a_text_that_says_too_little_or_too_much_is_found(there: str, instead: str) -> None:
    for language in LANGUAGES:
        text = read(FOLDER, "challenge", language)["sms.txt"]
        assert find_text_faults(language, text.replace(there, instead)) or there not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", WARNING_TEXTS)
def test_a_warning_by_text_names_nobody_and_leads_nowhere(message: str, language: str) -> None:
    text = read(FOLDER, message, language)["sms.txt"]
    assert names_in(text) == {"company"}
    words = with_days().from_string(text).render({"company": "Nordlunds Lampor AB"}).strip()
    assert len(words) <= 160
    assert set(words) <= GSM
    assert not re.search(r"https?:|www\.|/", words)


@pytest.mark.parametrize(("message", "language"), PAIRS)
def test_a_mail_says_what_the_law_demands_and_no_more(message: str, language: str) -> None:
    assert languages_of(message) == LANGUAGES
    assert find_faults(message, language, read(FOLDER, message, language)) == []


@pytest.mark.parametrize("demand", DEMANDED, ids=lambda each: f"{each.message}-{'-'.join(each.values)}")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_that_leaves_something_out_is_found(demand: Demand, language: str) -> None:
    texts = read(FOLDER, demand.message, language)
    for name in demand.values:
        spoilt = {file: re.sub(rf"\b{name}\b(?=[ |}}]| ==)", "company_", text) for file, text in texts.items()}
        assert find_faults(demand.message, language, spoilt)
    if demand.court:
        assert find_faults(
            demand.message, language, {file: text.replace(COURT[language], "…") for file, text in texts.items()}
        )


@pytest.mark.parametrize(
    "more",
    [
        "{{ name }}",
        "{{ address }}",
        "{{ token }}",
        "https://elsewhere.example/",
        '<a href="{{ company }}">x</a>',
        "www.x.example",
    ],
)
def test_a_person_s_data_or_another_link_is_found(more: str) -> None:
    for message, language in PAIRS:
        texts = read(FOLDER, message, language)
        assert find_faults(message, language, {**texts, "body.html": texts["body.html"] + more})
        assert find_faults(message, language, {**texts, "body.txt": texts["body.txt"] + more}) or more.startswith("<a")


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_that_is_not_there_is_found(name: str) -> None:
    for message, language in PAIRS:
        texts = read(FOLDER, message, language)
        del texts[name]
        assert f"{name} is missing or empty" in find_faults(message, language, texts)


def body(message: str, language: str, **changes: str) -> str:
    """The text of a mail."""
    draft = Draft("l", VALUES["case"], message, "a@example.com", language, {**VALUES, **changes})
    mail: Any = write(draft, sender_name="X", sender="p@example.com")
    return " ".join(mail.get_body(("plain",)).get_content().split())


def test_an_extension_says_why_until_when_and_where_to_complain() -> None:
    english = body("extension", "en")
    assert "until 1 February 2027 at the latest (Article 12(3) GDPR)" in english
    assert "your request is complex. Three archives have to be searched by hand." in english
    assert "complain to Integritetsskyddsmyndigheten (IMY), or go to court" in english
    swedish = body("extension", "sv", reason="number_of_requests", words="Det är många brev.")
    assert "som längst till och med den 1 februari 2027" in swedish
    assert "Skälet är antalet begäranden. Det är många brev." in swedish


@pytest.mark.parametrize(
    ("kind", "says"), [("part", "We do a part of what you asked for"), ("whole", "We do not do what you asked for.")]
)
def test_a_refusal_says_how_much_is_refused(kind: str, says: str) -> None:
    assert says in body("refusal", "en", kind=kind)


@pytest.mark.parametrize(
    ("right", "says"),
    [
        ("erasure", "has been erased"),
        ("rectification", "was wrong and has been corrected"),
        ("restriction", "is stored, but may not be used"),
        ("objection", "may no longer be used as before"),
    ],
)
def test_a_recipient_learns_what_was_done(right: str, says: str) -> None:
    assert says in body("recipient_notice", "en", right=right)


def test_a_lifting_names_its_day() -> None:
    assert "Från och med den 10 december 2026 används uppgifterna igen" in body("lifting", "sv")


@pytest.mark.parametrize("message", ["extension", "refusal", "lifting", "recipient_notice"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_law_wants_said_is_said_quietly(message: str, language: str) -> None:
    assert "!" not in body(message, language)
