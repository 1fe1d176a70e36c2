"""The file connector keeps the promise of connectors, on a folder and on a bucket with and without versions."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from habeas.connectors.files import FilesConnector
from habeas.connectors.files.bucket import Bucket
from habeas.sdk import Connector, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide

ANN, BOB = "ann@example.com", "bob@example.com"
FILES = {
    f"applications/{ANN}/cv.pdf": b"the life of Ann",
    f"applications/{ANN}/letter.txt": b"dear all",
    f"applications/{BOB}/cv.pdf": b"the life of Bob",
    "scans/7.png": b"\x89PNG Ann",
    "scans/70.png": b"\x89PNG Bob",
    "scans/index.csv": f"path,email,date\nscans/7.png,{ANN},2025-02-01\nscans/70.png,{BOB},2025-03-01\n".encode(),
}
SETTINGS: dict[str, object] = {
    "activity": "recruiting",
    "find": ["applications/{email}/*"],
    "index": {"file": "scans/index.csv", "identifiers": {"email": "email"}, "date": "date"},
}


class _OnFiles(ConnectorContract):
    @pytest.fixture
    def person(self) -> Subject:
        return Subject({"email": (ANN,)})

    @pytest.fixture
    def stranger(self) -> Subject:
        return Subject({"email": (BOB,)})

    @pytest.fixture
    def expected(self, connector: Connector) -> set[Item]:
        return {("file", path) for path in FILES if ANN in path or path == "scans/7.png"}

    @pytest.fixture
    def keepable(self, expected: set[Item]) -> set[Item]:
        return {(kind, key) for kind, key in expected if key.startswith(f"applications/{ANN}/cv.pdf")}


class TestOnAFolder(_OnFiles):
    @pytest.fixture
    def connector(self, tmp_path: Path) -> Connector:
        for path, content in FILES.items():
            file = tmp_path / "store" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return FilesConnector.from_settings({**SETTINGS, "folder": "store"}, tmp_path)

    @pytest.fixture
    def change(self, tmp_path: Path) -> Callable[[], Item]:
        def change_letter() -> Item:
            path = f"applications/{ANN}/letter.txt"
            (tmp_path / "store" / path).write_bytes(b"DEAR ALL")  # of the same size
            return ("file", path)

        return change_letter


class TestOnABucket(_OnFiles):
    @pytest.fixture
    def client(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with mock_aws():
            client = boto3.client("s3")
            client.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            yield client

    @pytest.fixture
    def connector(self, client: Any, tmp_path: Path) -> Connector:
        for path, content in FILES.items():
            client.put_object(Bucket="files", Key=f"shop/{path}", Body=io.BytesIO(content))
        client.put_object(Bucket="files", Key=f"other/applications/{ANN}/no.txt", Body=b"of another system")
        return FilesConnector.from_settings({**SETTINGS, "s3": {"bucket": "files", "prefix": "shop"}}, tmp_path)

    @pytest.fixture
    def change(self, client: Any) -> Callable[[], Item]:
        def change_letter() -> Item:
            path = f"applications/{ANN}/letter.txt"
            client.put_object(Bucket="files", Key=f"shop/{path}", Body=b"DEAR ALL")
            return ("file", path)

        return change_letter

    def test_a_prefix_is_a_whole_part_of_a_path(self, client: Any, connector: Connector) -> None:
        for key in ("7", "7/a", "70/b", "7.png"):
            client.put_object(Bucket="files", Key=f"shop/{key}", Body=b"x")
        assert [each.path for each in Bucket(client, "files", "shop").under("7")] == ["7", "7/a"]


class TestOnABucketWithVersions(TestOnABucket):
    @pytest.fixture
    def client(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with mock_aws():
            client = boto3.client("s3")
            client.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            client.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
            path = f"shop/applications/{ANN}/old.txt"
            client.put_object(Bucket="files", Key=path, Body=b"only a version is left of this")
            client.delete_object(Bucket="files", Key=path)
            yield client

    @pytest.fixture
    def expected(self, client: Any, connector: Connector) -> set[Item]:
        listed = client.list_object_versions(Bucket="files", Prefix="shop/")["Versions"]
        keys = [f"{each['Key'].removeprefix('shop/')}#{each['VersionId']}" for each in listed]
        return {("file", key) for key in keys if ANN in key or key.startswith("scans/7.png")}

    @pytest.fixture
    def change(self, client: Any) -> Callable[[], Item]:
        def change_letter() -> Item:
            key = f"applications/{ANN}/letter.txt"
            version = client.put_object(Bucket="files", Key=f"shop/{key}", Body=b"DEAR ALL")["VersionId"]
            return ("file", f"{key}#{version}")

        return change_letter

    def test_no_version_and_no_marker_is_left_of_an_erased_file(
        self, client: Any, connector: Connector, person: Subject
    ) -> None:
        scope = decide(list(connector.export(person)))
        assert any("old.txt" in each.key for each in scope)
        list(connector.erase(person, scope))
        listed = client.list_object_versions(Bucket="files", Prefix=f"shop/applications/{ANN}/")
        assert "Versions" not in listed
        assert "DeleteMarkers" not in listed
