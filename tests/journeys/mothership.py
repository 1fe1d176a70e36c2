"""A controller whose processor the house is: it hands requests over, and is called back."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from habeas.opendsr.signatures import DOMAIN, SIGNATURE, is_signed
from habeas.testing.authority import Authority, Identity
from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route

DOMAIN_OF_HOUSE = "opendsr.nordlunds-lampor.example"


@cache
def identity_of_house() -> Identity:
    """The certificate and key that the house answers under."""
    return Authority(datetime.now(UTC)).issue(DOMAIN_OF_HOUSE)


def as_processor() -> dict[str, str]:
    """The settings that open the house's door for controllers."""
    mine = identity_of_house()
    return {
        "HABEAS_OPENDSR_URL": f"https://{DOMAIN_OF_HOUSE}",
        "HABEAS_OPENDSR_CERTIFICATE": mine.pem.decode(),
        "HABEAS_OPENDSR_KEY": mine.key_pem.decode(),
    }


class Mothership(FakeVendor):
    """Notes each status that it is told of a request, once the signature was found good."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, list[str]] = {}

    @route("POST", "/opendsr/callbacks", public=True)
    def take(self, asked: Asked) -> Reply:
        if not is_ours(asked.body, {name.lower(): value for name, value in asked.headers.items()}):
            return Reply(403)
        said = json.loads(asked.body)
        self.told.setdefault(said["subject_request_id"], []).append(said["request_status"])
        return Reply(202)


def is_ours(body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the house has signed this; headers by their names in small letters."""
    key = identity_of_house().certificate.public_key()
    return headers[DOMAIN.lower()] == DOMAIN_OF_HOUSE and is_signed(body, headers[SIGNATURE.lower()], key)
