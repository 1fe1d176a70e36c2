"""A vendor in a few lines: one function that answers requests, below a vendor's file that a test writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.account import read_account
from habeas.testing.vendors.switches import ManualClock

Answer = Callable[[httpx.Request], httpx.Response]
HEAD = "version: 1\nvendor: small\nabout: A vendor in a few lines\nbase_url: https://api.example.com\n"


def open_file(
    text: str, answer: Answer, folder: Path, clock: ManualClock | None = None, /, **settings: Any
) -> HttpConnector:
    """A connector of the file on the function; secrets are given by their settings."""
    (folder / "small.yaml").write_text(HEAD + text)
    usual = {"vendor_file": "small.yaml", "activities": {"default": "crm"}}
    clock = clock or ManualClock()
    account = read_account({**usual, **settings}, folder)
    connector = HttpConnector(account, httpx.MockTransport(answer), clock=clock, sleep=clock.advance)
    connector.state = folder / "state"
    return connector
