"""AWS KMS as the provider that wraps data keys; `habeas.crypto.providers` says what a provider owes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from habeas.crypto.providers import KEK, KeyDestroyed, KeyMissing, check_name
from habeas.errors import NeedsPerson, Refused, TryLater

_KEYS = "alias/habeas-"
_TOMBSTONES = "alias/habeas-tombstone-"


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
        return tuple(sorted(kek for kek, target in keks.items() if KEK.fullmatch(kek) and target not in buried))

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
def _sorted_errors(client: Any) -> Iterator[None]:
    """Turn the client's errors into ours, by what to do next."""

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


def _alias(kek: str) -> str:
    return _KEYS + check_name(kek)
