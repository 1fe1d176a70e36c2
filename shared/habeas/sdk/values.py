"""Turns what databases and files hold into JSON, always in the same bytes, and digests it."""

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_AS_IS = (str, int, bool, type(None))


def plain(value: Any) -> Json:
    """One value as JSON: dates and times as ISO 8601, decimals as text (no digit is lost), bytes as base64.

    Raises TypeError for a type that has no form here: what is not understood must not silently become text.
    """
    if type(value) in _AS_IS:
        return value  # type: ignore[no-any-return]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    return _plain_of_rarer(value)


def _plain_of_rarer(value: Any) -> Json:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(each) for each in value), key=canonical_json)
    if isinstance(value, timedelta):
        return f"PT{format(Decimal(value // timedelta(microseconds=1)).scaleb(-6), 'f')}S"
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"a value of type {type(value).__name__} has no form in JSON here")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def canonical_json(value: Json) -> bytes:
    """The one spelling of `value`: sorted keys, no spaces, UTF-8; equal values give equal bytes."""
    # surrogatepass: a lone surrogate in a stranger's text must not stop the digest of a record
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def digest_of(kind: str, key: str, data: Mapping[str, Json]) -> str:
    """SHA-256 (hex) of a record's content; `locate`, `export` and `erase` compare records by it."""
    return hashlib.sha256(canonical_json({"data": dict(data), "key": key, "kind": kind})).hexdigest()
