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
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from habeas.crypto.canonical import write_json
from habeas.crypto.keyfiles import KEY_BYTES, destroy_key, locked, read_key, write_key, write_whole
from habeas.crypto.keyring import Keyring
from habeas.errors import NeedsPerson, Refused, TryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEK = re.compile(r"[a-z][a-z-]{0,30}-[0-9]{4}-(0[1-9]|1[0-2])")
_KEYS = "alias/habeas-"
_TOMBSTONES = "alias/habeas-tombstone-"
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
        return self._folder / f"{_check(kek)}.key"

    def _tombstone(self, kek: str) -> Path:
        return self._folder / f"{_check(kek)}.destroyed"


class AwsKms:
    """Wraps in AWS KMS: one symmetric key a key-encryption key, found by its alias `alias/habeas-<kek>`.

    The caller's role needs Encrypt, Decrypt, CreateKey, CreateAlias, UpdateAlias, DescribeKey, DisableKey and
    ScheduleKeyDeletion. Destroying disables the key at once; AWS deletes it after its shortest waiting period of
    7 days, and would delete its alias with it, so the alias is moved to a disabled tombstone key first.
    """

    def __init__(self, client: Any) -> None:
        self._kms = client

    def wrap(self, kek: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap a data key; the key-encryption key is made at the first call."""
        alias = _alias(kek)
        with _sorted_errors(self._kms):
            key = self._describe(alias)
            if key is not None and key["KeyState"] != "Enabled":
                raise KeyDestroyed("the key of this retention class and month has been destroyed")
            if key is None:
                self._make(alias, f"Habeas wraps data keys with this until {kek[-7:]}")
            answer = self._kms.encrypt(KeyId=alias, Plaintext=plaintext, EncryptionContext=dict(context))
            return bytes(answer["CiphertextBlob"])

    def unwrap(self, kek: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Unwrap what `wrap` made under the same key and context."""
        alias = _alias(kek)
        with _sorted_errors(self._kms):
            key = self._describe(alias)
            if key is None:
                raise KeyMissing(f"AWS KMS has no key with the alias {alias}: look for it in this account and region")
            if key["KeyState"] != "Enabled":
                raise KeyDestroyed("the key of this retention class and month has been destroyed")
            answer = self._kms.decrypt(KeyId=alias, CiphertextBlob=wrapped, EncryptionContext=dict(context))
            return bytes(answer["Plaintext"])

    def destroy(self, kek: str) -> None:
        """Move the alias to a tombstone, disable the key and schedule its deletion in 7 days."""
        alias = _alias(kek)
        with _sorted_errors(self._kms):
            tombstone = self._tombstone(kek)
            key = self._describe(alias)
            if key is None:
                self._kms.create_alias(AliasName=alias, TargetKeyId=tombstone)
            elif key["KeyId"] != tombstone:
                if key["KeyState"] == "Enabled":
                    self._kms.disable_key(KeyId=key["KeyId"])
                self._kms.update_alias(AliasName=alias, TargetKeyId=tombstone)
                self._kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)

    def exists(self, kek: str) -> bool:
        """Say whether a key can be used now."""
        with _sorted_errors(self._kms):
            key = self._describe(_alias(kek))
        return key is not None and key["KeyState"] == "Enabled"

    def held(self) -> tuple[str, ...]:
        """List the keys that can be used now."""
        with _sorted_errors(self._kms):
            pages = self._kms.get_paginator("list_aliases").paginate()
            targets = {each["AliasName"]: each.get("TargetKeyId") for page in pages for each in page["Aliases"]}
        buried = {target for alias, target in targets.items() if alias.startswith(_TOMBSTONES)}
        keks = {alias.removeprefix(_KEYS): target for alias, target in targets.items() if alias.startswith(_KEYS)}
        return tuple(sorted(kek for kek, target in keks.items() if _KEK.fullmatch(kek) and target not in buried))

    def _describe(self, key_id: str) -> dict[str, Any] | None:
        try:
            return dict(self._kms.describe_key(KeyId=key_id)["KeyMetadata"])
        except self._kms.exceptions.NotFoundException:
            return None

    def _make(self, alias: str, description: str) -> str:
        key_id = str(self._kms.create_key(Description=description)["KeyMetadata"]["KeyId"])
        try:
            self._kms.create_alias(AliasName=alias, TargetKeyId=key_id)
        except self._kms.exceptions.AlreadyExistsException:  # another process was first: use theirs, drop ours
            self._kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
            return str(self._kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"])
        return key_id

    def _tombstone(self, kek: str) -> str:
        """Find or make the disabled key that stands for the destroyed ones of a class and year.

        One for all would reach the 50 aliases that AWS allows a key.
        """
        alias = _TOMBSTONES + kek[:-3]
        key = self._describe(alias)
        key_id = self._make(alias, "Habeas points here from keys it destroyed") if key is None else str(key["KeyId"])
        self._kms.disable_key(KeyId=key_id)
        return key_id


@contextmanager
def _sorted_errors(client: Any) -> "Iterator[None]":
    """Turn the client's errors into ours, by what to do next."""
    from botocore.exceptions import BotoCoreError, ClientError

    known = client.exceptions
    try:
        yield
    except (known.DisabledException, known.KMSInvalidStateException):
        raise KeyDestroyed("the key of this retention class and month has been destroyed") from None
    except (known.InvalidCiphertextException, known.IncorrectKeyException):
        raise Refused("this key was wrapped for another place, or was changed") from None
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        if code in ("AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException"):
            raise NeedsPerson(f"AWS KMS does not let us in ({code}): check the role and its key policy") from None
        raise TryLater(f"AWS KMS answered {code}", timedelta(seconds=30)) from None
    except BotoCoreError as error:
        raise TryLater(f"AWS KMS cannot be reached ({type(error).__name__})", timedelta(seconds=30)) from None


def _check(kek: str) -> str:
    if not _KEK.fullmatch(kek):
        raise ValueError("a key-encryption key is named <class>-<YYYY-MM>")
    return kek


def _alias(kek: str) -> str:
    return _KEYS + _check(kek)


def _bound(kek: str, context: Mapping[str, str]) -> bytes:
    return write_json({"kek": kek, "context": dict(context)})
