"""Who asks is said in headers or bodies, by the way whose secrets the settings give; tokens end and are got anew."""

import base64
import hashlib
import hmac
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from connectors.answering import open_file
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1
from oauthlib.oauth1.rfc5849 import signature

from habeas.sdk import Faults, NeedsPerson, Subject, TryLater

ANN = Subject({"email": ("ann@example.com",)})
FILE = """\
options: {user: {default: agent@example.com}}
auth:
  default: %s
calls:
  find:
    %s
    records: rows
kinds:
  person: {find: [{by: email, call: find}], key: id, match: {email: email}}
"""
GET = 'get: /people\n    query: {email: "{value}"}'
SECRETS = {name: f"{name}-text" for name in ("a", "b", "c", "d")}
OAUTH2 = "{oauth2: {grant: client_credentials, token_url: /token, client_id: a, client_secret: b, scope: read%s}}"


class Vendor:
    """Notes what it is asked, and gives tokens."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.tokens = 0
        self.valid: set[str] = set()
        self.token_status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.asked.append(request)
            self.tokens += 1
            self.valid = {f"Bearer token-{self.tokens}"}
            body = {"access_token": f"token-{self.tokens}", "expires_in": 3600, "refresh_token": f"next-{self.tokens}"}
            return httpx.Response(self.token_status, json=body)
        self.asked.append(request)
        allowed = not self.tokens or request.headers["Authorization"] in self.valid
        return httpx.Response(200 if allowed else 401, json={"rows": []})


def ask(scheme: str, folder: Path, call: str = GET, **secrets: str) -> tuple[Vendor, Any]:
    vendor = Vendor()
    connector = open_file(FILE % (scheme, call), vendor, folder, **secrets)
    assert list(connector.export(ANN)) == []
    return vendor, connector


@pytest.mark.parametrize(
    ("scheme", "header", "value"),
    [
        ("{bearer: a}", "Authorization", "Bearer a-text"),
        ("{header: Api-Token, secret: a}", "Api-Token", "a-text"),
        ('{header: Authorization, secret: a, prefix: "Token token="}', "Authorization", "Token token=a-text"),
        (
            '{basic: {user: "{options.user}/token", password: a}}',
            "Authorization",
            "Basic " + base64.b64encode(b"agent@example.com/token:a-text").decode(),
        ),
    ],
)
def test_a_header_says_who_asks(scheme: str, header: str, value: str, tmp_path: Path) -> None:
    vendor, _ = ask(scheme, tmp_path, a="a-text")
    assert [each.headers[header] for each in vendor.asked] == [value]
    assert "a-text" not in str(vendor.asked[0].url)


def test_a_body_says_who_asks(tmp_path: Path) -> None:
    call = 'post: /people\n    form: {email: "{value}"}'
    vendor, _ = ask("{body: {token_auth: a}}", tmp_path, call, a="a-text")
    assert parse_qs(vendor.asked[0].content.decode()) == {"email": ["ann@example.com"], "token_auth": ["a-text"]}
    assert "a-text" not in str(vendor.asked[0].url)


def test_the_secrets_that_are_given_choose_the_way(tmp_path: Path) -> None:
    both = "[{bearer: a}, {header: X-Key, secret: b}]"
    assert ask(both, tmp_path, b="b-text")[0].asked[0].headers["X-Key"] == "b-text"
    assert ask(both, tmp_path, a="a-text")[0].asked[0].headers["Authorization"] == "Bearer a-text"
    with pytest.raises(Faults, match="more than one way"):
        ask(both, tmp_path, a="a-text", b="b-text")
    with pytest.raises(Faults, match="a: none is given"):
        ask(both, tmp_path)


def test_a_secret_that_no_header_can_hold_is_told_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(NeedsPerson, match="the secret a holds characters") as caught:
        ask("{bearer: a}", tmp_path, a="sec\r\nX-Evil: ret")
    assert "Evil" not in str(caught.value)


def test_a_token_is_got_once_and_again_when_the_vendor_ends_it(tmp_path: Path) -> None:
    vendor, connector = ask(OAUTH2 % "", tmp_path, a="a-text", b="b-text")
    assert list(connector.export(ANN)) == []
    assert vendor.tokens == 1
    form = parse_qs(vendor.asked[0].content.decode())
    assert form == {"grant_type": ["client_credentials"], "scope": ["read"], "client_id": ["a-text"],
                    "client_secret": ["b-text"]}  # fmt: skip
    vendor.valid = {"Bearer another"}
    assert list(connector.export(ANN)) == []
    assert vendor.tokens == 2


def test_a_token_that_is_refused_anew_goes_to_a_person(tmp_path: Path) -> None:
    vendor, connector = ask(OAUTH2 % ", send: basic", tmp_path, a="a-text", b="b-text")
    assert vendor.asked[0].headers["Authorization"] == "Basic " + base64.b64encode(b"a-text:b-text").decode()
    vendor.valid, vendor.token_status = {"Bearer another"}, 400
    with pytest.raises(NeedsPerson, match=r"refuses to give a token \(400\): look at a, b"):
        list(connector.export(ANN))
    vendor.token_status = 503
    with pytest.raises(TryLater, match="gives no token now"):
        list(connector.export(ANN))


def test_a_refresh_token_that_is_renewed_is_used_from_then_on(tmp_path: Path) -> None:
    scheme = "{oauth2: {grant: refresh_token, token_url: /token, client_id: a, client_secret: b, refresh_token: c}}"
    vendor, connector = ask(scheme, tmp_path, a="a-text", b="b-text", c="c-text")
    vendor.valid = {"Bearer another"}
    list(connector.export(ANN))
    used = [parse_qs(each.content.decode())["refresh_token"] for each in vendor.asked if each.url.path == "/token"]
    assert used == [["c-text"], ["next-1"]]


def test_a_signature_of_oauth_1_holds_over_the_very_request(tmp_path: Path) -> None:
    scheme = "{oauth1: {consumer_key: a, consumer_secret: b, token: c, token_secret: d}}"
    vendor, _ = ask(scheme, tmp_path, **SECRETS)
    request = vendor.asked[0]
    assert request.headers["Authorization"].startswith("OAuth ")
    url, said = str(request.url), {"Authorization": request.headers["Authorization"]}
    given = dict(signature.collect_parameters(headers=said, exclude_oauth_signature=False))
    parameters = signature.collect_parameters(uri_query=request.url.query.decode(), headers=said)
    normal = signature.normalize_parameters(parameters)
    text = signature.signature_base_string("GET", signature.base_string_uri(url), normal)
    assert given["oauth_signature_method"] == SIGNATURE_HMAC_SHA1
    assert given["oauth_signature"] == _sign(text, "b-text", "d-text")
    assert not any(secret in url for secret in SECRETS.values())


def _sign(text: str, client_secret: str, token_secret: str) -> str:
    key = f"{client_secret}&{token_secret}".encode()
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()
