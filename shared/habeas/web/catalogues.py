"""The translations: one `.po` file a language and package, read as it stands, compiled in memory once."""

from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE = "en"
"""The language that templates and code are written in; it needs no catalogue."""


@cache
def read_catalogue(path: Path) -> Translations:
    """Read one `.po` file; doubtful (fuzzy) entries are left out."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    compiled = BytesIO()
    write_mo(compiled, catalogue, use_fuzzy=False)
    compiled.seek(0)
    return Translations(compiled)


class Catalogues:
    """The translations of several packages as one, a language at a time."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(dict.fromkeys(folders))
        self._merged: dict[str, NullTranslations] = {}

    def languages(self) -> tuple[str, ...]:
        """Return the languages that can be spoken: the source's, and each that every package has a catalogue for."""
        found = [{path.stem for path in folder.glob("*.po")} for folder in self._folders if folder.is_dir()]
        return (SOURCE, *sorted(set.intersection(*found) if found else ()))

    def speak(self, language: str) -> NullTranslations:
        """Return the translations into one language; the source's own are the words as written."""
        if language not in self._merged:
            merged = Translations()
            for folder in self._folders:
                if (path := folder / f"{language}.po").is_file():
                    catalogue = read_catalogue(path)
                    merged.merge(catalogue)
                    merged.plural = catalogue.plural  # merge() leaves it behind
            self._merged[language] = merged
        return self._merged[language]
