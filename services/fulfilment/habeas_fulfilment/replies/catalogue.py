"""The words of a letter: one catalogue file a language, and days, countries and articles as that language has them."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.units import format_unit

from habeas.errors import Fault, Faults
from habeas.profile.types import Length, Text

_ARTICLE = re.compile(r"(\d+[A-Z]?)(?:\((\d+[A-Z]?)\))?(?:\(([a-z])\))?")
_FORMS = {(False, False): "article", (True, False): "article_paragraph", (True, True): "article_letter"}
_UNLETTERED = (False, True)


@lru_cache
def languages() -> tuple[str, ...]:
    """The languages that letters are written in: one catalogue file each, and nothing else makes a language."""
    names = (each.name for each in files(__package__).joinpath("words").iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def choose_language(wanted: str, others: Iterable[str]) -> str:
    """The catalogue for the person's language, or for the first of the others; raises Faults where there is none."""
    for each in (wanted, wanted.partition("-")[0], *others):
        if each in languages():
            return each
    problem = f"no letter can be written in {wanted!r} or in a language of the controller"
    raise Faults([Fault("language", problem, f"use one of {', '.join(languages())}, or add a catalogue")])


class Articles:
    """The articles of the law in a text: `{art:17(3)(b)}` is said the way the language cites them."""

    def __init__(self, texts: Mapping[str, str], law: str) -> None:
        self._texts = texts
        self._law = law

    def __format__(self, article: str) -> str:
        """Cite one article, or several parted by commas; what is no article of the regulation stays as it is."""
        found = [_ARTICLE.fullmatch(each.strip()) for each in article.split(",")]
        if not all(found):
            return article
        numbers = ", ".join(self._number(each) for each in found if each is not None)
        return self._texts["cited"].format(number=numbers, law=self._law)

    def _number(self, match: re.Match[str]) -> str:
        number, paragraph, letter = match.groups()
        has = (paragraph is not None, letter is not None)
        if has == _UNLETTERED:
            return match.group()
        return self._texts[_FORMS[has]].format(number=number, paragraph=paragraph, letter=letter)


class Words:
    """The texts of one language; asking for a text that the catalogue lacks is a bug and raises KeyError."""

    def __init__(self, language: str, texts: Mapping[str, str], laws: Iterable[str] = ("eu",)) -> None:
        self.language = language
        self._texts = texts
        self._locale = Locale.parse(language)
        names = [texts[name] for name in (f"gdpr_{law}" for law in laws) if name in texts]
        self.art = Articles(texts, self.all_of(names or [texts["gdpr_eu"]]))

    def __call__(self, text: str, **values: object) -> str:
        """Give a text with its places filled: days, texts of a profile and lists as the language writes them."""
        said = {name: self.tell(value) for name, value in values.items()}
        return self._texts[text].format(**said, art=self.art)

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    def tell(self, value: object) -> str:
        """Say one value: a day, a length, a text of a profile, or several things as one enumeration."""
        if isinstance(value, date):
            return format_date(value, self._texts["day"], locale=self._locale)
        if isinstance(value, Length):
            return str(format_unit(value.count, f"duration-{value.unit.removesuffix('s')}", locale=self._locale))
        if isinstance(value, Text):
            return value.in_(self.language)
        if isinstance(value, tuple | list):
            return self.all_of(map(self.tell, value))
        return str(value)

    def country(self, code: str) -> str:
        """Name a country by its code (ISO 3166-1), or give the code where the language has no name for it."""
        return str(self._locale.territories.get(code, code))

    def all_of(self, texts: Iterable[str]) -> str:
        """Join texts into one enumeration."""
        return format_list(list(texts), locale=self._locale)


@lru_cache
def speak(language: str, laws: tuple[str, ...] = ("eu",)) -> Words:
    """Load the words of one of `languages()`; `laws` are those that the controller answers by."""
    texts = json.loads(files(__package__).joinpath("words").joinpath(f"{language}.json").read_text("utf-8"))
    return Words(language, texts, laws)
