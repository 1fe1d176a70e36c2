"""Personal values at rest: encrypted under their case's data key, and bound to the place where they stand."""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from sqlalchemy.orm import Session

from habeas.clock import Clock
from habeas.crypto.canonical import bind
from habeas.crypto.datakeys import DataKeys
from habeas.errors import NeedsPerson

_VERSION = b"\x01"
_NONCE_BYTES = 12


@dataclass(frozen=True)
class Place:
    """Where a value stands; moved to another table, column or row it does not open."""

    table: str
    column: str
    row: str


class Vault:
    """Encrypts and decrypts values within one transaction: AES-256-GCM, 29 bytes longer than the plain value.

    Nonces are 96 random bits: a data key lives for one case and class, far from the 2^32 uses that would be too many.
    The first use of a key in a process unwraps it with the provider; a house whose provider is far away does that in
    its transaction, once per case and class.
    """

    def __init__(self, session: Session, keys: DataKeys, clock: Clock) -> None:
        self._session = session
        self._keys = keys
        self._clock = clock

    def encrypt(self, case: str, retention: str, place: Place, plaintext: bytes) -> bytes:
        """Encrypt a value of a case that is kept as long as its retention class."""
        key = self._keys.make(self._session, case, retention, self._clock.now())
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + key.encrypt(nonce, plaintext, self._bound(case, retention, place))

    def decrypt(self, case: str, retention: str, place: Place, ciphertext: bytes) -> bytes:
        """Decrypt a value that `encrypt` made for the same place.

        Raises KeyForgotten when its key is gone, NeedsPerson when it was moved or changed.
        """
        key = self._keys.find(self._session, case, retention, self._clock.now())
        nonce, sealed = ciphertext[1 : 1 + _NONCE_BYTES], ciphertext[1 + _NONCE_BYTES :]
        if ciphertext[:1] != _VERSION or len(sealed) < 16:
            raise NeedsPerson(f"a value in {place.table}.{place.column} is damaged: compare it with a backup")
        try:
            return key.decrypt(nonce, sealed, self._bound(case, retention, place))
        except InvalidTag:
            raise NeedsPerson(
                f"a value in {place.table}.{place.column} was moved or changed: compare it with a backup"
            ) from None

    def forget(self, case: str, retention: str) -> None:
        """Make everything of a case and class unreadable; the encrypted values may be deleted whenever convenient."""
        self._keys.forget(self._session, case, retention)

    def _bound(self, case: str, retention: str, place: Place) -> bytes:
        return bind("habeas", "vault", "1", self._keys.service, case, retention, place.table, place.column, place.row)
