"""Case 34: no forged, borrowed, stale or weak ID token lets anybody in, and the honest one beside it does."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.identity.conftest import STORED, Desk
from tests.identity.signing_in import ADA, bring, leave_as_agent, leave_as_person, link, provide, query_of, real_clock

from habeas.clock import FixedClock
from habeas.testing.servers.openid import SECRET
from habeas_identity import openid as relying
from habeas_identity.openid import party_of

Json = dict[str, Any]


def b64(value: bytes | Mapping[str, Any] | str) -> str:
    raw = (
        json.dumps(value).encode()
        if isinstance(value, Mapping)
        else value.encode()
        if isinstance(value, str)
        else value
    )
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class Hostile:
    """A provider whose token endpoint gives whatever token a trick makes."""

    trick: str = "honest"
    issuer: str = ""
    nonce: str = ""
    earlier: str = "an earlier nonce"
    now: int = 0
    kid: str = "mine"
    vouches_for: str = ""
    """Whom its userinfo is about, if it has one."""
    mine: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    stranger: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    curve: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def jwk(self, key: rsa.RSAPrivateKey, kid: str = "", **more: str) -> Json:
        numbers = key.public_key().public_numbers()
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), "kid": kid or self.kid, **more}

    @property
    def keys(self) -> list[Json]:
        point = self.curve.public_key().public_numbers()
        curve = {"kty": "EC", "crv": "P-256", "kid": "curve", "x": b64(point.x.to_bytes(32, "big"))}
        encrypting = self.jwk(self.stranger, "encrypting", use="enc")
        return [self.jwk(self.mine, use="sig"), curve | {"y": b64(point.y.to_bytes(32, "big"))}, encrypting]

    @property
    def pem(self) -> bytes:
        return self.mine.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def claims(self, **changes: Any) -> Json:
        told = {
            "iss": self.issuer,
            "sub": "ada",
            "aud": "habeas",
            "nonce": self.nonce,
            "acr": "mfa",
            "iat": self.now,
            "exp": self.now + 300,
            "auth_time": self.now - 5,
        } | changes
        return {name: value for name, value in told.items() if value is not None}

    def sign(
        self, claims: Json | None = None, key: rsa.RSAPrivateKey | None = None, digest: Any = None, **header: Any
    ) -> str:
        """A token signed by RSA, with the claims and headers given over honest ones."""
        told = {"alg": "RS256", "kid": self.kid, "typ": "JWT"} | header
        told = {name: value for name, value in told.items() if value is not None}
        text = f"{b64(told)}.{b64(self.claims() if claims is None else claims)}"
        signature = (key or self.mine).sign(text.encode(), padding.PKCS1v15(), digest or hashes.SHA256())
        return f"{text}.{b64(signature)}"

    def mac(self, algorithm: str, key: bytes, **header: str) -> str:
        """A token with a MAC, under what the attacker knows as well as we do."""
        text = f"{b64({'alg': algorithm, 'typ': 'JWT', **header})}.{b64(self.claims())}"
        digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[algorithm]
        return f"{text}.{b64(hmac.digest(key, text.encode(), digest))}"

    def signed_by_curve(self, **header: str) -> str:
        """A token signed by the elliptic curve that is published too."""
        text = f"{b64({'alg': 'ES256', **header})}.{b64(self.claims())}"
        r, s = decode_dss_signature(self.curve.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def unsigned(self, name: str) -> str:
        return f"{b64({'alg': name, 'typ': 'JWT'})}.{b64(self.claims())}."


Make = Callable[[Hostile], str]
#: Tokens that have to let somebody in: without them the refusals below would show nothing.
HONEST: dict[str, Make] = {
    "honest": lambda they: they.sign(),
    "honest, by a curve": lambda they: they.signed_by_curve(kid="curve"),
    "honest, audience in a list": lambda they: they.sign(they.claims(aud=["habeas"], azp="habeas")),
    "honest, clock a little ahead": lambda they: they.sign(they.claims(iat=they.now + 20, exp=they.now + 320)),
}
SIGNATURE: dict[str, Make] = {
    "alg none": lambda they: they.unsigned("none"),
    "alg nOnE": lambda they: they.unsigned("nOnE"),
    "alg none with a signature": lambda they: they.sign(alg="none"),
    "no signature at all": lambda they: they.sign().rpartition(".")[0],
    "an empty signature": lambda they: they.sign().rpartition(".")[0] + ".",
    "HS256 under the public key": lambda they: they.mac("HS256", they.pem, kid="mine"),
    "HS256 under the published key": lambda they: they.mac("HS256", json.dumps(they.keys[0]).encode(), kid="mine"),
    "HS256 under the client's secret": lambda they: they.mac("HS256", SECRET.encode()),
    "HS512 under nothing": lambda they: they.mac("HS512", b""),
    "its own key within": lambda they: they.sign(key=they.stranger, jwk=they.jwk(they.stranger), kid=None),
    "its own key within, under a known name": lambda they: they.sign(key=they.stranger, jwk=they.jwk(they.stranger)),
    "an address of keys": lambda they: they.sign(key=they.stranger, jku=f"{they.issuer}/stranger"),
    "an address of keys, honestly signed": lambda they: they.sign(jku=f"{they.issuer}/keys"),
    "an address of certificates": lambda they: they.sign(key=they.stranger, x5u=f"{they.issuer}/stranger"),
    "certificates within": lambda they: they.sign(key=they.stranger, x5c=["MIIB"]),
    "a stranger's key": lambda they: they.sign(key=they.stranger),
    "a stranger's key under an unknown name": lambda they: they.sign(key=they.stranger, kid="theirs"),
    "a key that is there to encrypt": lambda they: they.sign(key=they.stranger, kid="encrypting"),
    "the name of another key": lambda they: they.sign(kid="curve"),
    "another algorithm than the key's": lambda they: they.signed_by_curve(kid="mine"),
    "an algorithm that does not count": lambda they: they.sign(digest=hashes.SHA384(), alg="RS384"),
    "a critical header": lambda they: they.sign(crit=["exp"], exp=1),
    "an unencoded payload": lambda they: they.sign(b64=False, crit=["b64"]),
    "a truncated signature": lambda they: they.sign()[:-8],
    "a changed subject": lambda they: _swap(they, they.claims(sub="ben")),
    "a changed header": lambda they: ".".join([b64({"alg": "RS256"}), *they.sign().split(".")[1:]]),
    "five parts": lambda they: they.sign() + ".a.b",
    "no token": lambda they: "",
}
CLAIMS: dict[str, Make] = {
    "another issuer": lambda they: they.sign(they.claims(iss="https://evil.example")),
    "an issuer with a slash more": lambda they: they.sign(they.claims(iss=f"{they.issuer}/")),
    "no issuer": lambda they: they.sign(they.claims(iss=None)),
    "another audience": lambda they: they.sign(they.claims(aud="another-client")),
    "an audience beside us": lambda they: they.sign(they.claims(aud=["habeas", "another-client"])),
    "an audience beside us, asked for by us": lambda they: they.sign(
        they.claims(aud=["habeas", "another-client"], azp="habeas")
    ),
    "asked for by another": lambda they: they.sign(they.claims(azp="another-client")),
    "no audience": lambda they: they.sign(they.claims(aud=None)),
    "another nonce": lambda they: they.sign(they.claims(nonce="n" * 43)),
    "the nonce of an earlier sign-in": lambda they: they.sign(they.claims(nonce=they.earlier)),
    "no nonce": lambda they: they.sign(they.claims(nonce=None)),
    "a list with the nonce": lambda they: they.sign(they.claims(nonce=[they.nonce])),
    "expired": lambda they: they.sign(they.claims(iat=they.now - 600, exp=they.now - 300)),
    "never expiring": lambda they: they.sign(they.claims(exp=None)),
    "an expiry that is no number": lambda they: they.sign(they.claims(exp="later")),
    "an expiry that is not a number": lambda they: they.sign(they.claims(exp=float("nan"))),
    "issued in the future": lambda they: they.sign(they.claims(iat=they.now + 600, exp=they.now + 900)),
    "not issued": lambda they: they.sign(they.claims(iat=None)),
    "good later": lambda they: they.sign(they.claims(nbf=they.now + 600)),
    "signed in sixteen minutes ago": lambda they: they.sign(they.claims(auth_time=they.now - 16 * 60)),
    "signed in at no time": lambda they: they.sign(they.claims(auth_time=None)),
    "signed in in the future": lambda they: they.sign(they.claims(auth_time=they.now + 600)),
    "signed in as text": lambda they: they.sign(they.claims(auth_time=str(they.now))),
    "signed in truly": lambda they: they.sign(they.claims(auth_time=True)),
    "a weaker context": lambda they: they.sign(they.claims(acr="password")),
    "no context": lambda they: they.sign(they.claims(acr=None)),
    "a context in a list": lambda they: they.sign(they.claims(acr=["mfa"])),
    "another person": lambda they: they.sign(they.claims(sub="ben")),
    "the same person in capitals": lambda they: they.sign(they.claims(sub="ADA")),
    "nobody": lambda they: they.sign(they.claims(sub=None)),
    "a person without a name": lambda they: they.sign(they.claims(sub="")),
    "a person who is a number": lambda they: they.sign(they.claims(sub=1)),
}
FORGED = SIGNATURE | CLAIMS


def _swap(they: Hostile, claims: Json) -> str:
    header, _, signature = they.sign().split(".")
    return f"{header}.{b64(claims)}.{signature}"


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    """A provider that lies, on loopback."""
    they = Hostile()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            addresses = {f"{each}_endpoint": f"{they.issuer}/{each}" for each in ("authorization", "token")}
            if they.vouches_for:
                addresses["userinfo_endpoint"] = f"{they.issuer}/userinfo"
            told = {
                "/keys": {"keys": they.keys},
                "/stranger": {"keys": [they.jwk(they.stranger)]},
                "/userinfo": {"sub": they.vouches_for, "email": STORED, "email_verified": True},
            }
            self.tell(told.get(self.path, {"issuer": they.issuer, "jwks_uri": f"{they.issuer}/keys", **addresses}))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            token = (HONEST | FORGED)[they.trick](they)
            self.tell({"access_token": "a", "token_type": "Bearer", "id_token": token})

        def tell(self, told: Json) -> None:
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        they.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield they
        server.shutdown()
        thread.join()


@pytest.fixture
def clock() -> FixedClock:
    return real_clock()


@pytest.fixture
def lied_to(page_desk: Desk, hostile: Hostile, tmp_path: Path) -> Desk:
    """A desk whose agents sign in at the provider that lies; ADA is linked to `ada` there."""
    provide(page_desk, tmp_path, hostile.issuer)
    page_desk.hire(ADA, "approver")
    link(page_desk, ADA, hostile.issuer, "ada")
    hostile.now = int(page_desk.clock.now().timestamp())
    return page_desk


def come_back(desk: Desk, hostile: Hostile, trick: str) -> Any:
    """Sign in for an act, and bring back the token that the trick makes."""
    visitor = desk.visitor()
    asked = query_of(leave_as_agent(visitor, act="approve"))
    hostile.nonce, hostile.trick = asked["nonce"], trick
    answer = bring(visitor, f"/agents/back?code=c&state={asked['state']}")
    hostile.earlier = asked["nonce"]
    return answer


@pytest.mark.parametrize("trick", HONEST)
def test_an_honest_token_lets_in(lied_to: Desk, hostile: Hostile, trick: str) -> None:
    answer = come_back(lied_to, hostile, trick)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/agents/sign-out")
    assert lied_to.rows("SELECT method FROM agent_session") == [("openid",)]


def test_no_forged_token_lets_in(lied_to: Desk, hostile: Hostile, tell: Callable[[str, str], None]) -> None:
    """Case 34: each token is wrong in one thing, and everything else about it is right."""
    accepted = []
    for trick in FORGED:
        before = lied_to.rows("SELECT count(*) FROM agent_session")
        answer = come_back(lied_to, hostile, trick)
        if answer.status_code != 422 or lied_to.rows("SELECT count(*) FROM agent_session") != before:
            accepted.append(trick)
    tell("ID tokens", f"{len(FORGED)} hostile ones, {len(accepted)} accepted; {len(HONEST)} honest ones, all accepted")
    assert accepted == []
    assert len(FORGED) >= 24


@pytest.mark.parametrize(("about", "shown"), [("ben", False), ("ADA", False), ("ada", True)])
def test_userinfo_about_somebody_else_counts_for_nobody(
    page_desk: Desk, hostile: Hostile, tmp_path: Path, about: str, shown: bool
) -> None:
    """Case 34: claims come from whoever the token is about (OpenID Connect Core 1.0, section 5.3.2)."""
    provide(page_desk, tmp_path, hostile.issuer)
    hostile.vouches_for, hostile.trick = about, "honest"
    hostile.now = int(page_desk.clock.now().timestamp())
    party_of.cache_clear()  # it would know the provider as one without userinfo
    visitor = page_desk.visitor("A" * 43)
    case = page_desk.open(browser=hashlib.sha256(b"A" * 43).hexdigest(), email=STORED)
    asked = query_of(leave_as_person(visitor, case))
    hostile.nonce = asked["nonce"]
    bring(visitor, f"/prove/back?code=c&state={asked['state']}")
    assert bool(page_desk.rows("SELECT * FROM given_proof")) is shown


def test_a_provider_may_change_its_keys(lied_to: Desk, hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key whose name is not in the set is looked for again, but not more often than twice a minute."""
    assert come_back(lied_to, hostile, "honest").status_code == 303
    hostile.kid, hostile.mine = "newer", rsa.generate_private_key(65537, 2048)
    assert come_back(lied_to, hostile, "honest").status_code == 422
    monkeypatch.setattr(relying, "KEYS_AGAIN", 0.0)
    assert come_back(lied_to, hostile, "honest").status_code == 303
