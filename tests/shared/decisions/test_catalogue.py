"""Every reason can be said in every language, to a person who reads letters and not laws."""

import ast
import json
import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from policies import text

import habeas.decisions
from habeas.decisions import LANGUAGES, Reason, Verdict, say
from habeas.decisions.catalogue import load_words, say_day, say_verdict
from habeas.vocabulary import LegalBasis

FOLDER = Path(habeas.decisions.__file__).parent
USERS = [*FOLDER.glob("*.py"), FOLDER.parents[2] / "services/fulfilment/habeas_fulfilment/decisions.py"]
NAME = re.compile(r"(access|ask|erase|forwarded|keep|object|port|rectify|restrict|review|withdraw)(_[a-z]+)+|forwarded")
ALONE = {"nothing_held", "outside_scope"}
#: A measure, and names of functions that are exported: they only look like reasons.
NO_REASONS = {"restrict_meanwhile", "erasure_order"}


def reasons_used() -> set[str]:
    """The reasons that the rules name, as their source has them."""
    found = set()
    for path in USERS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and (NAME.fullmatch(value) or value in ALONE):
                found.add(value)
    found -= NO_REASONS
    return found | {f"{each}_restricted" for each in found if each in ("rectify_contested", "rectify_value_missing")}


def places(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def test_every_catalogue_has_exactly_the_reasons_that_are_given() -> None:
    assert {path.stem for path in (FOLDER / "words").glob("*.json")} == set(LANGUAGES)
    for language in LANGUAGES:
        assert set(load_words(language)["reasons"]) == reasons_used(), language


def test_all_catalogues_have_the_same_places_to_fill() -> None:
    first, *others = (load_words(language)["reasons"] for language in LANGUAGES)
    for other in others:
        assert {name: places(words) for name, words in first.items()} == {
            name: places(words) for name, words in other.items()
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_names_months_bases_and_verdicts(language) -> None:
    words = load_words(language)
    assert len(set(words["months"])) == 12
    assert set(words["bases"]) == set(LegalBasis)
    assert set(words["verdicts"]) == set(Verdict)
    assert all(say_verdict(each, language) for each in Verdict)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_speaks_in_whole_sentences_and_calmly(language) -> None:
    for name, words in load_words(language)["reasons"].items():
        assert re.fullmatch(r"[A-ZÅÄÖ].*[.}]", words), name
        assert "!" not in words, name
        assert not re.search(r"\b(Art|GDPR|controller|personuppgiftsansvarig|data subject)\b", words), name


def test_a_catalogue_gives_no_reason_twice() -> None:
    for language in LANGUAGES:
        raw = (FOLDER / "words" / f"{language}.json").read_text(encoding="utf-8")
        pairs = json.loads(raw, object_pairs_hook=lambda found: found)
        names = [name for name, _ in dict(pairs)["reasons"]]
        assert len(names) == len(set(names))


def test_days_texts_and_bases_are_said_in_the_persons_language() -> None:
    kept = Reason("keep_contract", {"until": date(2031, 12, 31)})
    assert "31 December 2031" in say(kept, "en")
    assert "31 december 2031" in say(kept, "sv-FI")
    assert say(Reason("forwarded", {"customer": text("Alfa")}), "sv").startswith("Vi har uppgifterna för Alfa (sv)")
    bases = Reason("withdraw_others", {"bases": (LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION)})
    assert "ett avtal med dig och en rättslig förpliktelse fortsätter" in say(bases, "sv")


def test_a_language_without_a_catalogue_is_spoken_in_english() -> None:
    assert say(Reason("access_copy"), "sl") == say(Reason("access_copy"), "en")
    assert say_day(date(2026, 1, 2), "nb") == "2 January 2026"


def test_an_effect_that_nobody_described_leaves_no_gap() -> None:
    assert say(Reason("restrict_claims", {"effect": ""}), "en").endswith("for you and not used.")
    assert say(Reason("restrict_claims", {"effect": text("No sign-in.")}), "en").endswith("not used. No sign-in. (en)")


def test_words_that_look_like_places_stay_as_they_are() -> None:
    assert "{until}" in say(Reason("rectify_corrected", {"corrections": "name: {until} → {0}"}), "en")


@pytest.mark.parametrize("reason", [Reason("unheard_of"), Reason("keep_contract")])
def test_a_reason_that_cannot_be_said_is_a_bug_and_no_gap(reason) -> None:
    with pytest.raises(KeyError):
        say(reason, "en")
