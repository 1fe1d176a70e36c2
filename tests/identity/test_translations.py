"""Every word of identity's pages is there in Swedish, and no other is."""

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parents[2] / "services/identity/habeas_identity"


def test_every_word_is_translated_and_every_translation_used() -> None:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
    keywords = {"gettext": None, "ngettext": (1, 2)}
    used = {str(found[2]) for found in extract_from_dir(PACKAGE, methods, keywords=keywords)}
    with (PACKAGE / "translations/sv.po").open("rb") as file:
        catalogue = {str(message.id): str(message.string) for message in read_po(file, locale="sv") if message.id}
    assert used == catalogue.keys()
    assert all(catalogue.values())
