"""A processor whose word is taken: its certificate is found under its own domain, and kept until it ends."""

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from habeas.addresses import origin_of
from habeas.errors import NeedsPerson, TryLater
from habeas.opendsr.certificates import Trust, check_certificate, ends_at
from habeas.opendsr.signatures import is_signed


class Speaker:
    """Finds what a domain has signed good (OpenDSR 2.0, 4.1 and 4.2).

    fetch: gives its certificate as PEM, and after it those above; patience: for how long it is not asked again for
    another one, whatever does not fit, so that nobody who forges makes us call it.
    """

    def __init__(
        self, domain: str, trust: Trust, fetch: Callable[[], bytes], patience: timedelta = timedelta()
    ) -> None:
        self.domain = domain
        self._trust = trust
        self._fetch = fetch
        self._patience = patience
        self._lock = threading.Lock()
        self._certificate: bytes | None = None
        self._asked_at: datetime | None = None
        self._doubted = False

    def key(self, now: datetime) -> CertificatePublicKeyTypes:
        """The key that it signs with; raises NeedsPerson for a certificate that is not good, TryLater for none."""
        certificate = self._certificate
        if certificate is None or self._doubted or ends_at(certificate) < now:
            certificate = self._renewed(now)
        if certificate is None:
            raise TryLater(f"the certificate of {self.domain} is not to be had at this moment", self._patience)
        try:
            return check_certificate(certificate, self.domain, self._trust, now)
        except NeedsPerson:
            self._doubted = True
            raise

    def has_signed(self, body: bytes, signature: str, now: datetime) -> bool:
        """Whether it signed these bytes; what was kept may have been replaced meanwhile, so it is fetched anew, once.

        Raises as `key` does.
        """
        kept = self._certificate
        if is_signed(body, signature, self.key(now)):
            return True
        if kept is None or kept is not self._certificate:
            return False
        self._doubted = True
        return is_signed(body, signature, self.key(now))

    def _renewed(self, now: datetime) -> bytes | None:
        """Fetches the certificate, or gives what is kept while another thread is at it or was a moment ago.

        Nobody waits for the other one: whoever forges calls could else keep every thread of a door busy.
        """
        if self._lock.acquire(blocking=False):
            try:
                if self._asked_at is None or now - self._asked_at >= self._patience:
                    self._asked_at = now
                    self._certificate = self._fetch()
                    self._doubted = False
            finally:
                self._lock.release()
        return self._certificate


def find_certificate(discovery: bytes, processor: str, domain: str) -> str:
    """Where a processor's discovery (6.3) says that its certificate lies; raises NeedsPerson unless that is its own.

    processor: the address that it is asked at.
    """
    try:
        url = str(json.loads(discovery)["processor_certificate"])
        own = urlsplit(url).hostname == domain or origin_of(url) == origin_of(processor)
    except (ValueError, LookupError, TypeError):
        raise NeedsPerson(f"the discovery of {domain} names no certificate: look at its address") from None
    if not own:
        raise NeedsPerson("the processor's certificate lies elsewhere than under its own domain")
    return url
