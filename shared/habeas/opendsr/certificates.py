"""Finds out whether a certificate speaks for a processor: its chain, its days, its name, and that nobody revoked it.

OpenDSR 2.0, 4.1 and its security guidelines: issued by an authority that is trusted, never signed by itself, for the
processor's own domain.
"""

import ssl
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from habeas.errors import Fault, Faults, NeedsPerson


@dataclass(frozen=True)
class Trust:
    """Whose word is taken: authorities, and the lists of what they revoked."""

    authorities: Sequence[x509.Certificate] = field(repr=False)
    revoked: Sequence[x509.CertificateRevocationList] = field(default=(), repr=False)


def read_trust(ca_file: Path | None = None, crl_file: Path | None = None) -> Trust:
    """Reads the authorities of a file, else those of this machine, and a list of revoked ones; raises Faults.

    ca_file, crl_file: PEM, of one or several.
    """
    try:
        authorities = _own_authorities() if ca_file is None else x509.load_pem_x509_certificates(ca_file.read_bytes())
    except (OSError, ValueError):
        raise Faults([Fault("ca_file", "it cannot be read", "name a file of certificates (PEM)")]) from None
    try:
        revoked = () if crl_file is None else (x509.load_pem_x509_crl(crl_file.read_bytes()),)
    except (OSError, ValueError):
        raise Faults([Fault("crl_file", "it cannot be read", "name a certificate revocation list (PEM)")]) from None
    return Trust(tuple(authorities), revoked)


def check_certificate(pem: bytes, domain: str, trust: Trust, now: datetime) -> CertificatePublicKeyTypes:
    """The key of a certificate that speaks for a domain; raises NeedsPerson.

    pem: the certificate, and after it those between it and its authority.
    """
    try:
        certificate, *between = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise NeedsPerson(f"the certificate of {domain} cannot be read") from None
    if not trust.authorities:
        raise NeedsPerson("no authority is trusted here: name one with ca_file")
    verifier = (
        PolicyBuilder().store(Store(list(trust.authorities))).time(now).build_server_verifier(x509.DNSName(domain))
    )
    try:
        verifier.verify(certificate, between)
    except VerificationError:
        raise NeedsPerson(
            f"the certificate of {domain} is not good: its days, its name or its authority are not as they have to be"
        ) from None
    for known in trust.revoked:
        if known.issuer == certificate.issuer and known.get_revoked_certificate_by_serial_number(
            certificate.serial_number
        ):
            raise NeedsPerson(f"the certificate of {domain} was revoked")
    return certificate.public_key()


def ends_at(pem: bytes) -> datetime:
    """Until when a certificate may be kept."""
    return x509.load_pem_x509_certificates(pem)[0].not_valid_after_utc


def _own_authorities() -> list[x509.Certificate]:
    """Those of this machine, without what breaks RFC 5280: some have a serial number that is none."""
    found: list[x509.Certificate] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for each in ssl.create_default_context().get_ca_certs(binary_form=True):
            with suppress(CryptographyDeprecationWarning, ValueError):
                found.append(x509.load_der_x509_certificate(each))
    return found
