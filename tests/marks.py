"""Looking for marked words in whatever a machine keeps, in every form that a word is written down in."""

import base64
import html
import json
import quopri
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, quote_plus

TEXTS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")


@dataclass(frozen=True)
class Marks:
    """Words that nobody else has, and that no machine of ours may keep in the open."""

    words: tuple[str, ...]

    def found_in(self, content: bytes) -> list[str]:
        """Name each word that stands in there, and in which form."""
        lowered = content.lower()
        plain = [name for form, name in self._in_any_case if form in lowered]
        return plain + [name for form, name in self._exact if form in content]

    @cached_property
    def _in_any_case(self) -> list[tuple[bytes, str]]:
        return [(form.lower(), f"{word} ({name})") for word in self.words for name, form in plain_forms(word)]

    @cached_property
    def _exact(self) -> list[tuple[bytes, str]]:
        return [(form, f"{word} ({name})") for word in self.words for name, form in base64_forms(word)]


def plain_forms(word: str) -> Iterator[tuple[str, bytes]]:
    """The forms in which small and capital letters make no difference to a reader."""
    for encoding in TEXTS:
        content = word.encode(encoding)
        yield encoding, content
        yield f"hex of {encoding}", content.hex().encode()
    yield "URL", quote(word, safe="").encode()
    yield "form", quote_plus(word).encode()
    yield "every byte as in a URL", "".join(f"%{byte:02x}" for byte in word.encode()).encode()
    yield "JSON", json.dumps(word)[1:-1].encode()
    yield "HTML", html.escape(word).encode()
    yield "HTML in numbers", word.encode("ascii", "xmlcharrefreplace")
    yield "quoted-printable", quopri.encodestring(word.encode())


def base64_forms(word: str) -> Iterator[tuple[str, bytes]]:
    """Base64 of a text in which the word begins at any place: the letters that only the word decides."""
    for encoding in TEXTS[:1] + TEXTS[2:]:
        content = word.encode(encoding)
        for before in range(3):
            whole = base64.b64encode(bytes(before) + content)
            sure = whole[(before * 8 + 5) // 6 : (before + len(content)) * 8 // 6]
            yield f"base64 of {encoding}", sure
            yield f"URL-safe base64 of {encoding}", sure.replace(b"+", b"-").replace(b"/", b"_")
