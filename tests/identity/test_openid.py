"""We rely on a certified provider as the standard says, and on none that is not what the settings name."""

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.identity.signing_in import query_of

from habeas.errors import Faults, Refused, TryLater
from habeas.settings import Secret
from habeas.testing.servers.openid import ALGORITHMS, SECRET, OpenIdProvider
from habeas.testing.servers.server import free_port
from habeas_identity.id_tokens import Demand
from habeas_identity.openid import Began, RelyingParty
from habeas_identity.providers import Provider, read_providers

BACK = "http://127.0.0.1:8080/prove/back"
BEGAN = Began("s" * 43, "n" * 43, "v" * 43)


def party_at(issuer: str, client: str = "habeas", secret: str = SECRET, **more: Any) -> RelyingParty:
    return RelyingParty(Provider("login", issuer, client, "subjects", Secret(secret), **more))


def demand_of(party: RelyingParty, **more: Any) -> Demand:
    return Demand(party.provider.issuer, party.provider.client_id, BEGAN.nonce, **more)


def redeem(party: RelyingParty, back: str, began: Began = BEGAN, **more: Any) -> Any:
    query = query_of(back)
    wanted = more.pop("wanted", ())
    told = query.get("iss")
    return party.redeem(
        query["code"], began, demand_of(party, **more), BACK, datetime.now(UTC), told_issuer=told, wanted=wanted
    )


@pytest.mark.servers
class TestCertifiedProvider:
    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_every_algorithm_that_counts_is_understood(self, openid: OpenIdProvider, algorithm: str) -> None:
        party = party_at(openid.url, f"habeas-{algorithm.lower()}")
        back = openid.sign_in(party.address(BEGAN, demand_of(party), BACK), "anna", acr="mfa")
        shown = redeem(party, back, acr=("mfa",))
        assert (shown.issuer, shown.subject, shown.acr) == (openid.url, "anna", "mfa")

    def test_a_client_without_a_secret_is_held_by_its_code_verifier(self, openid: OpenIdProvider) -> None:
        party = party_at(openid.url, "habeas-public", "")
        address = party.address(BEGAN, demand_of(party), BACK)
        assert redeem(party, openid.sign_in(address, "anna")).subject == "anna"
        other = Began(BEGAN.state, BEGAN.nonce, "w" * 43)
        with pytest.raises(Refused, match="answers 400"):
            redeem(party, openid.sign_in(address, "anna"), other)

    def test_a_code_is_good_once(self, openid: OpenIdProvider) -> None:
        party = party_at(openid.url)
        back = openid.sign_in(party.address(BEGAN, demand_of(party), BACK), "anna")
        redeem(party, back)
        with pytest.raises(Refused, match="answers 400"):
            redeem(party, back)

    def test_a_wrong_secret_is_refused_there(self, openid: OpenIdProvider) -> None:
        party = party_at(openid.url, secret="another secret")
        with pytest.raises(Refused, match="answers 401"):
            redeem(party, openid.sign_in(party.address(BEGAN, demand_of(party), BACK), "anna"))

    def test_claims_that_the_token_lacks_come_from_userinfo(self, openid: OpenIdProvider) -> None:
        party = party_at(openid.url, scopes=("openid", "email", "customer"))
        back = openid.sign_in(party.address(BEGAN, demand_of(party), BACK), "anna")
        shown = redeem(party, back, wanted=("email", "email_verified", "customer_number"))
        assert shown.claims["customer_number"] == "1017"
        assert shown.claims["email_verified"] is True
        assert "canary" not in repr(shown)

    def test_somebody_who_signed_in_too_long_ago_is_refused(self, openid: OpenIdProvider) -> None:
        party = party_at(openid.url)
        address = party.address(BEGAN, demand_of(party), BACK)  # which asks for no age
        back = openid.sign_in(address, "anna", ago=16 * 60)
        with pytest.raises(Refused, match="too long ago"):
            redeem(party, back, max_age=timedelta(minutes=15))

    def test_the_answer_has_to_say_whose_it_is(self, openid: OpenIdProvider) -> None:
        party = party_at(openid.url)
        back = openid.sign_in(party.address(BEGAN, demand_of(party), BACK), "anna")
        code = query_of(back)["code"]
        for told in (None, "https://evil.example"):
            with pytest.raises(Refused, match="the answer"):
                party.redeem(code, BEGAN, demand_of(party), BACK, datetime.now(UTC), told_issuer=told)

    def test_the_address_carries_all_that_ties_the_answer_to_it(self, openid: OpenIdProvider) -> None:
        party = party_at(openid.url)
        demand = demand_of(party, max_age=timedelta(minutes=15), acr=("mfa", "substantial"))
        asked = query_of(party.address(BEGAN, demand, BACK))
        assert asked["code_challenge_method"] == "S256"
        assert asked["code_challenge"] != BEGAN.verifier
        assert (asked["state"], asked["nonce"], asked["max_age"]) == (BEGAN.state, BEGAN.nonce, "900")
        assert (asked["acr_values"], asked["response_type"]) == ("mfa substantial", "code")
        again = query_of(party.address(BEGAN, demand, BACK, again=True))
        assert (again["prompt"], again["max_age"]) == ("login", "0")


