"""TLS in front of a server that has none, under a certificate authority of one's own, as a company's inner network."""

import asyncio
import ssl
import threading
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from habeas.clock import SYSTEM_CLOCK
from habeas.testing.servers.server import LOOPBACK, Server

_BLOCK = 65536


class TlsGate(Server):
    """Takes TLS connections and passes what is in them on to `target` (host, port)."""

    name = "TLS gate"

    def __init__(self, target: tuple[str, int], folder: Path) -> None:
        self.target = target
        self.authority = folder / "authority.pem"
        self.port = 0
        self._leaf = folder / "leaf.pem"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tls gate", daemon=True)
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://{LOOPBACK}:{self.port}"

    def _start(self) -> None:
        if not self._leaf.exists():
            make_certificates(self.authority, self._leaf)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._leaf)
        self._thread.start()
        opening = asyncio.start_server(self._take, LOOPBACK, 0, ssl=context)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        inner_reader, inner_writer = await asyncio.open_connection(*self.target)
        try:
            await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))
        finally:
            for each in (writer, inner_writer):
                each.close()
                with suppress(OSError):
                    await each.wait_closed()

    def stop(self) -> None:
        """End it; a second call does nothing."""
        if self._server is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._server = None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await reader.read(_BLOCK):
            writer.write(block)
            await writer.drain()
    writer.close()


def make_certificates(authority: Path, leaf: Path) -> None:
    """Make an authority's certificate, and a key with a certificate of it for this machine, as PEM."""
    now = SYSTEM_CLOCK.now()
    own_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Habeas test authority")])

    def begun(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
        )

    signing = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    root = (
        begun(name, own_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signing, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own_key.public_key()), critical=False)
        .sign(own_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address(LOOPBACK))])
    issued = (
        begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), leaf_key)
        .add_extension(names, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own_key.public_key()), critical=False)
        .sign(own_key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    authority.write_bytes(root.public_bytes(form))
    secret = leaf_key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    leaf.write_bytes(secret + issued.public_bytes(form))
