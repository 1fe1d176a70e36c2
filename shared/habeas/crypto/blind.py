"""Keyed blind indexes: what was encrypted can be looked up by equality, and by nobody without the key."""

import hashlib
import hmac

from habeas.crypto.canonical import bind


class BlindIndex:
    """Turns values of one purpose into look-up keys (HMAC-SHA-256, 64 hex digits).

    `secret` comes from `Keyring.secret(owner, "blind-index")`; indexes of two purposes never meet, so a table that
    shows one tells nothing about another. Normalise values before (`docs/security.md` says how addresses are).
    """

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._key = hmac.digest(secret, bind("habeas", "blind", purpose), hashlib.sha256)

    def of(self, value: str) -> str:
        """Give the look-up key of a value."""
        return hmac.digest(self._key, value.encode(), hashlib.sha256).hex()
