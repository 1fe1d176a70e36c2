"""The words of letters: the same in every language, quiet, and with days and articles as people write them."""

import json
import re
from datetime import date
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest

from habeas.decisions.types import Verdict
from habeas.errors import Faults
from habeas.profile.types import Length, SafeguardKind, Text, Unit
from habeas.vocabulary import LegalBasis, Right
from habeas_fulfilment.replies import ExtensionGround, GapKind, LetterKind, PartName
from habeas_fulfilment.replies.catalogue import choose_language, languages, speak


def catalogue(language: str) -> dict[str, str]:
    """The texts of one language, as they stand in its file."""
    place = files("habeas_fulfilment.replies").joinpath("words").joinpath(f"{language}.json")
    return dict(json.loads(place.read_text("utf-8")))


def places(text: str) -> list[str]:
    """The places of a text, articles with their numbers."""
    return sorted(f"{name}:{spec}" for _, name, spec, _ in Formatter().parse(text) if name)


def test_swedish_and_english_are_there() -> None:
    assert languages() == ("en", "sv")


def test_every_language_has_every_text_with_the_same_places() -> None:
    english = catalogue("en")
    for language in languages():
        texts = catalogue(language)
        assert texts.keys() == english.keys()
        for name, text in texts.items():
            if name not in ("day",):
                assert places(text) == places(english[name]), name


@pytest.mark.parametrize("language", languages())
def test_no_text_shouts_or_jokes(language: str) -> None:
    for name, text in catalogue(language).items():
        assert "!" not in text, name
        assert text == text.strip(), name
        assert "  " not in text, name


@pytest.mark.parametrize("language", languages())
def test_every_word_that_code_puts_together_is_there(language: str) -> None:
    texts = catalogue(language)
    wanted = [f"heading_{each}" for each in PartName]
    wanted += [f"right_{each}" for each in Right]
    wanted += [f"{start}_{each}" for start in ("title", "who") for each in LetterKind]
    wanted += [f"verdict_{each}" for each in Verdict if each is not Verdict.ASKS]
    wanted += [f"basis_{each}" for each in LegalBasis]
    wanted += [f"safeguard_{each}" for each in SafeguardKind]
    wanted += [f"gap_{each}" for each in GapKind]
    wanted += [f"longer_{each}" for each in ExtensionGround]
    assert [each for each in wanted if each not in texts] == []


def test_every_text_is_used() -> None:
    source = "".join(
        each.read_text("utf-8")
        for folder in (files("habeas_fulfilment.replies"), files("habeas_fulfilment.replies").joinpath("chapters"))
        for each in folder.iterdir()
        if each.name.endswith(".py")
    )
    made = set(re.findall(r'f"(\w+)_\{', source))
    entries = {f"term_{name}" for name in re.findall(r'entry\("(\w+)"', source)}
    unused = [
        name
        for name in catalogue("en")
        if not re.search(rf"""["']{name}["']""", source)
        and name not in entries
        and not any(name.startswith(f"{start}_") for start in made - {"term"})
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("article", "english", "swedish"),
    [
        ("16", "Article 16 GDPR", "artikel 16 i dataskyddsförordningen"),
        ("15(1)", "Article 15(1) GDPR", "artikel 15.1 i dataskyddsförordningen"),
        ("17(3)(b)", "Article 17(3)(b) GDPR", "artikel 17.3 b i dataskyddsförordningen"),
        ("7(3), 17(1)(b)", "Article 7(3), 17(1)(b) GDPR", "artikel 7.3, 17.1 b i dataskyddsförordningen"),
        ("Data Protection Act 2018 s. 45", "Data Protection Act 2018 s. 45", "Data Protection Act 2018 s. 45"),
    ],
)
def test_articles_are_cited_as_the_language_does(article: str, english: str, swedish: str) -> None:
    assert format(speak("en").art, article) == english
    assert format(speak("sv").art, article) == swedish


def test_two_laws_are_both_cited() -> None:
    assert format(speak("en", ("uk", "eu")).art, "17(1)") == "Article 17(1) UK GDPR and GDPR"
    assert format(speak("sv", ("uk",)).art, "17(1)") == "artikel 17.1 i den brittiska dataskyddsförordningen"
    assert format(speak("en", ("br",)).art, "17(1)") == "Article 17(1) GDPR"


def test_days_lengths_and_countries_read_naturally() -> None:
    english, swedish = speak("en"), speak("sv")
    assert (english.tell(date(2026, 3, 1)), swedish.tell(date(2026, 3, 1))) == ("1 March 2026", "1 mars 2026")
    assert (english.tell(Length(7, Unit.YEARS)), swedish.tell(Length(1, Unit.YEARS))) == ("7 years", "1 år")
    assert (english.country("NO"), swedish.country("NO"), english.country("??")) == ("Norway", "Norge", "??")
    assert swedish.tell(("a", "b", Text({"sv": "ö", "en": "o"}, "en"))) == "a, b och ö"


def test_a_value_is_never_read_as_a_text_with_places() -> None:
    assert "{reference} {art:1}" in speak("en")("contact", reference="{reference} {art:1}")


def test_a_language_is_found_by_its_first_part_or_by_the_others() -> None:
    assert choose_language("sv-FI", ()) == "sv"
    assert choose_language("sl", ("sl", "en")) == "en"
    with pytest.raises(Faults, match="language"):
        choose_language("sl", ("nb",))


def test_a_letter_leaves_no_place_open(shop: Any) -> None:
    for right in Right:
        for language in languages():
            reply = shop.write(shop.ruling(right, Verdict.APPLIES, Verdict.REFUSED), language)
            assert not re.search(
                r"[{}]", " ".join(str(each.blocks) + each.heading for each in reply.parts).replace("{}", "")
            )
