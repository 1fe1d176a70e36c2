"""Whoever keeps the broker's users: rabbitmqctl on its own machine, or its management API from elsewhere.

Administration
├── Rabbitmqctl(program)             on the node itself; passwords never stand on a command line
└── ManagementApi(url, password)     the management plug-in's HTTP API
"""

import json
import subprocess
from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import httpx

from habeas.bus.definitions import Definitions
from habeas.errors import NeedsPerson, Refused, TryLater

_SECONDS = 60


class Administration(Protocol):
    """Changes a broker's definitions; raises TryLater when it does not answer, NeedsPerson when it lets us do nothing.

    Everything may be repeated.
    """

    def apply(self, definitions: Definitions) -> None:
        """Import definitions: what they name is made or overwritten, nothing else is touched."""

    def users(self) -> frozenset[str]:
        """List the users there are."""

    def remove(self, users: Iterable[str]) -> None:
        """Delete users; whatever is connected as one of them is cut off."""


class Rabbitmqctl:
    """Speaks to the node that rabbitmqctl reaches; `program` may bring arguments, as `--node`."""

    def __init__(self, program: Sequence[str] = ("rabbitmqctl",)) -> None:
        self._program = [*program]

    def apply(self, definitions: Definitions) -> None:
        """Import definitions: what they name is made or overwritten, nothing else is touched."""
        self._run("import_definitions", given=json.dumps(definitions))

    def users(self) -> frozenset[str]:
        """List the users there are."""
        rows = json.loads(self._run("list_users", "--formatter", "json") or "[]")
        return frozenset(str(row["user"]) for row in rows)

    def remove(self, users: Iterable[str]) -> None:
        """Delete users; whatever is connected as one of them is cut off."""
        for user in sorted(self.users().intersection(users)):
            self._run("delete_user", user)

    def _run(self, *arguments: str, given: str = "") -> str:
        command = [*self._program, "--quiet", *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - an argument list, never a shell
                command, input=given, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except FileNotFoundError:
            raise Refused(
                f"there is no {self._program[0]} here: run this on the broker's machine, or name its management API "
                "with --api"
            ) from None
        except subprocess.TimeoutExpired:
            raise TryLater("rabbitmqctl did not end in time") from None
        if done.returncode != 0:
            told = (done.stderr or done.stdout).strip().splitlines()
            raise NeedsPerson(f"rabbitmqctl {arguments[0]} failed: {told[0] if told else 'it does not say why'}")
        return done.stdout


class ManagementApi:
    """Speaks to the management plug-in at `url` (https://user@host:15671), as an administrator."""

    def __init__(self, url: str, password: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.password:
            raise Refused("the management API is https://user@host:15671, its password in a file of its own")
        port = f":{parts.port}" if parts.port else ""
        self._url = f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}/api"
        self._login = (parts.username or "guest", password)

    def apply(self, definitions: Definitions) -> None:
        """Import definitions: what they name is made or overwritten, nothing else is touched."""
        self._ask("POST", "definitions", definitions)

    def users(self) -> frozenset[str]:
        """List the users there are."""
        return frozenset(str(row["name"]) for row in self._ask("GET", "users"))

    def remove(self, users: Iterable[str]) -> None:
        """Delete users; whatever is connected as one of them is cut off."""
        for user in sorted(self.users().intersection(users)):
            self._ask("DELETE", f"users/{quote(user, safe='')}")

    def _ask(self, method: str, path: str, told: Any = None) -> Any:
        try:
            answer = httpx.request(method, f"{self._url}/{path}", json=told, auth=self._login, timeout=_SECONDS)
        except httpx.HTTPError as error:
            raise TryLater(f"the management API did not answer ({type(error).__name__})") from None
        if answer.status_code in (401, 403):
            raise NeedsPerson("the management API does not let this user administer the broker")
        if answer.status_code >= 500:
            raise TryLater(f"the management API answered {answer.status_code}")
        if answer.status_code >= 400:
            raise NeedsPerson(f"the management API refused {method} {path} ({answer.status_code})")
        return answer.json() if answer.content else None
