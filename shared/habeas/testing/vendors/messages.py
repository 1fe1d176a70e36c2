"""What a fake vendor is asked, and what it replies."""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Asked:
    """One request as it came: `path` are the named segments of the route, each decoded by itself."""

    method: str
    target: str
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def one(self, name: str, default: str = "") -> str:
        """A query value that is given once."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Reply:
    """An answer: JSON, bytes as they are, or nothing."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body as bytes."""
        if isinstance(self.body, bytes) or self.body is None:
            return self.body or b""
        return json.dumps(self.body).encode()

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers, with the type of a JSON body."""
        is_json = self.body is not None and not isinstance(self.body, bytes)
        return {**({"Content-Type": "application/json"} if is_json else {}), **self.headers}


def basic_of(asked: Asked) -> tuple[str, str]:
    """User and password of a request; empty if there are none."""
    kind, _, text = asked.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = b64decode(text).decode().partition(":") if kind == "Basic" else ("", "", "")
    except ValueError:
        return "", ""
    return user, password


def pages_of(rows: list[Any], start: int, size: int) -> tuple[list[Any], int | None]:
    """One page of some rows, and where the next begins; None if there is none."""
    return rows[start : start + size], start + size if start + size < len(rows) else None
