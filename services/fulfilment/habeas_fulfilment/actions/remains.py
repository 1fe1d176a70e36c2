"""Whom and what looks after an erasure are about, and what they saw: all of it encrypted under a key of its own.

The case itself is forgotten with its answers; this stays until the last look is in.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from habeas.crypto.canonical import read_json, write_json
from habeas.crypto.datakeys import Retention
from habeas.crypto.vault import Place
from habeas.work.transaction import Transaction
from habeas_fulfilment.absence import Absence, Erased, Left, Name, Seen
from habeas_fulfilment.actions.orders import Person
from habeas_fulfilment.models import CaseFile, Look, Watch

UNCLEAN = (Absence.RESIDUAL.value, Absence.REAPPEARED.value)
"""What a person has to decide about."""


def keep_person(tx: Transaction, watch: Watch, person: Person, private_key: bytes) -> None:
    """Keep whom looks are about, and the key to which their answers are sealed."""
    plain = write_json({"identifiers": person.identifiers, "found": person.found})
    watch.person = _encrypt(tx, watch.case_id, "person", plain)
    watch.public_key = person.public_key
    watch.private_key = _encrypt(tx, watch.case_id, "private_key", private_key)


def person_of(tx: Transaction, watch: Watch) -> Person:
    """Open whom a look is about."""
    plain = read_json(_decrypt(tx, watch.case_id, "person", watch.person))
    return Person(plain["identifiers"], list(plain["found"]), watch.public_key)


def private_key_of(tx: Transaction, watch: Watch) -> bytes:
    """Open the key to which the answers of looks are sealed."""
    return _decrypt(tx, watch.case_id, "private_key", watch.private_key)


def erased_of(tx: Transaction, watch: Watch) -> dict[str, Erased]:
    """Open what was erased, by system."""
    plain = json.loads(_decrypt(tx, watch.case_id, "records", watch.records).decode("utf-8", "surrogatepass"))
    return {system: _read_erased(each) for system, each in plain.items()}


def keep_erased(tx: Transaction, watch: Watch, erased: Mapping[str, Erased]) -> None:
    """Keep what was erased, by system; record names may hold whatever a system calls them by, so it is encrypted."""
    plain = {system: _write_erased(each) for system, each in erased.items()}
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    watch.records = _encrypt(tx, watch.case_id, "records", text)


def rows_of(tx: Transaction, watch: Watch) -> list[Look]:
    """Give what the present look saw so far, by system."""
    chosen = select(Look).where(Look.case_id == watch.case_id, Look.number == watch.look)
    return list(tx.session.scalars(chosen.order_by(Look.system)))


def earlier_of(tx: Transaction, watch: Watch) -> dict[str, list[frozenset[Name]]]:
    """Give what was left in each earlier look since the erasure, by system, where it could be verified."""
    chosen = select(Look).where(Look.case_id == watch.case_id, Look.number >= watch.first, Look.number < watch.look)
    found: dict[str, list[frozenset[Name]]] = {}
    for row in tx.session.scalars(chosen):
        if row.outcome != Absence.UNVERIFIABLE:
            found.setdefault(row.system, []).append(frozenset(each.name for each in left_of(tx, row)))
    return found


def first_seen(tx: Transaction, case: CaseFile) -> dict[str, Seen]:
    """Give what the first look after the erasure saw, by system; nothing where none was due."""
    watch = tx.session.get(Watch, case.id)
    if watch is None or watch.round != case.round or watch.forgotten_at is not None:
        return {}
    chosen = select(Look).where(Look.case_id == case.id, Look.number == watch.first)
    return {
        row.system: Seen(Absence(row.outcome), tuple(left_of(tx, row)), row.reason)
        for row in tx.session.scalars(chosen)
    }


def put_row(tx: Transaction, watch: Watch, system: str, seen: Seen) -> Look:
    """Write down what a look saw in one system; a second attempt's word replaces the first's."""
    row = tx.session.get(Look, (watch.case_id, watch.look, system))
    if row is None:
        row = Look(case_id=watch.case_id, number=watch.look, system=system, decided="", decided_by="")
        tx.session.add(row)
    row.days, row.looked_at = (tx.now - watch.erased_at).days, tx.now
    row.outcome, row.counts, row.reason = seen.outcome.value, seen.counts(), seen.reason
    text = json.dumps([[each.kind, each.key, each.digest, each.outcome.value] for each in seen.left])
    row.left = _encrypt(tx, watch.case_id, _left_place(row), text.encode()) if seen.left else None
    return row


def left_of(tx: Transaction, row: Look) -> list[Left]:
    """Open what a look saw that should not be there."""
    if row.left is None:
        return []
    plain = json.loads(_decrypt(tx, row.case_id, _left_place(row), row.left))
    return [Left(kind, key, digest, Absence(outcome)) for kind, key, digest, outcome in plain]


def _left_place(row: Look) -> str:
    return f"left/{row.number}/{row.system}"


def _write_erased(erased: Erased) -> dict[str, Any]:
    return {
        "gone": [[name.kind, name.key, digest] for name, digest in sorted(erased.gone.items())],
        "known": [list(name) for name in sorted(erased.known)],
        "anonymised": sorted(erased.anonymised),
    }


def _read_erased(value: Mapping[str, Any]) -> Erased:
    gone = {Name(kind, key): digest for kind, key, digest in value["gone"]}
    return Erased(gone, frozenset(Name(*each) for each in value["known"]), frozenset(value["anonymised"]))


def _encrypt(tx: Transaction, case: str, column: str, plain: bytes) -> bytes:
    return tx.vault.encrypt(case, Retention.ABSENCE, Place("absence", column, case), plain)


def _decrypt(tx: Transaction, case: str, column: str, sealed: bytes) -> bytes:
    return tx.vault.decrypt(case, Retention.ABSENCE, Place("absence", column, case), sealed)