@contextmanager
def publishing(documents: Callable[[str], Mapping[str, Any]], certificate: Path | None = None) -> Iterator[str]:
    """A server that answers each path with a status, headers and a body; over TLS with a certificate for localhost."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = documents(issuer).get(self.path, (404, {}, b""))
            status, headers, body = told if isinstance(told, tuple) else (200, {}, json.dumps(told).encode())
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = f"http://127.0.0.1:{server.server_address[1]}"
        if certificate is not None:
            issuer = f"https://localhost:{server.server_address[1]}"
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


WELL_KNOWN = "/.well-known/openid-configuration"


def metadata(home: str, **changes: Any) -> dict[str, Any]:
    addresses = {f"{each}_endpoint": f"{home}/{each}" for each in ("authorization", "token", "userinfo")}
    return {"issuer": home, "jwks_uri": f"{home}/keys", **addresses, **changes}


WRONG: dict[str, Callable[[str], Any]] = {
    "another issuer": lambda issuer: metadata(issuer, issuer="https://evil.example"),
    "an issuer with a slash more": lambda issuer: metadata(issuer, issuer=f"{issuer}/"),
    "plain http elsewhere": lambda issuer: metadata(issuer, token_endpoint="http://login.example.com/token"),
    "no https at all": lambda issuer: metadata(issuer, authorization_endpoint="javascript:alert(1)"),
    "no keys": lambda issuer: metadata(issuer, jwks_uri=None),
    "a name in front of the host": lambda issuer: metadata(issuer, token_endpoint="https://a@login.example.com/"),
    "userinfo in the clear": lambda issuer: metadata(issuer, userinfo_endpoint="http://login.example.com/me"),
    "a list": lambda issuer: (200, {}, json.dumps([metadata(issuer)]).encode()),
    "no JSON": lambda issuer: (200, {}, b"<html>"),
    "deep JSON": lambda issuer: (200, {}, b"[" * 100_000),
    "a redirect": lambda issuer: (302, {"Location": f"{issuer}/elsewhere"}, b""),
    "nothing there": lambda issuer: (404, {}, b""),
    "more than anybody needs": lambda issuer: (200, {}, b" " * 300_000),
    "packed": lambda issuer: (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b" + b"\0" * 20),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_provider_that_is_not_what_it_should_be_is_refused(wrong: str) -> None:
    with publishing(lambda issuer: {WELL_KNOWN: WRONG[wrong](issuer), "/elsewhere": metadata(issuer)}) as issuer:
        party = party_at(issuer)
        with pytest.raises(Refused):
            party.address(BEGAN, demand_of(party), BACK)


def test_a_provider_that_is_what_it_should_be_is_used() -> None:
    with publishing(lambda issuer: {WELL_KNOWN: metadata(issuer)}) as issuer:
        party = party_at(issuer)
        assert party.address(BEGAN, demand_of(party), BACK).startswith(f"{issuer}/authorization?")
        assert party.origin() == issuer


def test_a_provider_that_is_down_is_left_alone_for_a_while() -> None:
    asked = []

    def documents(issuer: str) -> Mapping[str, Any]:
        asked.append(issuer)
        return {WELL_KNOWN: (503, {}, b"")}

    with publishing(documents) as issuer:
        party = party_at(issuer)
        for _ in range(3):
            with pytest.raises(TryLater):
                party.origin()
    assert len(asked) == 1
    with pytest.raises(TryLater, match="reached"):
        party_at(f"http://127.0.0.1:{free_port()}").origin()


def test_a_certificate_is_believed_by_whom_the_settings_say(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca, both = tmp_path / "ca.pem", tmp_path / "both.pem"
    ca.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    both.write_bytes(ca.read_bytes() + secret)
    with publishing(lambda issuer: {WELL_KNOWN: metadata(issuer)}, both) as issuer:
        assert party_at(issuer, ca=ca).origin() == issuer
        with pytest.raises(TryLater, match="ConnectError"):
            party_at(issuer).origin()


GOOD = "login:\n  issuer: https://login.example.com\n  client_id: habeas\n  for: agents\n"


def test_a_provider_is_read_with_its_secret_from_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "login.secret").write_text("geheim\n")
    path = tmp_path / "providers.yaml"
    path.write_text(GOOD + "  client_secret_file: login.secret\n  acr: [phr]\n  scopes: [openid, email]\n")
    provider = read_providers(path)["login"]
    assert (provider.secret, provider.acr, provider.scopes) == ("geheim", ("phr",), ("openid", "email"))
    assert (provider.title, provider.ca, provider.serves) == ("login", None, "agents")
    assert "geheim" not in repr(provider)


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (GOOD + "  colour: blue\n", 5, "colour is not known"),
        (GOOD.replace("https", "http"), 2, "no https URL"),
        (GOOD.replace("example.com", "example.com?a=b"), 2, "no https URL"),
        (GOOD.replace("login.example.com", "a@login.example.com"), 2, "no https URL"),
        (GOOD.replace("agents", "everybody"), 4, "neither of agents"),
        (GOOD.replace("  client_id: habeas\n", ""), 1, "client_id is missing"),
        (GOOD.replace("login:", "Log In:"), 1, "no name"),
        (GOOD + "  scopes: [email]\n", 5, "lack openid"),
        (GOOD + "  scopes: email\n", 5, "no list"),
        (GOOD + "  client_secret: 12\n", 5, "no text"),
        (GOOD + "  client_secret: a\n  client_secret_file: b\n", 5, "twice"),
        (GOOD + "  client_secret_file: missing\n", 5, "cannot be read"),
        (GOOD + "  ca: missing.pem\n", 5, "no such file"),
        (GOOD.replace("agents", "subjects") + "  acr: [phr]\n", 5, "acr is for agents"),
        ("login: yes\n", 1, "no mapping"),
        ("- login\n", 1, "no mapping"),
    ],
)
def test_a_fault_in_the_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, word: str) -> None:
    path = tmp_path / "providers.yaml"
    path.write_text(text)
    with pytest.raises(Faults) as wrong:
        read_providers(path)
    assert any(fault.where == f"providers.yaml:{line}" and word in fault.problem for fault in wrong.value.faults), (
        wrong.value
    )
