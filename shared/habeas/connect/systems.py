"""The systems that are connected: one settings file each, read when the runner starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from habeas import plugins
from habeas.connect.proofs import PROOF_KEYS, Proof, read_proof
from habeas.errors import Fault, Faults, Refused
from habeas.introductions import Trust
from habeas.marked import load_marked
from habeas.sdk.connector import Connector
from habeas.sdk.subject import is_name
from habeas.vocabulary import SERVICES

GROUP = "habeas.connectors"
_OURS = ("system", "connector", "approvals", "trusts", *PROOF_KEYS)


@dataclass(frozen=True)
class ConnectedSystem:
    """A system's connector, how many people have to have approved what it destroys, and whom it believes for what."""

    connector: Connector
    approvals: int
    trusts: Trust = field(default_factory=lambda: MappingProxyType({}))
    proof: Proof = field(default_factory=Proof)


def list_systems(folder: Path) -> tuple[str, ...]:
    """Name the systems that have a settings file in `folder`: `shop.yaml` is the system `shop`."""
    return tuple(sorted(path.name.removesuffix(".yaml") for path in folder.glob("*.yaml") if "." not in path.stem))


def load_system(folder: Path, system: str) -> ConnectedSystem:
    """Make a system's connector from its settings file; raises `Faults` with file, line and every fault at once.

    `system`, `connector`, `approvals` (1 if it is left out) and `trusts` (by identifier, the systems that are believed
    for it) are the runner's, as are `passport`, `passport_days`, `passport_keys` and `canary`; the rest is the
    connector's own.
    """
    path = folder / f"{system}.yaml"
    if not path.is_file():
        known = ", ".join(list_systems(folder)) or "none"
        raise Refused(f"there is no {path.name} in {folder}; the systems there are: {known}")
    marked = load_marked(path)
    settings: Mapping[str, Any] = marked.data if isinstance(marked.data, dict) else {}
    faults = []
    if settings.get("system") != system:
        faults.append(
            Fault(f"{path.name}:{_line(marked, 'system')}", "names another system", f"write system: {system}")
        )
    if system in SERVICES:
        faults.append(Fault(path.name, "is named like one of our services", "choose another name"))
    kind = settings.get("connector")
    if not isinstance(kind, str) or kind not in plugins.names(GROUP):
        installed = ", ".join(plugins.names(GROUP))
        faults.append(Fault(f"{path.name}:{_line(marked, 'connector')}", "no such connector", f"one of: {installed}"))
    approvals = settings.get("approvals", 1)
    if type(approvals) is not int or not 1 <= approvals <= 5:
        faults.append(Fault(f"{path.name}:{_line(marked, 'approvals')}", "is no number of people", "write 1 or 2"))
    trusts = settings.get("trusts", {})
    if not _is_trust(trusts):
        remedy = "write {customer_number: [crm]}: a name, and the systems that are believed for it"
        faults.append(Fault(f"{path.name}:{_line(marked, 'trusts')}", "does not say whom to believe", remedy))
    if faults:
        raise Faults(faults)
    own = {key: value for key, value in settings.items() if key not in _OURS}
    try:
        proof = read_proof(system, settings, folder)
        connector: Connector = plugins.load(GROUP, str(kind)).from_settings(own, folder)
    except Faults as wrong:
        raise Faults(
            Fault(_where(path, marked, each.where), each.problem, each.remedy) for each in wrong.faults
        ) from None
    return ConnectedSystem(connector, approvals, trusts, proof)


def _is_trust(value: Any) -> bool:
    return isinstance(value, dict) and all(
        is_name(name) and isinstance(systems, list) and systems and all(isinstance(each, str) for each in systems)
        for name, systems in value.items()
    )


def _line(marked: Any, key: str) -> int:
    try:
        return int(marked.line_of((key,)))
    except KeyError:
        return 1


def _where(path: Path, marked: Any, where: str) -> str:
    """Turn a setting's name into file and line; what already names a file of its own (a data map) is left."""
    return where if ":" in where else f"{path.name}:{_line(marked, where.partition('.')[0])} {where}"
