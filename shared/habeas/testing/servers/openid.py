"""An OpenID Connect provider that the OpenID Foundation has certified: oidc-provider, run by node on loopback.

Its packages are pinned by version and digest (`openid_peer/package-lock.json`) and fetched once into a cache.
"""

import hashlib
import json
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from habeas.testing.processes import Process
from habeas.testing.servers.node import find_node, find_npm
from habeas.testing.servers.server import LOOPBACK, Server, ServerMissing, drop_folder, free_port, new_folder

PEER = Path(__file__).with_name("openid_peer")
LOCK = PEER / "package-lock.json"
SECRET = "a secret that every test knows"  # noqa: S105  a test's client shows it
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
#: What accounts there are, and what is told of each.
ACCOUNTS: Mapping[str, Mapping[str, Any]] = {
    "anna": {
        "email": "anna.canary@example.com",
        "email_verified": True,
        "customer_number": "1017",
        "name": "Anna Canary",
        "birthdate": "1980-02-29",
    },
    "unverified": {"email": "anna.canary@example.com", "email_verified": False, "customer_number": "1017"},
    "another": {"email": "bo@example.org", "email_verified": True, "customer_number": "2044"},
    "ada": {"email": "ada@example.com", "email_verified": True},
    "ben": {"email": "ben@example.com", "email_verified": True},
}


class OpenIdProvider(Server):
    """The provider in a process of its own, with a confidential client `habeas` and a public one `habeas-public`.

    `habeas-es256` and the like are clients whose ID tokens are signed by that algorithm. As `host` "localhost" makes it
    another site than the portal to a browser.
    """

    name = "openid"

    def __init__(
        self,
        cache: Path,
        *,
        portal_url: str = "http://127.0.0.1:8080",
        accounts: Mapping[str, Mapping[str, Any]] = ACCOUNTS,
        host: str = LOOPBACK,
    ) -> None:
        self.port = free_port()
        self.cache = cache
        self.portal_url = portal_url
        self.accounts = accounts
        self.host = host
        self._process: Process | None = None
        self._folder: Path | None = None

    @property
    def url(self) -> str:
        """The issuer."""
        return f"http://{self.host}:{self.port}"

    def _start(self) -> None:
        packages, how = find_packages(self.cache)
        self._folder = new_folder("openid")
        settings = self._folder / "settings.json"
        settings.write_text(json.dumps(self._settings()))
        # Node looks for packages from where a script lies.
        script = Path(shutil.copy(PEER / "provider.mjs", self._folder))
        (self._folder / "node_modules").symlink_to(packages / "node_modules")
        self._process = Process([find_node(self.cache), script, settings], cwd=self._folder).start()
        self._process.wait_ready(url=f"{self.url}/.well-known/openid-configuration")
        self.story = f"{how}, started on port {self.port}"

    def stop(self) -> None:
        """End it; it kept everything in memory."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        drop_folder(self._folder)
        self._folder = None

    def sign_in(
        self, address: str, account: str, *, acr: str = "", ago: int = 0, browser: httpx.Client | None = None
    ) -> str:
        """Sign in as somebody at a browser would, and return the address of ours that the provider leads back to.

        `ago` is how many seconds ago they claim to have signed in; with `browser`, cookies of earlier visits count.
        """
        return self._visit(address, {"account": account, "acr": acr, "ago": str(ago)}, browser)

    def refuse(self, address: str) -> str:
        """Press the other button, and return where that leads."""
        return self._visit(address, {"refuse": "yes"}, None)

    def _visit(self, address: str, typed: Mapping[str, str], browser: httpx.Client | None) -> str:
        visitor = browser or httpx.Client(trust_env=False)
        try:
            for _ in range(10):
                answer = visitor.get(address)
                if answer.status_code == 200:  # the form
                    answer = visitor.post(address, data=dict(typed))
                address = urljoin(address, answer.headers.get("Location", ""))
                if not answer.is_redirect:
                    raise AssertionError(f"the provider answers {answer.status_code}: {answer.text[:300]}")
                if address.startswith(self.portal_url):
                    return address
        finally:
            if browser is None:
                visitor.close()
        raise AssertionError("the provider leads in circles")

    def _settings(self) -> dict[str, Any]:
        backs = [f"{self.portal_url}/prove/back", f"{self.portal_url}/agents/back"]
        confidential = {"client_secret": SECRET, "redirect_uris": backs}
        public = {"client_id": "habeas-public", "token_endpoint_auth_method": "none", "redirect_uris": backs}
        others = [
            {"client_id": f"habeas-{each.lower()}", "id_token_signed_response_alg": each, **confidential}
            for each in ALGORITHMS
        ]
        return {
            "issuer": self.url,
            "port": self.port,
            "clients": [{"client_id": "habeas", **confidential}, public, *others],
            "accounts": self.accounts,
            "acr": ["mfa", "substantial"],
            "algorithms": list(ALGORITHMS),
            "secret": secrets.token_urlsafe(24),
        }


def find_packages(cache: Path) -> tuple[Path, str]:
    """The folder with the provider and all it needs, and one line on how it came here; npm checks every digest."""
    folder = cache / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    version = json.loads(LOCK.read_text())["packages"]["node_modules/oidc-provider"]["version"]
    if folder.exists():
        return folder, f"oidc-provider {version} found in {cache.name}"
    npm = find_npm()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as made:
        whole = Path(made) / "packages"
        whole.mkdir()
        for name in ("package.json", LOCK.name):
            shutil.copy(PEER / name, whole)
        _fetch([str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], whole)
        try:
            whole.rename(folder)
        except OSError:
            if not folder.exists():  # another session was faster, or the disk is full
                raise
    return folder, f"oidc-provider {version} fetched with npm"


def _fetch(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode != 0:
        raise ServerMissing(f"oidc-provider cannot be fetched with npm: {done.stderr.strip()[-600:]}")
