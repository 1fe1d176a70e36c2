"""What several tests of fulfilment stand on: keys, a ledger, and a small case to release."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from habeas.crypto.directory import Directory
from habeas.crypto.keyring import Keyring
from habeas.crypto.signing import Signer
from habeas.database import Database, House
from habeas.ledger import CheckpointRow, Leaf, Node, append, prove, sequence
from habeas.vocabulary import LegalBasis, Outcome, Right
from habeas_fulfilment.package import Activity, Built, Controller, Deeds, Facts, Kind, Part, build

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASE = "0d0f3a55-5c4f-4f0e-9b93-0d8ed4f7a111"

FACTS = Facts(
    kind=Kind.PACKAGE,
    case_id=CASE,
    reference="HB-2026-0042",
    right=Right.ACCESS,
    language="en",
    controller=Controller("Fjällbutiken AB", "privacy@fjall.example", "IMY", "https://www.imy.se"),
    received=date(2026, 11, 1),
    due=date(2026, 12, 1),
    answered=date(2026, 11, 22),
    asked="Please show me everything.",
    systems=("newsletter", "shop"),
    activities=(
        Activity(
            "orders", "Orders", "To deliver", (LegalBasis.CONTRACT,), ("orders",), ("PostNord AB",), retention="7 years"
        ),
    ),
)
ORDERS: list[dict[str, Any]] = [
    {
        "kind": "orders",
        "key": str(n),
        "activity": "orders",
        "data": {"item": "Tent", "total": "12.50"},
        "attachments": [],
    }
    for n in range(3)
]


@dataclass
class Release:
    """Everything that a package needs from outside."""

    signer: Signer
    directory: Directory
    database: Database
    facts: Facts = FACTS
    proved: list[bytes] = field(default_factory=list)

    def prove(self, digest: bytes) -> bytes:
        """Write the digest into a real ledger and prove it."""
        self.proved.append(digest)
        with self.database.session() as session:
            leaf = append(session, "package.made", self.facts.case_id, {"manifest": digest.hex()}, NOW)
            sequence(session, NOW, self.signer)
            return prove(session, leaf).to_json()

    def build(self, *parts: Part, **changes: Any) -> tuple[bytes, Built]:
        """Build a file of these parts, with the facts changed as said."""
        out = io.BytesIO()
        built = build(replace(self.facts, **changes), parts, out, signer=self.signer, prove=self.prove)
        return out.getvalue(), built

    def package(self, records: Callable[[], Iterator[Mapping[str, Any]]] | None = None, **changes: Any) -> bytes:
        """Build a package with one system that found something and one that did not."""
        shop = Part("shop", "Web shop", Outcome.FOUND, records=records or (lambda: iter(ORDERS)))
        return self.build(shop, Part("newsletter", "Newsletter", Outcome.NOTHING), **changes)[0]

    def confirmation(self, **changes: Any) -> bytes:
        """Build a confirmation of an erasure."""
        kept = Deeds("orders", "kept", 2, "Accounting Act, chapter 7", date(2033, 12, 31), verified=True)
        shop = Part("shop", "Web shop", Outcome.FOUND, deeds=(Deeds("customer", "erased", 1, verified=True), kept))
        newsletter = Part("newsletter", "Newsletter", Outcome.WITHHELD, "Article 17(3)(e)")
        return self.build(shop, newsletter, **{"kind": Kind.CONFIRMATION, "right": Right.ERASURE} | changes)[0]


@pytest.fixture(scope="session")
def release_keys(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Keys as a running house has them."""
    keyring = Keyring(tmp_path_factory.mktemp("release-keys"))
    keyring.init(["fulfilment", "identity"], NOW)
    return keyring


@pytest.fixture
def release(release_keys: Keyring, tmp_path: Path) -> Iterator[Release]:
    """A house that can release."""
    database = Database(f"sqlite:///{tmp_path}/release.db", "fulfilment")
    House.metadata.create_all(database.engine, tables=[each.__table__ for each in (Leaf, Node, CheckpointRow)])
    yield Release(release_keys.signer("fulfilment"), release_keys.directory(), database)
    database.close()
