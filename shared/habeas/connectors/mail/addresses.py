"""Compares addresses of mail: exactly, A to Z alone without case, an IDN domain also as its A-label."""

import re
from collections.abc import Sequence

import idna

from habeas.sdk import fold_ascii

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_BEFORE = r"(?<![\w.!#$%&*+/=?^`{|}~-])"
_AFTER = r"(?![\w@-]|\.\w)"


class Addresses:
    """The proved addresses of one person; plus-addresses and other spellings are other addresses."""

    def __init__(self, proved: Sequence[str]) -> None:
        self._local: dict[str, list[tuple[str, frozenset[str]]]] = {}
        self._pieces: list[tuple[tuple[bytes, ...], tuple[bytes, ...]]] = []
        spellings: set[str] = set()
        for address in proved:
            local, at, domain = fold_ascii(address).rpartition("@")
            if not (at and local and domain):
                continue  # no address, so no message is sent to it
            forms = domain_forms(domain)
            self._local.setdefault(local, []).append((address, forms))
            self._pieces.append((_ascii_atoms(local), _ascii_atoms(domain)))
            spellings |= {f"{local}@{form}" for form in forms}
        alternatives = "|".join(re.escape(each) for each in sorted(spellings))
        self._in_text = re.compile(f"{_BEFORE}(?:{alternatives}){_AFTER}") if spellings else None

    def proved(self, address: str) -> str | None:
        """The proved address that this one is, in the spelling that was proved; None if it is another."""
        local, _, domain = fold_ascii(address).rpartition("@")
        for proved, forms in self._local.get(local, ()):
            if domain in forms or domain_forms(domain) & forms:
                return proved
        return None

    def named_in(self, text: str) -> bool:
        """Whether one of the addresses stands in a text as a word of its own."""
        folded = text.lower() if text.isascii() else fold_ascii(text)
        return self._in_text is not None and self._in_text.search(folded) is not None

    def may_be_in(self, head: bytes) -> bool:
        """Whether a parser could find one of the addresses in these bytes: quick, and never no where it should be yes.

        White space and comments may stand between the atoms of an address but never inside of one; only a local part
        that is quoted may have a backslash in it anywhere.
        """
        folded = head.lower()
        escaped = b"\\" in folded
        return any(
            all(piece in folded for piece in domain) and (escaped or all(piece in folded for piece in local))
            for local, domain in self._pieces
        )


def domain_forms(domain: str) -> frozenset[str]:
    """A domain, A to Z folded, as it is stored and as its A-label (RFC 5891, without any mapping of look-alikes)."""
    try:
        return frozenset({domain, idna.encode(domain, strict=True).decode("ascii")})
    except (idna.IDNAError, UnicodeError):
        return frozenset({domain})


def _ascii_atoms(text: str) -> tuple[bytes, ...]:
    """The runs of ASCII in a part of an address, which stand so in a header, as an A-label keeps them in a row too."""
    return tuple(each.encode() for each in _ATOM.findall(text) if not each.startswith("xn--"))
