"""Reads what a settings file says of a file store, and opens that store."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from habeas.connectors.files.folder import Folder
from habeas.connectors.files.index import Index
from habeas.connectors.files.patterns import PathPattern
from habeas.connectors.files.store import FileStore
from habeas.sdk import MAX_ROWS, Fault, Faults, Secret, read_secret

_KNOWN = ("folder", "s3", "find", "index", "activity", "kind", "max_files", "free_text")
_S3 = ("bucket", "prefix", "endpoint", "region", "access_key", "secret_key")
_SECRETS = tuple(f"{name}{way}" for name in ("access_key", "secret_key") for way in ("", "_file", "_env"))
_INDEX = ("file", "path", "identifiers", "date")
_KIND = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True)
class FilesSettings:
    """How a person's files are found, and what they are called in records."""

    activity: str
    kind: str
    patterns: tuple[PathPattern, ...]
    index: Index | None
    max_files: int
    free_text: bool


def read_settings(settings: Mapping[str, object], here: Path) -> tuple[FileStore, FilesSettings]:
    """The store and how it is searched; raises Faults with every fault at once."""
    reading = _Reading(here)
    reading.known("", settings, _KNOWN)
    store = reading.store(settings)
    found = reading.settings(settings)
    if reading.faults or store is None:
        raise Faults(reading.faults)
    return store, found


class _Reading:
    def __init__(self, here: Path) -> None:
        self._here = here
        self.faults: list[Fault] = []

    def known(self, where: str, said: Mapping[str, object], known: tuple[str, ...]) -> None:
        self.faults.extend(
            Fault(f"{where}{key}", "this key is not known", f"known are {', '.join(known)}")
            for key in said
            if key not in known
        )

    def settings(self, said: Mapping[str, Any]) -> FilesSettings:
        kind = self.text("kind", said.get("kind", "file"))
        if kind and not _KIND.fullmatch(kind):
            self._fault("kind", "it is not made of letters, digits, _ and -")
        max_files = said.get("max_files", MAX_ROWS)
        if not isinstance(max_files, int) or isinstance(max_files, bool) or max_files < 1:
            self._fault("max_files", "it is no number of files")
            max_files = MAX_ROWS
        free_text = said.get("free_text", False)
        if not isinstance(free_text, bool):
            self._fault("free_text", "it is neither true nor false")
        patterns = said.get("find", [])
        if not isinstance(patterns, list):
            self._fault("find", "it is no list of patterns")
            patterns = []
        elif not patterns and "index" not in said:
            self._fault("find", "there is neither find nor index, so nobody's files can be found")
        read = [PathPattern(self.text(f"find.{number}", text)) for number, text in enumerate(patterns)]
        for number, pattern in enumerate(read):
            if pattern.text and (problem := pattern.problem()):
                self._fault(f"find.{number}", problem, "write for example applications/{email}/*")
        index = self._index(said["index"]) if "index" in said else None
        activity = self.text("activity", said.get("activity"))
        return FilesSettings(activity, kind, tuple(read), index, max_files, bool(free_text))

    def store(self, said: Mapping[str, Any]) -> FileStore | None:
        if ("folder" in said) == ("s3" in said):
            self._fault("folder", "give either folder or s3")
            return None
        if "folder" in said:
            folder = self.text("folder", said["folder"])
            return Folder((self._here / folder).resolve()) if folder else None
        return self._bucket(said["s3"])

    def _bucket(self, said: Any) -> FileStore | None:
        if not isinstance(said, dict):
            self._fault("s3", "it is no mapping", f"known are {', '.join(_S3)}")
            return None
        self.known("s3.", said, (*_S3[:4], *_SECRETS))
        bucket = self.text("s3.bucket", said.get("bucket"))
        optional = {name: self.text(f"s3.{name}", said[name]) for name in _S3[1:4] if name in said}
        # without keys in the settings boto3 finds its own: an instance's role, the environment, a profile
        keys = {name: self._secret(said, name) for name in _S3[4:] if any(name in key for key in said)}
        if len(keys) == 1:
            self._fault("s3", "access_key and secret_key go together")
        if self.faults or not bucket:
            return None
        try:  # a runner whose files lie in a folder needs none of it
            import boto3
            from botocore.config import Config

            from habeas.connectors.files.bucket import Bucket
        except ModuleNotFoundError:
            self._fault("s3", "what speaks to S3 is not installed", "pip install 'habeas[connect,s3]'")
            return None
        client = boto3.client(
            "s3",
            endpoint_url=optional.get("endpoint"),
            region_name=optional.get("region"),
            aws_access_key_id=keys["access_key"].reveal() if keys else None,
            aws_secret_access_key=keys["secret_key"].reveal() if keys else None,
            config=Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard"}),
        )
        return Bucket(client, bucket, optional.get("prefix", ""))

    def _secret(self, said: Mapping[str, object], name: str) -> Secret:
        found = read_secret(said, name, self._here)
        if isinstance(found, Fault):
            self._fault(f"s3.{found.where}", found.problem, found.remedy)
            return Secret("")
        return found

    def _index(self, said: Any) -> Index | None:
        if not isinstance(said, dict):
            self._fault("index", "it is no mapping", f"known are {', '.join(_INDEX)}")
            return None
        self.known("index.", said, _INDEX)
        identifiers = said.get("identifiers")
        if not isinstance(identifiers, dict) or not identifiers:
            self._fault("index.identifiers", "it names no columns", "write identifiers: {email: column}")
            identifiers = {}
        return Index(
            file=self.text("index.file", said.get("file")),
            path=self.text("index.path", said.get("path", "path")),
            identifiers={name: self.text(f"index.identifiers.{name}", each) for name, each in identifiers.items()},
            dated=self.text("index.date", said["date"]) if "date" in said else None,
        )

    def text(self, where: str, said: object) -> str:
        if not isinstance(said, str) or not said.strip():
            self._fault(where, "it is missing" if said is None else "it is no text")
            return ""
        return said

    def _fault(self, where: str, problem: str, remedy: str = "") -> None:
        self.faults.append(Fault(where, problem, remedy))
