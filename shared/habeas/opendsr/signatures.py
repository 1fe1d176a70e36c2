"""Signs what a processor says, and finds such a signature good: over the raw bytes, before anybody reads them.

OpenDSR 2.0, 4.2 and 8.8: FIPS 186-4 over SHA-256, base64 in a header. The text names no padding: PKCS #1 v1.5 is what
we write; PSS and ECDSA are read, too.
"""

import binascii
from base64 import b64decode, b64encode
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256

DOMAIN = "X-OpenDSR-Processor-Domain"
SIGNATURE = "X-OpenDSR-Signature"
_FORMER = {DOMAIN: "X-OpenGDPR-Processor-Domain", SIGNATURE: "X-OpenGDPR-Signature"}
_PADDINGS = (padding.PKCS1v15(), padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO))


class Headers(Protocol):
    """Headers by name, as each library has its own."""

    def get(self, key: str, /) -> str | None:
        """A header's value, if it is there."""


def read_header(headers: Headers, name: str) -> str:
    """A header by its name or by the one that it had as OpenGDPR (10.1); empty if there is none."""
    return headers.get(name) or headers.get(_FORMER[name]) or ""


def sign(body: bytes, key: rsa.RSAPrivateKey) -> str:
    """The signature of a body, as its header has it."""
    return b64encode(key.sign(body, padding.PKCS1v15(), SHA256())).decode("ascii")


def is_signed(body: bytes, signature: str, key: CertificatePublicKeyTypes) -> bool:
    """Whether a body was signed by the key; False, too, for what is no signature at all."""
    try:
        raw = b64decode("".join(signature.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    if isinstance(key, rsa.RSAPublicKey):
        return any(_fits(key, raw, body, each) for each in _PADDINGS)
    if isinstance(key, ec.EllipticCurvePublicKey):
        try:
            key.verify(raw, body, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True
    return False


def _fits(key: rsa.RSAPublicKey, raw: bytes, body: bytes, form: padding.PKCS1v15 | padding.PSS) -> bool:
    try:
        key.verify(raw, body, form, SHA256())
    except InvalidSignature:
        return False
    return True
