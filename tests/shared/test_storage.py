"""The folder and the bucket keep the same promises, and a URL says plainly what is wrong with it."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from habeas.errors import Faults, Refused, TryLater
from habeas.storage import AlreadyStored, NotStored, open_store
from habeas.storage.folder import FolderStore
from habeas.testing.processes import Process
from habeas.testing.store_contract import StoreContract, read_all


class TestFolderStore(StoreContract):
    """The folder keeps the promises."""

    @pytest.fixture
    def store_url(self, tmp_path: Path) -> str:
        return f"file://{tmp_path}/store"


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # A process of its own: what the server keeps in memory is not ours to count.
    with Process([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]).start() as server:
        server.wait_ready(url=f"http://127.0.0.1:{port}/moto-api/")
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    name = f"bucket-{uuid4().hex}"
    boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1").create_bucket(Bucket=name)
    return name


class TestS3Store(StoreContract):
    """The bucket keeps the promises."""

    @pytest.fixture
    def store_url(self, bucket: str, s3_endpoint: str) -> str:
        return f"s3://{bucket}/some/prefix?endpoint={s3_endpoint}&region=us-east-1"

    def test_a_put_that_broke_off_leaves_no_parts_either(self, store_url: str, bucket: str, s3_endpoint: str) -> None:
        def breaking() -> Iterator[bytes]:
            yield bytes(9 * 1024 * 1024)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            open_store(store_url).put("a", breaking())
        client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")
        assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)

    def test_a_prefix_keeps_two_stores_of_one_bucket_apart(self, bucket: str, s3_endpoint: str) -> None:
        one, other = (
            open_store(f"s3://{bucket}/{p}?endpoint={s3_endpoint}&region=us-east-1") for p in ("one", "other")
        )
        one.put("a", [b"one"])
        assert not other.exists("a")
        assert list(other.list()) == []
        assert list(one.list()) == ["a"]

    def test_a_bucket_that_is_not_there_is_refused(self, s3_endpoint: str, bucket: str) -> None:
        store = open_store(f"s3://no-such-{bucket}?endpoint={s3_endpoint}&region=us-east-1")
        with pytest.raises(Refused, match="NoSuchBucket"):
            store.put("a", [b"x"])

    def test_an_object_that_changes_under_its_reader_is_refused(
        self, store_url: str, bucket: str, s3_endpoint: str
    ) -> None:
        store = open_store(store_url)
        store.put("a", [b"old" * 300_000])
        client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")
        with store.open("a") as reader:
            reader.read(10)
            client.put_object(Bucket=bucket, Key="some/prefix/a", Body=b"new" * 300_000)
            reader.seek(600_000)
            with pytest.raises(Refused):
                reader.read(300_000)


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
