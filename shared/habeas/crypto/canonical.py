"""The one way in which values are written as bytes before they are signed, hashed or bound to something.

Reading is as strict as writing: what is not exactly what we would have written is refused, so no two texts mean the
same and nothing can hide in spaces, doubled keys, floats or the unused bits of base64.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from habeas.errors import Refused

MAX_JSON_BYTES = 1 << 20
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def write_json(value: Any) -> bytes:
    """Write a value as canonical JSON: sorted keys, no spaces, UTF-8; floats are a programming error."""
    if not _is_plain(value):
        raise TypeError("only text keys, text, whole numbers, booleans, null, lists and objects can be signed")
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_json(data: bytes) -> Any:
    """Read canonical JSON of at most 1 MiB; raises Refused on any byte that `write_json` would not have written."""
    if len(data) > MAX_JSON_BYTES:
        raise Refused("the JSON is too long")
    try:
        value = json.loads(data.decode())
        again = write_json(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused("this is not JSON of the kind that is signed") from error
    if again != data:
        raise Refused("this JSON is not in canonical form")
    return value


def read_object(value: Any, shape: Mapping[str, type], what: str) -> dict[str, Any]:
    """Check that a value is an object with exactly these keys and types; raises Refused naming what is not."""
    if not isinstance(value, dict):
        raise Refused(f"{what} is not an object")
    for name in shape.keys() - value.keys():
        raise Refused(f"{what} lacks the key {name}")
    if value.keys() - shape.keys():
        raise Refused(f"{what} has an unknown key")
    for name, kind in shape.items():
        if type(value[name]) is not kind:
            raise Refused(f"{name} of {what} is not of the type it should be")
    return value


def write_base64(data: bytes) -> str:
    """Write bytes as standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def read_base64(text: str) -> bytes:
    """Read standard base64; raises Refused on foreign characters, wrong padding and non-zero trailing bits."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise Refused("this is not base64") from error
    if write_base64(data) != text:
        raise Refused("this base64 is not in canonical form")
    return data


def write_base64url(data: bytes) -> str:
    """Write bytes as unpadded base64url (RFC 4648 section 5), fit for URLs and cookies."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def read_base64url(text: str) -> bytes:
    """Read unpadded base64url; raises Refused on anything that `write_base64url` would not have written."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise Refused("this is not base64url") from error
    if write_base64url(data) != text:
        raise Refused("this base64url is not in canonical form")
    return data


def write_instant(at: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with whole seconds."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_instant(text: str) -> datetime:
    """Read a moment as `write_instant` writes it; raises Refused."""
    if not _INSTANT.fullmatch(text):
        raise Refused("a moment is not written as it should be")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Refused("a moment does not exist in the calendar") from error


def read_digest(text: str) -> str:
    """Check that a text is a SHA-256 digest in lower-case hex; raises Refused."""
    if not _DIGEST.fullmatch(text):
        raise Refused("a digest is not written as it should be")
    return text


def digest_json(purpose: str, value: Any) -> str:
    """Digest a value for one purpose (SHA-256, hex); digests of different purposes can never be equal.

    What is digested comes from strangers' systems, so unlike in signed JSON any text is taken, lone surrogates too.
    """
    if not _is_plain(value):
        raise TypeError("only text keys, text, whole numbers, booleans, null, lists and objects can be digested")
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(bind("habeas", "digest", purpose) + text.encode()).hexdigest()


def bind(*parts: str) -> bytes:
    """Join names into bytes from which each can be told again: no two different lists give the same bytes."""
    return "".join(f"{len(part)}:{part}," for part in parts).encode()


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | bool | int)
