"""An OpenDSR processor in small: it takes requests, works on them when it is told to, and signs what it says.

Behaves as OpenDSR 2.0 and its security guidelines say, of June 2020.
"""

import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx

from habeas.opendsr.identities import FORMATS, KINDS
from habeas.opendsr.signatures import DOMAIN, SIGNATURE, sign
from habeas.testing.authority import Authority, Identity
from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route

HOST = "opendsr.processor.example"
NOW = datetime.fromtimestamp(1_790_000_000, UTC)
_FIELDS = {
    "regulation", "subject_request_id", "subject_request_type", "submitted_time", "subject_identities", "api_version",
    "status_callback_urls", "extensions",
}  # fmt: skip


@cache
def authority_of_tests() -> Authority:
    """One authority for all tests of a run: keys take long to make."""
    return Authority(NOW)


@cache
def identity_of_tests() -> Identity:
    """The processor's own certificate and key."""
    return authority_of_tests().issue(HOST)


class OpenDsrProcessor(FakeVendor):
    """A processor that holds profiles by e-mail address: {address: what is known}.

    quick: it works on requests as they come; kinds: which it takes; former_names: its headers are those of OpenGDPR;
    spoil: what is put over its discovery, its signed bodies before they are signed, and their headers after.
    """

    def __init__(self, *, quick: bool = True, kinds: tuple[str, ...] = KINDS) -> None:
        super().__init__()
        self.quick = quick
        self.kinds = kinds
        self.identity = identity_of_tests()
        self.domain = HOST
        self.profiles: dict[str, dict[str, str]] = {
            "ann@example.com": {"name": "Ann", "seen": "2026-01-02"},
            "bob@example.com": {"name": "Bob", "seen": "2026-02-03"},
        }
        self.requests: dict[str, dict[str, Any]] = {}
        self.former_names = False
        self.spoil: dict[str, Any] = {}

    @property
    def certificate_url(self) -> str:
        """Where its certificate lies."""
        return f"{self.url if self.is_serving else 'https://fake.invalid'}/v2/certificate.pem"

    @route("GET", "/v2/discovery", public=True)
    def discovery(self, asked: Asked) -> Reply:
        identities = [("email", each) for each in FORMATS] + [("controller_customer_id", "raw")]
        return Reply(
            200,
            {
                "api_version": "2.0",
                "supported_identities": [{"identity_type": t, "identity_format": f} for t, f in identities],
                "supported_subject_request_types": list(self.kinds),
                "processor_certificate": self.certificate_url,
                **self.spoil.get("discovery", {}),
            },
        )

    @route("GET", "/v2/certificate.pem", public=True)
    def certificate(self, asked: Asked) -> Reply:
        return Reply(200, self.identity.pem, {"Content-Type": "application/x-pem-file"})

    @route("POST", "/v2/requests")
    @route("POST", "/v2/opengdpr_requests")
    def take(self, asked: Asked) -> Reply:
        request = asked.json
        if not isinstance(request, dict) or not request.keys() <= _FIELDS or request["regulation"] not in ("gdpr",):
            return Reply(400, {"error": {"code": 400, "message": "it is no request"}})
        if request["subject_request_type"] not in self.kinds:
            return Reply(400, {"error": {"code": 400, "message": "this kind is not supported"}})
        known = self.requests.setdefault(request["subject_request_id"], {**request, "state": "pending"})
        if self.quick and known["state"] == "pending":
            self.work(request["subject_request_id"])
        return self._signed(201, request["subject_request_id"], received_time=_at(),
                            encoded_request=b64encode(asked.body).decode())  # fmt: skip

    @route("GET", "/v2/requests/{id}")
    @route("GET", "/v2/opengdpr_requests/{id}")
    def status(self, asked: Asked) -> Reply:
        known = self.requests.get(asked.path["id"])
        if known is None:
            return Reply(404, {"error": {"code": 404, "message": "it is not known"}})
        url = self.spoil.get("results_url", f"/results/{asked.path['id']}")
        more = {"results_url": url} if "results" in known and url else {}
        return self._signed(200, asked.path["id"], request_status=known["state"], api_version="2.0", **more)

    @route("GET", "/v2/results/{id}")
    def results(self, asked: Asked) -> Reply:
        return Reply(200, json.dumps(self.requests[asked.path["id"]]["results"]).encode())

    def work(self, number: str) -> None:
        """Does what a request asks for."""
        known = self.requests[number]
        addresses = [each for each in self.profiles if any(_means(told, each) for told in known["subject_identities"])]
        if known["subject_request_type"] == "erasure":
            for each in addresses:
                self.profiles.pop(each)
        else:
            known["results"] = [self.profiles[each] for each in addresses]
        known["state"] = "completed"

    def call_back(self, number: str, **more: Any) -> list[int]:
        """Tells the controller where a request stands, or what `more` says; gives the status of each answer."""
        known = self.requests[number]
        answered = []
        for url in known.get("status_callback_urls", ()):
            told = {"request_status": known["state"], "api_version": "2.0", "status_callback_url": url, **more}
            said = self._signed(200, number, **told)
            answered.append(httpx.post(url, content=said.content, headers=dict(said.headers), timeout=30).status_code)
        return answered

    def _signed(self, status: int, number: str, **more: Any) -> Reply:
        body = {"controller_id": "shop", "expected_completion_time": _at(14), "subject_request_id": number, **more}
        content = json.dumps({**body, **self.spoil.get("body", {})}).encode()
        names = {DOMAIN: self.domain, SIGNATURE: sign(content, self.identity.key)}
        names |= self.spoil.get("headers", {})
        if self.former_names:
            names = {name.replace("DSR", "GDPR"): value for name, value in names.items()}
        return Reply(status, content, {"Content-Type": "application/json", **names})


def _means(told: dict[str, str], address: str) -> bool:
    if told["identity_format"] == "raw":
        return told["identity_value"] == address
    return told["identity_value"] == hashlib.new(told["identity_format"], address.encode()).hexdigest()


def _at(days: int = 0) -> str:
    return (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
