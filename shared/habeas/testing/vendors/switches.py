"""What the proof of a vendor's file needs beside a fake: a connector on it, a clock that tests turn, faults.

@pytest.fixture
def connector(self, vendor, clock, tmp_path):
    connector = connect("postbox", vendor, tmp_path, clock)
    yield connector
    connector.close()

@pytest.fixture
def wait(self, clock): return lambda: clock.advance(3600)

@pytest.fixture
def faults(self, vendor, clock): return Switches(vendor, clock, renamed={"email": "mail"}, scope="readers.read")
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.account import read_account
from habeas.testing.vendors.vendor import FakeVendor, Faults


class ManualClock:
    """Seconds since 1970 that go on only when somebody sleeps or advances it."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Direct(httpx.BaseTransport):
    """Carries requests to a fake without a socket, and what goes wrong with them: fast, and slow without waiting."""

    def __init__(self, vendor: FakeVendor) -> None:
        self._vendor = vendor

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        faults, target = self._vendor.faults, request.url.raw_path.decode("ascii")
        if faults.slow > request.extensions["timeout"]["read"] and faults.only in target:
            raise httpx.ReadTimeout("slow", request=request)
        headers = {name.title(): value for name, value in request.headers.items()}
        reply, cut = self._vendor.answer(request.method, target, headers, request.read())
        if cut:
            raise httpx.RemoteProtocolError("cut", request=request)
        return httpx.Response(reply.status, headers=reply.all_headers, content=reply.content)


def connect(
    name: str, vendor: FakeVendor, folder: Path, clock: ManualClock | None = None, /, **settings: Any
) -> HttpConnector:
    """A connector of a vendor's file on its fake, with the fake's token as the secret `token`.

    A fake that serves is called over the wire, another one directly. folder: where its settings lie and its state is
    kept; settings: what is added to the usual ones, or None to take one away, as `token_file=None`.
    """
    (folder / "token").write_text(vendor.token)
    usual = {
        "vendor": name,
        "base_url": vendor.url,
        "token_file": "token",
        "activities": {"default": "crm"},
    }
    given = {key: value for key, value in {**usual, **settings}.items() if value is not None}
    clock = clock or ManualClock()
    transport = None if vendor.is_serving else Direct(vendor)
    connector = HttpConnector(read_account(given, folder), transport, clock=clock, sleep=clock.advance)
    connector.state = folder / "state"
    return connector


class Switches:
    """A fake's faults by the names that `connector_contract` gives them, for its fixture `faults`.

    renamed: what a changed form calls its fields; scope: what is taken from the token, all of it if none is named.
    """

    def __init__(self, vendor: FakeVendor, clock: ManualClock, *, renamed: Mapping[str, str], scope: str = "") -> None:
        self._vendor = vendor
        self._clock = clock
        self._renamed = dict(renamed)
        self._scope = scope
        self._token, self._scopes = vendor.token, set(vendor.scopes)

    def slow(self) -> None:
        self._vendor.faults.slow = 3600.0

    def too_many_requests(self, seconds: float) -> None:
        self._vendor.faults.storm, self._vendor.faults.retry_after = True, str(int(seconds))

    def server_error(self) -> None:
        self._vendor.faults.broken = 1_000_000

    def half_a_page(self) -> None:
        self._vendor.faults.cut = 1_000_000

    def lies_about_deleting(self) -> None:
        self._vendor.faults.lying = True

    def someone_elses_row(self) -> None:
        self._vendor.faults.foreign = True

    def drifted_schema(self) -> None:
        self._vendor.faults.renamed = self._renamed

    def wrong_token(self) -> None:
        self._vendor.token = "another-token"  # noqa: S105  a fake's

    def revoked_scope(self) -> None:
        self._vendor.scopes = self._scopes - {self._scope} if self._scope else set()

    def heal(self) -> None:
        """Ends them all, and lets the time pass for which patience was asked."""
        self._clock.advance(60)
        self._vendor.faults = Faults()
        self._vendor.token, self._vendor.scopes = self._token, set(self._scopes)
