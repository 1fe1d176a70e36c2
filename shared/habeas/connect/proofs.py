"""What a system's settings file says of its proof: where its passport is, for how long it counts, and canaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from habeas.crypto.directory import Directory
from habeas.errors import Fault, Faults, Refused
from habeas.passports import DAYS, passport_fact, read_keys

PROOF_KEYS = ("passport", "passport_days", "passport_keys", "canary")
MOST_DAYS = 366


@dataclass(frozen=True)
class Proof:
    """A system's passport file (None: it keeps none), its public keys if they are not pinned, and how it is renewed."""

    passport: Path | None = None
    days: int = DAYS
    keys: Path | None = None
    canary: bool = False

    def fact(self, directory: Directory, today: date) -> dict[str, Any]:
        """Tell in plain facts whether the connector is proved; nothing of a system that keeps no passport."""
        if self.passport is None:
            return {}
        try:
            trust = directory if self.keys is None else read_keys(self.keys)
        except Refused:
            return {"proved_on": "", "against": "", "state": "broken"}
        return passport_fact(self.passport, trust, today, self.days)


def read_proof(system: str, settings: Mapping[str, object], here: Path) -> Proof:
    """Read `passport`, `passport_days`, `passport_keys` and `canary`; raises Faults with every fault at once.

    here: the file's folder, against which relative paths are meant. A system with a canary keeps its passport beside
    its settings, as `SYSTEM.passport.json`, unless it names another file.
    """
    faults = [
        Fault(key, "it names no file", "write the path of a file")
        for key in ("passport", "passport_keys")
        if not isinstance(settings.get(key, "file"), str) or settings.get(key) == ""
    ]
    days, canary = settings.get("passport_days", DAYS), settings.get("canary", False)
    if type(days) is not int or not 1 <= days <= MOST_DAYS:
        faults.append(Fault("passport_days", "it is no number of days", f"write 1 to {MOST_DAYS}"))
    if type(canary) is not bool:
        faults.append(Fault("canary", "it is neither true nor false", "write true, and nothing for false"))
    if faults:
        raise Faults(faults)
    named, keys = settings.get("passport"), settings.get("passport_keys")
    file = str(named) if named else f"{system}.passport.json" if canary else None
    return Proof(
        passport=here / file if file else None,
        days=int(str(days)),
        keys=here / str(keys) if keys else None,
        canary=bool(canary),
    )
