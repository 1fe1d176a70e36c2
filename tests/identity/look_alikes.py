"""Addresses that somebody might take for another: one character of it looks alike, or a mailbox part was varied.

The characters that look alike are those of the Unicode list of confusables (UTS 39), as `confusable_homoglyphs` has it.
"""

import random

from confusable_homoglyphs.confusables import is_confusable

from habeas.sdk.subject import fold_ascii

MOST = 567
"""How many of one address are tried."""
VICTIMS = (
    "anna.lindqvist@example.com",
    "lars.olofsson@example.org",
    "maria.carlsson@mail.example.com",
    "oskar.nilsson1984@example.net",
    "sofie.alexandersson@example.com",
)
_MARK = "\u200e"
"""The list wraps what is written from right to left into these; they are no part of it."""


def single_characters(address: str) -> list[str]:
    """Make addresses in each of which one character is another that looks like it: `MOST`, always the same."""
    made: dict[str, None] = {}
    for place, character in enumerate(address):
        for alike in _alikes(character):
            made[address[:place] + alike + address[place + 1 :]] = None
    others = [each for each in made if fold_ascii(each) != fold_ascii(address)]
    random.Random(address).shuffle(others)
    return others[:MOST]


def variants(address: str) -> list[str]:
    """Make addresses that some mail system delivers to the same person, or that a careless eye takes for theirs."""
    local, _, domain = address.partition("@")
    name, _, last = domain.rpartition(".")
    alike = name.replace("e", "е", 1).encode("idna").decode()
    tagged = [f"{local}+{tag}" for tag in ("a", "1", "gdpr", "privacy", "x.y", "2026", "+", "anna", "newsletter", "me")]
    dotted = [local.replace(".", ""), f"{local}.", f".{local}", local.replace(".", ".."), f"{local[0]}.{local[1:]}"]
    dotted += [f"{local[:place]}.{local[place:]}" for place in (2, 3, len(local) - 1)]
    others = [f'"{local}"', f"'{local}'", f"{local}_", f"-{local}", local.replace(".", "-"), local.replace(".", "_")]
    others += [local.replace("s", "ſ", 1), local.replace("i", "ı", 1), local.replace("i", "İ", 1), f"{local}\u200b"]
    domains = [
        f"{name}.{last}.se",
        f"www.{domain}",
        f"{name}.co",
        f"{name}.{last}.",
        f"{alike}.{last}",
        f"{name}-{last}",
    ]
    domains += [
        domain.replace(".", "。"),
        domain.replace("m", "rn", 1),
        domain.replace("x", "ｘ", 1),
        f"{name}s.{last}",
    ]
    told = [f"{each}@{domain}" for each in (*tagged, *dotted, *others)] + [f"{local}@{each}" for each in domains]
    told += [f"{local}%40{domain}@evil.example.com", f"{local}@{domain}@evil.example.com", f"{local}＠{domain}"]
    told += [f"{address},eve@evil.example.com", f"{address}\neve@evil.example.com", f"{local} @{domain}"]
    return list(dict.fromkeys(each for each in told if each != address))


def cases(address: str) -> list[str]:
    """Write an address in other letter case, ASCII only: the one thing in which what is stored may differ."""
    return [address.upper(), address.title(), address.swapcase(), address[0].upper() + address[1:]]


def _alikes(character: str) -> list[str]:
    found = is_confusable(character, greedy=True)
    return [each["c"].strip(_MARK) for each in found[0]["homoglyphs"]] if found else []
