"""Both key providers wrap, refuse and destroy alike: one body of tests, run over the local folder and KMS."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from habeas.crypto.keyring import Keyring
from habeas.crypto.kms import AwsKms
from habeas.crypto.providers import (
    KeyDestroyed,
    KeyMissing,
    KeyProvider,
    LocalKeyProvider,
    open_provider,
)
from habeas.errors import NeedsPerson, Refused, TryLater

KEK = "letters-2030-05"
CONTEXT = {"service": "intake", "case": "1", "class": "letters"}


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A KMS in this process."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("kms", region_name="eu-north-1")


@pytest.fixture(params=["local", "kms"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> KeyProvider:
    """Each provider in turn."""
    return LocalKeyProvider(Keyring(tmp_path)) if request.param == "local" else AwsKms(request.getfixturevalue("kms"))


def test_a_data_key_comes_back(provider: KeyProvider) -> None:
    """Wrapped twice, the same key looks different each time."""
    assert not provider.exists(KEK)
    first, second = (provider.wrap(KEK, b"k" * 32, CONTEXT) for _ in range(2))
    assert first != second
    assert b"k" * 32 not in first + second
    assert provider.unwrap(KEK, first, CONTEXT) == provider.unwrap(KEK, second, CONTEXT) == b"k" * 32
    assert provider.exists(KEK)
    assert provider.held() == (KEK,)


@pytest.mark.parametrize("name", list(CONTEXT))
def test_another_context_is_refused(provider: KeyProvider, name: str) -> None:
    """A wrapped key moved to another service, case or class does not unwrap."""
    wrapped = provider.wrap(KEK, b"k" * 32, CONTEXT)
    for context in ({**CONTEXT, name: "other"}, {key: value for key, value in CONTEXT.items() if key != name}):
        with pytest.raises(Refused):
            provider.unwrap(KEK, wrapped, context)


def test_a_changed_or_torn_wrapping_is_refused(provider: KeyProvider) -> None:
    """Whatever is not what was wrapped."""
    wrapped = provider.wrap(KEK, b"k" * 32, CONTEXT)
    for forged in (wrapped[:-1], wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"", b"\0", bytes(61)):
        with pytest.raises(Refused):
            provider.unwrap(KEK, forged or b"\0", CONTEXT)


def test_a_key_that_was_never_made_is_missed_loudly(provider: KeyProvider) -> None:
    """Unwrapping never makes a key: it asks a person to restore it."""
    wrapped = provider.wrap(KEK, b"k" * 32, CONTEXT)
    with pytest.raises(KeyMissing, match="letters-2031-01"):
        provider.unwrap("letters-2031-01", wrapped, CONTEXT)
    assert not provider.exists("letters-2031-01")


def test_a_destroyed_key_is_never_made_again(provider: KeyProvider) -> None:
    """Wrapping and unwrapping both say that it was destroyed; destroying again is harmless; others go on."""
    wrapped = provider.wrap(KEK, b"k" * 32, CONTEXT)
    other = provider.wrap("package-2030-05", b"o" * 32, CONTEXT)
    for _ in range(2):
        provider.destroy(KEK)
        assert not provider.exists(KEK)
        with pytest.raises(KeyDestroyed):
            provider.wrap(KEK, b"k" * 32, CONTEXT)
        with pytest.raises(KeyDestroyed):
            provider.unwrap(KEK, wrapped, CONTEXT)
    assert provider.held() == ("package-2030-05",)
    assert provider.unwrap("package-2030-05", other, CONTEXT) == b"o" * 32


def test_a_key_can_be_destroyed_before_it_was_made(provider: KeyProvider) -> None:
    """A month that nobody used is buried too."""
    provider.destroy(KEK)
    with pytest.raises(KeyDestroyed):
        provider.wrap(KEK, b"k" * 32, CONTEXT)


@pytest.mark.parametrize(
    "kek", ["", "../x-2030-05", "letters", "letters-2030-13", "Letters-2030-05", "letters-2030-05/"]
)
def test_a_name_that_is_no_key_name_is_a_bug(provider: KeyProvider, kek: str) -> None:
    """Names become paths and aliases."""
    for call in (provider.exists, provider.destroy, lambda name: provider.wrap(name, b"k" * 32, {})):
        with pytest.raises(ValueError, match="key-encryption key"):
            call(kek)


def test_many_at_once_agree_on_one_local_key(tmp_path: Path) -> None:
    """Eight providers that are all first make one key."""
    providers = [LocalKeyProvider(Keyring(tmp_path)) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        wrapped = list(threads.map(lambda each: each.wrap(KEK, b"k" * 32, CONTEXT), providers))
    assert all(providers[0].unwrap(KEK, each, CONTEXT) == b"k" * 32 for each in wrapped)


def test_a_key_destroyed_elsewhere_stops_working_here(tmp_path: Path) -> None:
    """A provider that remembers the key looks for the tombstone first."""
    here, there = LocalKeyProvider(Keyring(tmp_path)), LocalKeyProvider(Keyring(tmp_path))
    wrapped = here.wrap(KEK, b"k" * 32, CONTEXT)
    there.destroy(KEK)
    with pytest.raises(KeyDestroyed):
        here.unwrap(KEK, wrapped, CONTEXT)


def test_a_destruction_that_was_broken_off_counts(tmp_path: Path) -> None:
    """The tombstone comes first, so a key file left beside it is not used, and destroying again removes it."""
    provider = LocalKeyProvider(Keyring(tmp_path))
    wrapped = provider.wrap(KEK, b"k" * 32, CONTEXT)
    (tmp_path / "kek" / f"{KEK}.destroyed").touch()
    assert not provider.exists(KEK)
    with pytest.raises(KeyDestroyed):
        provider.unwrap(KEK, wrapped, CONTEXT)
    provider.destroy(KEK)
    assert not (tmp_path / "kek" / f"{KEK}.key").exists()


def test_kms_is_told_to_destroy(kms: Any) -> None:
    """The key's state is looked at, not only what we make of it: disabled, deletion in 7 days, alias moved away.

    moto goes on decrypting under a key that waits for its deletion, which AWS refuses, so that a decryption would
    prove nothing here.
    """
    provider = AwsKms(kms)
    provider.wrap(KEK, b"k" * 32, CONTEXT)
    key = kms.describe_key(KeyId=f"alias/habeas-{KEK}")["KeyMetadata"]
    provider.destroy(KEK)
    after = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert after["KeyState"] == "PendingDeletion"
    assert not after["Enabled"]
    assert timedelta(days=6) < after["DeletionDate"] - key["CreationDate"] < timedelta(days=8)
    stands_there = kms.describe_key(KeyId=f"alias/habeas-{KEK}")["KeyMetadata"]
    assert stands_there["KeyId"] != key["KeyId"]
    assert stands_there["KeyState"] == "Disabled"


def test_a_second_maker_in_kms_uses_the_first_ones_key(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that both saw no key end with one; the other is dropped."""
    first, second = AwsKms(kms), AwsKms(kms)
    wrapped = first.wrap(KEK, b"k" * 32, CONTEXT)
    real, blind = second._describe, [True]
    monkeypatch.setattr(second, "_describe", lambda key_id: None if blind.pop() else real(key_id))
    again = second.wrap(KEK, b"o" * 32, CONTEXT)
    assert first.unwrap(KEK, again, CONTEXT) == b"o" * 32
    assert first.unwrap(KEK, wrapped, CONTEXT) == b"k" * 32
    states = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]["KeyState"] for each in kms.list_keys()["Keys"]]
    assert sorted(states) == ["Enabled", "PendingDeletion"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "Encrypt"), TryLater),
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "Encrypt"), NeedsPerson),
        (EndpointConnectionError(endpoint_url="https://kms.example"), TryLater),
    ],
)
def test_trouble_with_kms_is_sorted_by_what_to_do(
    kms: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception]
) -> None:
    """Throttled and unreachable is later, not let in is a person's work."""

    def fail(**_arguments: object) -> None:
        raise error

    monkeypatch.setattr(kms, "describe_key", fail)
    with pytest.raises(kind):
        AwsKms(kms).wrap(KEK, b"k" * 32, CONTEXT)


def test_a_url_chooses_the_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two schemes; anything else is refused."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    ring = Keyring(tmp_path)
    assert isinstance(open_provider("keyring:", ring), LocalKeyProvider)
    assert isinstance(open_provider("aws-kms:?region=eu-north-1&endpoint=http://127.0.0.1:9", ring), AwsKms)
    for url in ("", "vault:", "keyring:?x=1", "aws-kms:?account=1"):
        with pytest.raises(Refused):
            open_provider(url, ring)
