"""Every sentence that a page can say stands in every catalogue, and no catalogue holds one that nobody says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from habeas.web.catalogues import Catalogues, read_catalogue

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "shared/habeas/web", *sorted(ROOT.glob("services/*/habeas_*"))]
LANGUAGES = ("sv",)
HOW = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true"}, "**/templates/**.txt": {"trimmed": "true"}}
KEYWORDS = {"gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2), "_": None}
PLACE = re.compile(r"%\((\w+)\)[sd]")

Sentence = str | tuple[str, ...]


def said_by(package: Path) -> set[Sentence]:
    """Return every sentence that the code and the templates of a package mark for translation."""
    found = extract_from_dir(package, HOW, OPTIONS, KEYWORDS)
    return {message if isinstance(message, str) else tuple(message[:2]) for _, _, message, _, _ in found}


def speaking() -> Iterator[Path]:
    for package in PACKAGES:
        if said_by(package):
            yield package


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("package", list(speaking()), ids=lambda package: package.name)
def test_a_catalogue_says_exactly_what_its_package_says(package: Path, language: str) -> None:
    """Nothing untranslated, nothing doubtful, nothing left over, and every number and name in its place."""
    path = package / "translations" / f"{language}.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    said = said_by(package)
    entries = {message.id if isinstance(message.id, str) else tuple(message.id): message for message in catalogue}
    entries.pop("")
    assert said - entries.keys() == set(), "untranslated"
    assert entries.keys() - said == set(), "said by nobody"
    for sentence, message in entries.items():
        words = [message.string] if isinstance(message.string, str) else list(message.string)
        assert not message.fuzzy, sentence
        assert all(words), sentence
        source = sentence if isinstance(sentence, str) else sentence[-1]
        for each in words:
            assert set(PLACE.findall(each)) == set(PLACE.findall(source)), sentence


def test_a_catalogue_is_read_as_it_is_written() -> None:
    swedish = read_catalogue(ROOT / "shared/habeas/web/translations/sv.po")
    assert swedish.ugettext("Back") == "Tillbaka"
    assert [swedish.ungettext("in %(num)d day", "in %(num)d days", n) % {"num": n} for n in (1, 12)] == [
        "om 1 dag",
        "om 12 dagar",
    ]


def test_a_language_is_offered_only_if_every_package_speaks_it(tmp_path: Path) -> None:
    for package, languages in (("one", ("sv", "de")), ("other", ("sv",))):
        (tmp_path / package).mkdir()
        for language in languages:
            (tmp_path / package / f"{language}.po").write_text("", encoding="utf-8")
    assert Catalogues([tmp_path / "one", tmp_path / "other"]).languages() == ("en", "sv")
    assert Catalogues([tmp_path / "one"]).languages() == ("en", "de", "sv")


def test_the_words_of_several_packages_are_one_catalogue(tmp_path: Path) -> None:
    for package, word in (("one", "ett"), ("other", "annat")):
        (tmp_path / package).mkdir()
        (tmp_path / package / "sv.po").write_text(f'msgid "{package}"\nmsgstr "{word}"\n', encoding="utf-8")
    swedish = Catalogues([tmp_path / "one", tmp_path / "other"]).speak("sv")
    assert (swedish.ugettext("one"), swedish.ugettext("other")) == ("ett", "annat")
