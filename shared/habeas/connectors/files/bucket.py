"""Files in an S3 bucket, with every version that it still keeps."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, BinaryIO

import botocore.exceptions as boto

from habeas.connectors.files.store import Stored
from habeas.sdk import NeedsPerson, TryLater

_FOR_A_PERSON = frozenset({"AccessDenied", "NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403", "404"})
_PIECE = 1 << 18
_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "PreconditionFailed", "412"})


class Bucket:
    """A bucket, or what stands in it below a prefix; `client` is boto3's S3 client."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def under(self, prefix: str) -> Iterator[Stored]:
        for version in self._versions(prefix, "Versions"):
            path = version["Key"].removeprefix(self._prefix)
            if path.endswith("/") and version["Size"] == 0:
                continue  # what consoles put there to show a folder
            yield Stored(
                path=path,
                size=version["Size"],
                modified=version["LastModified"].date(),
                digest=version["ETag"].strip('"'),
                version=None if version["VersionId"] == "null" else version["VersionId"],
                current=version["IsLatest"],
            )

    def open(self, stored: Stored) -> BinaryIO:
        asked = self._names(stored.path, stored.version)
        with _sorted_errors():
            answer = self._client.get_object(**asked, IfMatch=f'"{stored.digest}"')
        return io.BufferedReader(_Body(answer["Body"]), _PIECE)

    def put(self, path: str, content: bytes) -> None:
        with _sorted_errors():
            self._client.put_object(**self._names(path, None), Body=content)

    def remove(self, stored: Stored) -> None:
        with _sorted_errors():
            self._client.delete_object(**self._names(stored.path, stored.version or "null"))

    def tidy(self, path: str, names: frozenset[str]) -> None:
        """Removes the delete markers of a file of which no version is left."""
        if any(stored.path == path for stored in self.under(path)):
            return
        for marker in list(self._versions(path, "DeleteMarkers")):
            if marker["Key"] == self._prefix + path:
                with _sorted_errors():
                    self._client.delete_object(**self._names(path, marker["VersionId"]))

    def check(self) -> dict[str, str]:
        with _sorted_errors():
            self._client.list_object_versions(Bucket=self._bucket, MaxKeys=1)
        return {"store": "s3"}

    def _versions(self, prefix: str, part: str) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        with _sorted_errors():
            for page in pages:
                for version in page.get(part, ()):
                    path = version["Key"].removeprefix(self._prefix)
                    # S3 compares beginnings of keys: `7` would also list `70/...`
                    if not prefix or path == prefix or path.startswith(f"{prefix}/"):
                        yield version

    def _names(self, path: str, version: str | None) -> dict[str, str]:
        names = {"Bucket": self._bucket, "Key": self._prefix + path}
        return names if version is None else {**names, "VersionId": version}


class _Body(io.RawIOBase):
    """What a bucket sends: boto3's own body closes itself at its end, where a reader of lines looks again."""

    def __init__(self, sent: Any) -> None:
        self._sent = sent

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        with _sorted_errors():
            piece = self._sent.read(len(target))
        target[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._sent.close()
        super().close()


@contextmanager
def _sorted_errors() -> Iterator[None]:
    try:
        yield
    except boto.ClientError as error:  # its own text may name the key, which may name the person
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _FOR_A_PERSON:
            raise NeedsPerson(f"the bucket refuses ({code})") from None
        if code in _GONE:
            raise TryLater(f"a file changed while it was read ({code})", timedelta(minutes=1)) from None
        raise TryLater(f"the bucket cannot be used now ({code})", timedelta(minutes=1)) from None
    except (boto.BotoCoreError, boto.HTTPClientError) as error:
        raise TryLater(f"the bucket is away ({type(error).__name__})", timedelta(minutes=1)) from None
