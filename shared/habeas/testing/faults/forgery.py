"""Letters that nobody may believe, made with the keys that a thief or a bug in one service would have."""

import base64
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from habeas.bus.pika_publisher import PikaPublisher, Raw
from habeas.bus.topology import routing_key
from habeas.clock import SYSTEM_CLOCK, uuid7
from habeas.crypto.keyring import Keyring
from habeas.envelope import CONTENT_TYPE, post
from habeas.events import Event


@dataclass(frozen=True)
class Forged:
    """A message on its way to a participant's queue."""

    recipient: str
    kind: str
    body: bytes
    key_id: str = ""
    signature: bytes = b""

    def changed(self, **changes: Any) -> "Forged":
        """Change attributes of the document without signing it again."""
        return replace(self, body=json.dumps(json.loads(self.body) | changes).encode())

    def with_key(self, key_id: str) -> "Forged":
        """Name another key."""
        return replace(self, key_id=key_id)


class Forger:
    """Writes and sends whatever it is told, with the private keys of whom it is told."""

    def __init__(self, broker: str, keys: Path) -> None:
        self._publisher = PikaPublisher(broker, "forger")
        self._keys = keys

    def letter(self, event: Event, *, source: str, recipient: str, sequence: int) -> Forged:
        """Write a letter as its source would."""
        ring = Keyring(self._keys / source)
        posted = post(
            event,
            source=source,
            recipient=recipient,
            sequence=sequence,
            now=SYSTEM_CLOCK.now(),
            signer=ring.signer(source),
            directory=ring.directory(),
            sealed=None,
        )
        return Forged(recipient, event.TYPE, posted.body, posted.key_id, posted.signature)

    def signed(self, forged: Forged, *, by: str) -> Forged:
        """Sign a document as it is now."""
        signer = Keyring(self._keys / by).signer(by)
        return replace(forged, key_id=signer.key_id, signature=signer.sign_bytes(CONTENT_TYPE, forged.body))

    def send(self, forged: Forged) -> None:
        """Publish a message, and return when the broker has it."""
        headers = {"habeas-key": forged.key_id, "habeas-signature": base64.b64encode(forged.signature).decode()}
        address = routing_key(forged.recipient, "forger", forged.kind)
        self._publisher.publish_raw(Raw(uuid7(), address, forged.body, headers if forged.key_id else {}))

    def close(self) -> None:
        """Let the connection go."""
        self._publisher.close()
