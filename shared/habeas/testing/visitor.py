"""Somebody at a browser, for tests of pages that need no real one; and a room to stand in for a service's context."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from flask import Blueprint
from werkzeug.test import Client, TestResponse

from habeas.clock import SYSTEM_CLOCK, Clock
from habeas.web.access import Guards

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """Asks for pages and sends their forms as a browser does: same origin, cookies kept, the form's token with it."""

    def __init__(self, app: Any, portal_url: str = "http://127.0.0.1:8080", *, language: str = "en") -> None:
        self.client = Client(app)
        self.portal_url = portal_url
        self.language = language

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a page."""
        return self._ask("GET", path, headers)

    def post(self, path: str, fields: Mapping[str, Any], *, page: str = "", **headers: str) -> TestResponse:
        """Open `page` (the path itself if empty), fill its form in and send it to `path`."""
        token = _TOKEN.search(self.get(page or path).get_data(as_text=True))
        assert token, f"there is no form on {page or path}"
        return self._ask("POST", path, headers, data={"csrf_token": unescape(token[1]), **fields})

    def send(self, method: str, path: str, **kept: Any) -> TestResponse:
        """Send anything, with nothing added but the host."""
        return self.client.open(path, method=method, base_url=self.portal_url, **kept)

    def hold(self, cookie: str, value: str, path: str = "/") -> None:
        """Put a cookie into the browser."""
        self.client.set_cookie(cookie, value, domain=self.portal_url.split("//")[1].split(":")[0], path=path)

    def _ask(self, method: str, path: str, headers: Mapping[str, str], **kept: Any) -> TestResponse:
        told = {"Accept-Language": self.language, "Sec-Fetch-Site": "same-origin"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(path, method=method, base_url=self.portal_url, headers=told, **kept)


@dataclass(frozen=True)
class RoomOrigins:
    """The two origins of a room."""

    portal_url: str = "http://127.0.0.1:8080"
    download_url: str = "http://127.0.0.1:8081"


@dataclass(frozen=True)
class RoomSecrets:
    """Secrets that are the same in every test, and therefore worth nothing."""

    def secret(self, owner: str, name: str) -> bytes:
        """Return 32 bytes made from the names."""
        return hashlib.sha256(f"{owner}/{name}".encode()).digest()


@dataclass(frozen=True)
class RoomService:
    """A service with pages and nothing else."""

    name: str
    blueprints: Sequence[Callable[[Any], Blueprint]]
    guards: Callable[[Any], Guards] = lambda _context: Guards()


@dataclass(frozen=True)
class Room:
    """As much of a running service as its pages need."""

    service: RoomService
    settings: RoomOrigins = RoomOrigins()
    keys: RoomSecrets = RoomSecrets()
    clock: Clock = SYSTEM_CLOCK
    profiles: Mapping[str, Any] = field(default_factory=dict)


def make_room(
    *blueprints: Blueprint,
    name: str = "intake",
    guards: Guards | None = None,
    settings: RoomOrigins | None = None,
    profiles: Mapping[str, Any] | None = None,
) -> Room:
    """Make a room with these blueprints."""
    makers = tuple((lambda _context, made=made: made) for made in blueprints)
    service = RoomService(name, makers, lambda _context: guards or Guards())
    return Room(service, settings or RoomOrigins(), profiles=profiles or {})
