"""The folder and the bucket keep the same promises, and a URL says plainly what is wrong with it."""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from habeas.errors import Faults, Refused, TryLater
from habeas.storage import AlreadyStored, NotStored, open_store
from habeas.storage.folder import FolderStore
from habeas.testing.servers.moto import Moto
from habeas.testing.servers.rgw import Rgw
from habeas.testing.store_contract import StoreContract, read_all


class TestFolderStore(StoreContract):
    """The folder keeps the promises."""

    @pytest.fixture
    def store_url(self, tmp_path: Path) -> str:
        return f"file://{tmp_path}/store"


@dataclass(frozen=True)
class Bucket:
    """A fresh bucket, and how to look into it without our store."""

    name: str
    options: str
    client: Any

    def url(self, prefix: str = "") -> str:
        """Give the store URL of a prefix in it."""
        return f"s3://{self.name}/{prefix}?{self.options}"


def make_bucket(endpoint: str, key: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Make a bucket, and let boto3 find these credentials as it does in production."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    config = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required")
    client = boto3.session.Session().client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config)
    name = f"bucket-{uuid4().hex}"
    client.create_bucket(Bucket=name)
    return Bucket(name, f"endpoint={endpoint}&region=us-east-1", client)


class BucketContract(StoreContract):
    """What is true of buckets beside the promises."""

    @pytest.fixture
    def store_url(self, bucket: Bucket) -> str:
        return bucket.url("some/prefix")

    def test_a_put_that_broke_off_leaves_no_parts_either(self, store_url: str, bucket: Bucket) -> None:
        def breaking() -> Iterator[bytes]:
            yield bytes(9 * 1024 * 1024)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            open_store(store_url).put("a", breaking())
        assert not bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads")

    def test_a_prefix_keeps_two_stores_of_one_bucket_apart(self, bucket: Bucket) -> None:
        one, other = open_store(bucket.url("one")), open_store(bucket.url("other"))
        one.put("a", [b"one"])
        assert not other.exists("a")
        assert list(other.list()) == []
        assert list(one.list()) == ["a"]

    def test_a_bucket_that_is_not_there_is_refused(self, bucket: Bucket) -> None:
        store = open_store(f"s3://no-such-{bucket.name}?{bucket.options}")
        with pytest.raises(Refused, match="NoSuchBucket"):
            store.put("a", [b"x"])

    def test_an_object_that_changes_while_it_is_read_is_refused(self, store_url: str, bucket: Bucket) -> None:
        store = open_store(store_url)
        store.put("a", [b"old" * 300_000])
        with store.open("a") as reader:
            reader.read(10)
            bucket.client.put_object(Bucket=bucket.name, Key="some/prefix/a", Body=b"new" * 300_000)
            reader.seek(600_000)
            with pytest.raises(Refused):
                reader.read(300_000)


class TestStoreOnMoto(BucketContract):
    """A bucket as moto plays it: it knows conditional writes of every kind."""

    @pytest.fixture
    def bucket(self, moto: Moto, monkeypatch: pytest.MonkeyPatch) -> Bucket:
        return make_bucket(moto.url, "test", "test", monkeypatch)


class TestStoreOnCeph(BucketContract):
    """A bucket of a real gateway, which checks signatures."""

    @pytest.fixture
    def bucket(self, rgw: Rgw, monkeypatch: pytest.MonkeyPatch) -> Bucket:
        return make_bucket(rgw.url, rgw.access_key, rgw.secret_key, monkeypatch)

    def test_wrong_credentials_are_refused(self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        with pytest.raises(Refused, match="look at the bucket's name and at its rights"):
            open_store(bucket.url()).put("a", [b"x"])


def test_a_store_that_cannot_be_reached_is_to_be_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        store = open_store(f"s3://bucket?endpoint=http://127.0.0.1:{closed.getsockname()[1]}&region=us-east-1")
        with pytest.raises(TryLater):
            store.exists("a")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://host/a", "neither file: nor s3:"),
        ("/a/folder", "neither file: nor s3:"),
        ("", "neither file: nor s3:"),
        ("file://host/folder", "names a host"),
        ("file:///folder?a=b", "takes no options"),
        ("file:", "needs a data folder"),
        ("s3:///prefix", "bucket's name is missing"),
        ("s3://user:word@bucket/", "bucket's name is missing or holds credentials"),
        ("s3://bucket?endpoint=127.0.0.1:7480", "no HTTP address"),
        ("s3://bucket?colour=red", "unknown option 'colour'"),
    ],
)
def test_a_wrong_url_is_refused_with_what_to_do(url: str, says: str) -> None:
    with pytest.raises(Faults, match=says) as refused:
        open_store(url)
    assert all(fault.remedy for fault in refused.value.faults)
    assert "word" not in str(refused.value)


def test_all_that_is_wrong_with_a_url_is_said_at_once() -> None:
    with pytest.raises(Faults) as refused:
        open_store("s3://?colour=red&size=9&endpoint=x")
    assert len(refused.value.faults) == 4


def test_the_embedded_store_lies_in_the_data_folder(tmp_path: Path) -> None:
    open_store("file:", tmp_path).put("a/b", [b"x"])
    assert (tmp_path / "store" / "a" / "b").read_bytes() == b"x"


def test_nobody_else_may_read_the_folder_s_files(tmp_path: Path) -> None:
    FolderStore(tmp_path / "store").put("a/b", [b"x"])
    assert (tmp_path / "store" / "a" / "b").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "store" / "a").stat().st_mode & 0o777 == 0o700


def test_a_key_below_a_stored_key_is_refused(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("a", [b"x"])
    with pytest.raises(Refused):
        store.put("a/b", [b"y"])
    with pytest.raises(NotStored):
        store.open("a/b")
    store.delete("a/b")
    assert read_all(store, "a") == b"x"


def test_a_folder_is_not_a_stored_thing(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("a/b", [b"x"])
    assert not store.exists("a")
    with pytest.raises(NotStored):
        store.open("a")
    with pytest.raises(AlreadyStored):
        store.put("a", [b"y"])
    store.delete("a")
    assert store.exists("a/b")


def test_what_a_crash_left_is_swept_a_day_later(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old, young = tmp_path / "=incoming" / "old", tmp_path / "=incoming" / "young"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000,) * 2)
    assert list(store.list()) == []
    FolderStore(tmp_path)
    assert not old.exists()
    assert young.exists()
