"""What building a package costs: against zlib and AES-GCM alone over the same bytes, and in memory against nothing."""

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from habeas.crypto.keyring import Keyring
from habeas.crypto.signing import Signer
from habeas.crypto.streams import EncryptingWriter
from habeas.vocabulary import LegalBasis, Outcome, Right
from habeas_fulfilment.package import Activity, Controller, Facts, Kind, PackageStream, Part

ROUNDS = 5
RECORDS = 40_000
_CHUNK = 64 * 1024
_FACTS = Facts(
    kind=Kind.PACKAGE,
    case_id="0d0f3a55-5c4f-4f0e-9b93-0d8ed4f7a111",
    reference="HB-2026-0042",
    right=Right.ACCESS,
    language="en",
    controller=Controller("Sample Company", "privacy@sample.example", "IMY", "https://www.imy.se"),
    received=date(2026, 11, 1),
    due=date(2026, 12, 1),
    answered=date(2026, 11, 22),
    asked="Please show me everything.",
    systems=("shop",),
    activities=(Activity("orders", "Orders", "To deliver", (LegalBasis.CONTRACT,)),),
)
_WORDS = ["the", "parcel", "was", "left", "with", "a", "neighbour", "on", "second", "floor", "who", "signed"]


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    records = list(make_records(RECORDS))
    signer = _make_signer()
    plain = _read_members(b"".join(_stream(records, signer)))
    ours, theirs = [], []
    for _ in range(ROUNDS):  # taken in turns, so that a busy moment of the machine meets both
        ours.append(_time(lambda: _build_encrypted(records, signer)))
        theirs.append(_time(lambda: _deflate_encrypted(plain)))
    megabytes = sum(map(len, plain)) / 1e6
    speed, reference = (megabytes / statistics.median(times) for times in (ours, theirs))
    small, large = _measure_memory(0), _measure_memory(100)
    return {
        "package_speed": {
            "value": round(speed, 1),
            "unit": "MB/s of content",
            "against": f"zlib and AES-GCM alone over the same bytes: {reference:.1f} MB/s",
            "ratio": round(speed / reference, 3),
        },
        "package_memory": {
            "value": round(large, 1),
            "unit": "MB at most, for 100 MB of records",
            "against": f"an empty package: {small:.1f} MB",
            "ratio": round(large / small, 3),
        },
    }


def make_records(count: int, seed: int = 1) -> Iterator[Mapping[str, Any]]:
    """Make orders as a shop has them, about 400 bytes each; the same for the same seed."""
    chance = Random(seed)
    for number in range(count):
        text = " ".join(chance.choices(_WORDS, k=30))
        data = {
            "ordered_at": f"202{number % 6}-{number % 12 + 1:02}-{number % 28 + 1:02}T10:{number % 60:02}:00+01:00",
            "article": chance.choice(["tent", "rope, 60 m", "headlamp", "stove"]),
            "quantity": chance.randrange(1, 9),
            "total": f"{chance.randrange(100, 99999) / 100:.2f}",
            "paid": chance.random() < 0.9,
            "note": text,
            "address": {"street": f"Storgatan {chance.randrange(1, 99)}", "city": "Umeå", "post_code": "903 26"},
        }
        yield {"kind": "orders", "key": str(number), "activity": "orders", "data": data, "attachments": []}


def _make_signer() -> Signer:
    with tempfile.TemporaryDirectory() as folder:
        keyring = Keyring(Path(folder))
        keyring.init(["fulfilment"], datetime.now(UTC))
        return keyring.signer("fulfilment")


def _stream(records: list[Mapping[str, Any]], signer: Signer) -> PackageStream:
    outcome = Outcome.FOUND if records else Outcome.NOTHING
    part = Part("shop", "Shop", outcome, records=lambda: iter(records))
    return PackageStream(_FACTS, [part], signer=signer, prove=lambda digest: b"{}")


def _build_encrypted(records: list[Mapping[str, Any]], signer: Signer) -> None:
    sink = io.BytesIO()
    with EncryptingWriter(sink, os.urandom(32), b"bench") as writer:
        for piece in _stream(records, signer):
            writer.write(piece)


def _read_members(package: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return [archive.read(info) for info in archive.infolist()]


def _deflate_encrypted(members: list[bytes]) -> None:
    cipher, out, number = AESGCM(os.urandom(32)), io.BytesIO(), 0
    for member in members:
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        for start in range(0, len(member), _CHUNK):
            piece = deflate.compress(member[start : start + _CHUNK])
            if piece:
                out.write(cipher.encrypt(number.to_bytes(12, "big"), piece, None))
                number += 1
        out.write(cipher.encrypt(number.to_bytes(12, "big"), deflate.flush(), None))
        number += 1


def _time(work: Any) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _measure_memory(megabytes: int) -> float:
    """Build in a process of its own and give the most memory it ever had, in MB."""
    child = subprocess.run(
        [sys.executable, __file__, str(megabytes)], check=True, capture_output=True, text=True, env=dict(os.environ)
    )
    return float(child.stdout)


def _build_alone(megabytes: int) -> None:
    part = Part(
        "shop",
        "Shop",
        Outcome.FOUND if megabytes else Outcome.NOTHING,
        records=lambda: make_records(megabytes * 2500),
    )
    for _ in PackageStream(_FACTS, [part], signer=_make_signer(), prove=lambda digest: b"{}"):
        pass
    # Not getrusage: its maximum begins with what the parent had when it forked.
    status = Path("/proc/self/status").read_text()
    print(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) * 1024 / 1e6)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _build_alone(int(sys.argv[1]))
    else:
        for name, figure in measure().items():
            print(name, figure)
