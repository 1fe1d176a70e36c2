"""Who wraps data keys: the local keyring or AWS KMS, behind one small port.

A key-encryption key is named `<retention class>-<YYYY-MM>` after the month in which everything under it has lapsed.
Destroying it is the last act of forgetting, so a destroyed key is never silently made again: locally a tombstone file
stands in its place, in KMS its alias points to a disabled key.

    KeyProvider
    ├── LocalKeyProvider(keyring)   `keyring:`   files beside the signing keys; destroyed at once
    └── AwsKms(client)              `aws-kms:`   one KMS key each; disabled at once, gone after 7 days
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from habeas.crypto.canonical import write_json
from habeas.crypto.keyfiles import KEY_BYTES, destroy_key, locked, read_key, write_key, write_whole
from habeas.crypto.keyring import Keyring
from habeas.errors import NeedsPerson, Refused

KEK = re.compile(r"[a-z][a-z-]{0,30}-[0-9]{4}-(0[1-9]|1[0-2])")
_VERSION = b"\x01"
_NONCE_BYTES = 12


class KeyDestroyed(Refused):
    """Says that a key was destroyed on purpose: what it protected is forgotten."""


class KeyMissing(NeedsPerson):
    """Says that a key is not where it should be although nobody destroyed it: restore it, nothing is made anew."""


class KeyProvider(Protocol):
    """Wraps and unwraps data keys under named key-encryption keys that it never shows.

    `context` is bound to what is wrapped: with another one it does not unwrap. Raises KeyDestroyed, KeyMissing,
    Refused (tampered, wrong context) and TryLater.
    """

    def wrap(self, kek: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap a data key; the key-encryption key is made at the first call."""

    def unwrap(self, kek: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Unwrap what `wrap` made under the same key and context."""

    def destroy(self, kek: str) -> None:
        """Destroy a key for good; safe to repeat."""

    def exists(self, kek: str) -> bool:
        """Say whether a key can be used now."""

    def held(self) -> tuple[str, ...]:
        """List the keys that can be used now."""


def open_provider(url: str, keyring: Keyring) -> KeyProvider:
    """Give the provider a URL names: `keyring:` or `aws-kms:?region=…&endpoint=…`; raises Refused for any other."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme == "keyring" and not options:
        return LocalKeyProvider(keyring)
    if parts.scheme == "aws-kms" and options.keys() <= {"region", "endpoint"}:
        import boto3

        from habeas.crypto.kms import AwsKms

        names = {"region": "region_name", "endpoint": "endpoint_url"}
        return AwsKms(boto3.client("kms", **{names[name]: value for name, value in options.items()}))
    raise Refused("the key provider has to be keyring: or aws-kms:?region=…&endpoint=…")


class LocalKeyProvider:
    """Wraps with AES-256-GCM under key files of the keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._root = keyring.folder
        self._folder = keyring.folder / "kek"
        self._held: dict[str, AESGCM] = {}

    def wrap(self, kek: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap a data key; the key-encryption key is made at the first call."""
        if not self._path(kek).exists():
            self._make(kek)
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._load(kek).encrypt(nonce, plaintext, _bound(kek, context))

    def unwrap(self, kek: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Unwrap what `wrap` made under the same key and context."""
        aead = self._load(kek)
        nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
        if wrapped[:1] != _VERSION or len(sealed) < 16:
            raise Refused("this is not a wrapped key")
        try:
            return aead.decrypt(nonce, sealed, _bound(kek, context))
        except InvalidTag:
            raise Refused("this key was wrapped for another place, or was changed") from None

    def destroy(self, kek: str) -> None:
        """Leave a tombstone, then overwrite and unlink the key file."""
        with locked(self._root):
            self._held.pop(kek, None)
            if not self._tombstone(kek).exists():
                write_whole(self._tombstone(kek), b"", 0o400)
            destroy_key(self._path(kek))

    def exists(self, kek: str) -> bool:
        """Say whether a key can be used now."""
        return self._path(kek).exists() and not self._tombstone(kek).exists()

    def held(self) -> tuple[str, ...]:
        """List the keys that can be used now."""
        return tuple(sorted(path.stem for path in self._folder.glob("[!.]*.key") if self.exists(path.stem)))

    def _make(self, kek: str) -> None:
        with locked(self._root):
            if not self._path(kek).exists() and not self._tombstone(kek).exists():
                write_key(self._path(kek), os.urandom(KEY_BYTES))

    def _load(self, kek: str) -> AESGCM:
        # The tombstone is looked for each time: another process may have destroyed what this one still remembers.
        if self._tombstone(kek).exists():
            self._held.pop(kek, None)
            raise KeyDestroyed("the key of this retention class and month has been destroyed")
        aead = self._held.get(kek)
        if aead is None:
            try:
                aead = AESGCM(read_key(self._path(kek)))
            except FileNotFoundError:
                raise KeyMissing(f"the key {kek} is missing from the keyring: restore the keyring") from None
            self._held[kek] = aead
        return aead

    def _path(self, kek: str) -> Path:
        return self._folder / f"{check_name(kek)}.key"

    def _tombstone(self, kek: str) -> Path:
        return self._folder / f"{check_name(kek)}.destroyed"


def check_name(kek: str) -> str:
    """Return the name of a key-encryption key if it is one; names become paths and aliases."""
    if not KEK.fullmatch(kek):
        raise ValueError("a key-encryption key is named <class>-<YYYY-MM>")
    return kek


def _bound(kek: str, context: Mapping[str, str]) -> bytes:
    return write_json({"kek": kek, "context": dict(context)})
