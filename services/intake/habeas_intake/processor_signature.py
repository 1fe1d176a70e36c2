"""How we sign as a processor: OpenDSR's certificate and key, read from the settings and found to fit at start."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from habeas.errors import Fault, Faults
from habeas.opendsr.signatures import sign
from habeas.service import Context
from habeas.settings import Settings

_LEAST_BITS = 2048


@dataclass(frozen=True)
class Signer:
    """Speaks for our domain as a processor."""

    url: str
    domain: str
    certificate: bytes = field(repr=False)
    key: RSAPrivateKey = field(repr=False)
    ends_at: datetime

    def sign(self, body: bytes) -> str:
        """Sign a body, as its header has it."""
        return sign(body, self.key)


def read_signer(settings: Settings) -> Signer | None:
    """Read how we sign; None where we are nobody's processor. Raises Faults for what does not fit together."""
    if not settings.opendsr_url:
        return None
    faults: list[Fault] = []
    certificate, key = _certificate(settings, faults), _key(settings, faults)
    if certificate is None or key is None:
        raise Faults(faults)
    if certificate.public_key() != key.public_key():
        faults.append(Fault("HABEAS_OPENDSR_KEY", "is not the key of the certificate", "give those of one another"))
    names = _names(certificate)
    if not names:
        faults.append(Fault("HABEAS_OPENDSR_CERTIFICATE", "names no domain", "take one with a DNS name"))
    host = urlsplit(settings.opendsr_url).hostname or ""
    if host not in names and not settings.embedded:
        faults.append(
            Fault("HABEAS_OPENDSR_URL", f"the certificate does not name {host}", f"it names {', '.join(names)}")
        )
    if faults:
        raise Faults(faults)
    domain = host if host in names else names[0]
    pem = str(settings.opendsr_certificate).encode()
    return Signer(settings.opendsr_url, domain, pem, key, certificate.not_valid_after_utc)


def check_signer(context: Context) -> None:
    """Raise Faults where what we would sign with does not fit, or has ended."""
    signer = read_signer(context.settings)
    if signer is not None and signer.ends_at <= context.clock.now():
        raise Faults([Fault("HABEAS_OPENDSR_CERTIFICATE", "has ended", "renew it: controllers believe it no more")])


def _certificate(settings: Settings, faults: list[Fault]) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificates(str(settings.opendsr_certificate).encode())[0]
    except (ValueError, IndexError):
        faults.append(Fault("HABEAS_OPENDSR_CERTIFICATE", "is no certificate", "give it as PEM, with those above it"))
        return None


def _key(settings: Settings, faults: list[Fault]) -> RSAPrivateKey | None:
    try:
        key = load_pem_private_key(str(settings.opendsr_key).encode(), None)
    except (ValueError, TypeError):
        key = None
    if isinstance(key, RSAPrivateKey) and key.key_size >= _LEAST_BITS:
        return key
    faults.append(Fault("HABEAS_OPENDSR_KEY", "is no RSA key of 2048 bits or more", "give it as PEM, not encrypted"))
    return None


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return list(found.value.get_values_for_type(x509.DNSName))
