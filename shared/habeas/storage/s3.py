"""The store as a bucket behind S3's API: AWS, Ceph, MinIO and their like.

Writing once rests on `If-None-Match: *`. A server that knows it closes the race between two writers; one that ignores
it leaves the check before the write, and the moment between is covered by our keys, which hold random parts and are
never used twice. Parts of an upload that broke off by a crash are the bucket's lifecycle rule to remove
(AbortIncompleteMultipartUpload); no key shows them.
"""

import contextlib
import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from typing import Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from habeas.errors import Refused, TryLater
from habeas.storage.store import AlreadyStored, NotStored, Stored, check_key, read_blocks

PART = 8 * 1024 * 1024
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_MISSING = {"NoSuchKey", "NotFound", "404"}
_UNKNOWN_CONDITION = {"NotImplemented", "501"}
_OUT_OF_RANGE = {"InvalidRange", "416"}
_WAIT = timedelta(seconds=30)


class S3Store:
    """Keeps each key as one object below a prefix of a bucket."""

    def __init__(
        self, bucket: str, prefix: str = "", *, endpoint: str | None = None, region: str | None = None
    ) -> None:
        self.bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        config = Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 4},
            s3={"addressing_style": "path" if endpoint else "auto", "payload_signing_enabled": True},
            # Trailing checksums are not known everywhere; the signed payload already guards the way there.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        # A session of its own: the default one keeps for good the credentials that it first found.
        session = boto3.session.Session(region_name=region)
        self._client: Any = session.client("s3", endpoint_url=endpoint, config=config)

    def put(self, key: str, source: BinaryIO | Iterable[bytes]) -> Stored:
        """Write a stream under a new key, in parts of 8 MiB; see `Store.put`."""
        name = self._name(key)
        if self.exists(key):
            raise AlreadyStored(key)
        tally = _Tally()
        parts = tally.parts(source)
        first = next(parts, b"")
        with self._sorted_errors(key):
            if len(first) < PART:
                self._once(self._client.put_object, Bucket=self.bucket, Key=name, Body=first)
            else:
                parts = chain((first,), parts)
                del first  # a part is 8 MiB: let go of each as soon as it is sent
                self._put_parts(name, parts)
        return Stored(key, tally.size, tally.digest.hexdigest())

    def open(self, key: str, start: int = 0) -> BinaryIO:
        """Open for reading at byte `start`; a seek asks the server for the new range. See `Store.open`."""
        with self._sorted_errors(key):
            head = self._client.head_object(Bucket=self.bucket, Key=self._name(key))
        ranged = _Ranged(self, key, int(head["ContentLength"]), head["ETag"])
        ranged.seek(start)
        return cast("BinaryIO", io.BufferedReader(ranged, buffer_size=256 * 1024))

    def delete(self, key: str) -> None:
        """Remove what lies under the key; removing nothing is no error."""
        with self._sorted_errors(key):
            self._client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def exists(self, key: str) -> bool:
        """Say whether something lies under the key."""
        try:
            with self._sorted_errors(key):
                self._client.head_object(Bucket=self.bucket, Key=self._name(key))
        except NotStored:
            return False
        return True

    def list(self, prefix: str = "") -> Iterator[str]:
        """Yield all keys that begin with `prefix`, in order (S3 lists in the order of UTF-8 bytes)."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._prefix + prefix)
        with self._sorted_errors(prefix):
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(self._prefix)

    def read_range(self, key: str, start: int, etag: str) -> Any:
        """Ask for the object from byte `start` on, as long as it is still the one with this ETag."""
        with self._sorted_errors(key):
            wanted = {"Bucket": self.bucket, "Key": self._name(key), "IfMatch": etag}
            return self._client.get_object(**wanted, Range=f"bytes={start}-")["Body"]

    def _name(self, key: str) -> str:
        return self._prefix + check_key(key)

    def _put_parts(self, name: str, parts: Iterator[bytes]) -> None:
        place = {"Bucket": self.bucket, "Key": name}
        upload = self._client.create_multipart_upload(**place)["UploadId"]
        try:
            done = [self._put_part(place, upload, number, part) for number, part in enumerate(parts, start=1)]
            self._once(
                self._client.complete_multipart_upload, **place, UploadId=upload, MultipartUpload={"Parts": done}
            )
        except BaseException:  # also when a person interrupts: the parts cost money until they are dropped
            with contextlib.suppress(ClientError, BotoCoreError):
                self._client.abort_multipart_upload(**place, UploadId=upload)
            raise

    def _put_part(self, place: dict[str, str], upload: str, number: int, part: bytes) -> dict[str, Any]:
        answer = self._client.upload_part(**place, UploadId=upload, PartNumber=number, Body=part)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _once(self, write: Any, **arguments: Any) -> None:
        try:
            write(**arguments, IfNoneMatch="*")
        except ClientError as error:
            if _code(error) not in _UNKNOWN_CONDITION:
                raise
            write(**arguments)

    @contextmanager
    def _sorted_errors(self, key: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = _code(error)
            if code in _TAKEN:
                raise AlreadyStored(key) from None
            if code in _MISSING:
                raise NotStored(key) from None
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if status >= 500 or code in ("SlowDown", "RequestTimeout", "Throttling"):
                raise TryLater(f"the store answered {code}", _WAIT) from error
            raise Refused(f"the store refused with {code}: look at the bucket's name and at its rights") from error
        except BotoCoreError as error:
            raise TryLater(f"the store cannot be reached ({type(error).__name__})", _WAIT) from error


class _Tally:
    """Cuts a stream into parts and keeps count of what went through."""

    def __init__(self) -> None:
        self.size = 0
        self.digest = hashlib.sha256()

    def parts(self, source: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
        """Yield parts of exactly PART bytes, and what is left as the last one."""
        waiting = bytearray()
        for block in read_blocks(source):
            self.digest.update(block)
            self.size += len(block)
            waiting += block
            while len(waiting) >= PART:
                with memoryview(waiting) as view:
                    part = bytes(view[:PART])
                del waiting[:PART]
                yield part
                del part
        if waiting:
            yield bytes(waiting)


class _Ranged(io.RawIOBase):
    """An object as a seekable file: reads go on in one answer until somebody seeks."""

    def __init__(self, store: S3Store, key: str, size: int, etag: str) -> None:
        self._store, self._key, self._size, self._etag = store, key, size, etag
        self._at = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise ValueError("cannot seek before the beginning")
        if at != self._at:
            self._drop()
        self._at = at
        return at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        if self._body is None:
            self._body = self._store.read_range(self._key, self._at, self._etag)
        try:
            block = self._body.read(min(len(buffer), self._size - self._at))
        except (BotoCoreError, OSError) as error:
            self._drop()
            raise TryLater(f"the store broke off ({type(error).__name__})", _WAIT) from error
        if not block:
            raise TryLater("the store broke off before the end", _WAIT)
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
