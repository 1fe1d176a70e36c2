"""The file connector keeps the promise of connectors: on a folder, and on buckets with and without versions."""

import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from habeas.connect.canaries import Round, make_canary
from habeas.connectors.files import FilesConnector
from habeas.connectors.files.bucket import Bucket
from habeas.sdk import Connector, NeedsPerson, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.servers.rgw import Rgw

DAY = date(2026, 11, 20)
CANARY = make_canary("files", DAY)
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

    def test_a_canary_is_planted_proved_and_gone_and_nobody_else_is_touched(
        self, connector: FilesConnector, person: Subject
    ) -> None:
        before = [each.digest for each in connector.export(person)]
        proved = Round("files", connector, DAY).run()
        assert proved.holds, proved.failed
        assert proved.promises["erase"] == "passed"
        for _ in range(2):
            assert connector.plant(CANARY)
        assert len(list(connector.export(CANARY))) == 1
        for _ in range(2):
            connector.unplant(CANARY)
        assert list(connector.export(CANARY)) == []
        assert [each.digest for each in connector.export(person)] == before


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
    bucket = "files"

    @pytest.fixture
    def client(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with mock_aws():
            client = boto3.client("s3")
            client.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            yield client

    @pytest.fixture
    def connector(self, client: Any, tmp_path: Path) -> Connector:
        for path, content in FILES.items():
            client.put_object(Bucket=self.bucket, Key=f"shop/{path}", Body=io.BytesIO(content))
        client.put_object(Bucket=self.bucket, Key=f"other/applications/{ANN}/no.txt", Body=b"of another system")
        place = {"bucket": self.bucket, "prefix": "shop", **self.place(client)}
        return FilesConnector.from_settings({**SETTINGS, "s3": place}, tmp_path)

    def place(self, client: Any) -> dict[str, str]:
        return {}

    @pytest.fixture
    def change(self, client: Any) -> Callable[[], Item]:
        def change_letter() -> Item:
            path = f"applications/{ANN}/letter.txt"
            client.put_object(Bucket=self.bucket, Key=f"shop/{path}", Body=b"DEAR ALL")
            return ("file", path)

        return change_letter

    def test_a_prefix_is_a_whole_part_of_a_path(self, client: Any, connector: Connector) -> None:
        for key in ("7", "7/a", "70/b", "7.png"):
            client.put_object(Bucket=self.bucket, Key=f"shop/{key}", Body=b"x")
        assert [each.path for each in Bucket(client, self.bucket, "shop").under("7")] == ["7", "7/a"]


class TestOnABucketWithVersions(TestOnABucket):
    @pytest.fixture
    def client(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with mock_aws():
            client = boto3.client("s3")
            client.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            client.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
            path = f"shop/applications/{ANN}/old.txt"
            client.put_object(Bucket=self.bucket, Key=path, Body=b"only a version is left of this")
            client.delete_object(Bucket=self.bucket, Key=path)
            yield client

    @pytest.fixture
    def expected(self, client: Any, connector: Connector) -> set[Item]:
        listed = client.list_object_versions(Bucket=self.bucket, Prefix="shop/")["Versions"]
        keys = [f"{each['Key'].removeprefix('shop/')}#{each['VersionId']}" for each in listed]
        return {("file", key) for key in keys if ANN in key or key.startswith("scans/7.png")}

    @pytest.fixture
    def change(self, client: Any) -> Callable[[], Item]:
        def change_letter() -> Item:
            key = f"applications/{ANN}/letter.txt"
            version = client.put_object(Bucket=self.bucket, Key=f"shop/{key}", Body=b"DEAR ALL")["VersionId"]
            return ("file", f"{key}#{version}")

        return change_letter

    def test_no_version_and_no_marker_is_left_of_an_erased_file(
        self, client: Any, connector: Connector, person: Subject
    ) -> None:
        scope = decide(list(connector.export(person)))
        assert any("old.txt" in each.key for each in scope)
        list(connector.erase(person, scope))
        listed = client.list_object_versions(Bucket=self.bucket, Prefix=f"shop/applications/{ANN}/")
        assert "Versions" not in listed
        assert "DeleteMarkers" not in listed


def open_gateway(rgw: Rgw, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of the gateway, on which the bucket is there and empty."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rgw.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rgw.secret_key)
    client = boto3.client("s3", endpoint_url=rgw.url, region_name="us-east-1")
    client.create_bucket(Bucket=bucket)
    listed = client.list_object_versions(Bucket=bucket)
    for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        client.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    return client


@pytest.mark.servers
class TestOnCeph(TestOnABucket):
    """A real gateway, which checks signatures."""

    bucket = "plain-files"

    @pytest.fixture
    def client(self, rgw: Rgw, monkeypatch: pytest.MonkeyPatch) -> Any:
        return open_gateway(rgw, self.bucket, monkeypatch)

    def place(self, client: Any) -> dict[str, str]:
        return {"endpoint": client.meta.endpoint_url, "region": "us-east-1"}

    def test_a_wrong_key_is_for_a_person(
        self, client: Any, person: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rgw: Rgw
    ) -> None:
        monkeypatch.setenv("ITS_KEY", rgw.access_key)
        monkeypatch.setenv("ITS_SECRET", "wrong")
        keys = {"access_key_env": "ITS_KEY", "secret_key_env": "ITS_SECRET"}
        place = {"bucket": self.bucket, **self.place(client), **keys}
        connector = FilesConnector.from_settings({**SETTINGS, "s3": place}, tmp_path)
        with pytest.raises(NeedsPerson):
            list(connector.export(person))
        assert connector.check().problems


@pytest.mark.servers
class TestOnCephWithVersions(TestOnABucketWithVersions):
    """The same, where every version stays until it is deleted by its number."""

    @pytest.fixture
    def client(self, rgw: Rgw, monkeypatch: pytest.MonkeyPatch) -> Any:
        client = open_gateway(rgw, self.bucket, monkeypatch)
        client.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        path = f"shop/applications/{ANN}/old.txt"
        client.put_object(Bucket=self.bucket, Key=path, Body=b"only a version is left of this")
        client.delete_object(Bucket=self.bucket, Key=path)
        return client

    def place(self, client: Any) -> dict[str, str]:
        return {"endpoint": client.meta.endpoint_url, "region": "us-east-1"}
