"""Who is meant: identities by the types and formats of OpenDSR 2.0, section 5."""

import hashlib
from dataclasses import dataclass, field

TYPES = (
    "controller_customer_id", "android_advertising_id", "android_id", "email", "fire_advertising_id",
    "ios_advertising_id", "ios_vendor_id", "microsoft_advertising_id", "microsoft_publisher_id", "roku_publisher_id",
    "roku_advertising_id",
)  # fmt: skip
FORMATS = ("raw", "sha1", "md5", "sha256")
KINDS = ("access", "portability", "erasure")
"""The kinds of requests, section 6.2."""
STATES = ("pending", "in_progress", "completed", "cancelled")
"""The statuses of a request, section 8."""


@dataclass(frozen=True)
class Identity:
    """One identity of a data subject; `value` is already in `format`."""

    type: str
    value: str = field(repr=False)
    format: str = "raw"

    def as_json(self) -> dict[str, str]:
        """As the object of section 5.3."""
        return {"identity_type": self.type, "identity_value": self.value, "identity_format": self.format}


def write_identity(type_: str, value: str, format_: str) -> Identity:
    """Writes a value in a format.

    A digest is the hex one of UTF-8; of an address it is made without outer spaces and in small letters, as the text
    does not say of what and all known processors take it so.
    """
    if format_ == "raw":
        return Identity(type_, value)
    meant = value.strip().lower() if type_ == "email" else value
    return Identity(type_, hashlib.new(format_, meant.encode(), usedforsecurity=False).hexdigest(), format_)
