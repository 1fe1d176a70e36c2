"""The number a person is told: short enough to read out, with a check letter, and without any meaning."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 letters that nobody mistakes for another when read aloud or by hand; a prime number, which the check needs."""

_WEIGHTS = range(2, 9)


def make_reference() -> str:
    """Make a reference such as `H-7K3M-9QXA`; the last letter checks the seven before it."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(7))
    return _write(letters + _check(letters))


def read_reference(text: str) -> str | None:
    """Read a reference as people write it, with or without dashes, in any case; None if it cannot be one."""
    letters = "".join(text.upper().split()).replace("-", "")
    if len(letters) != 9 or letters[0] != "H" or not set(letters[1:]) <= set(ALPHABET):
        return None
    return _write(letters[1:]) if _check(letters[1:8]) == letters[8] else None


def _check(letters: str) -> str:
    total = sum(weight * ALPHABET.index(letter) for weight, letter in zip(_WEIGHTS, letters, strict=True))
    return ALPHABET[total % len(ALPHABET)]


def _write(letters: str) -> str:
    return f"H-{letters[:4]}-{letters[4:]}"
