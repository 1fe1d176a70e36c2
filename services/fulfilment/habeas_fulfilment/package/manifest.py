"""data/manifest.json: the account of every system and every file, which the release key signs."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from habeas.vocabulary import Outcome
from habeas_fulfilment.package.facts import Activity, Deeds, Facts, Kind, Part

FORMAT = "habeas-package/1"
_SEARCHED = (Outcome.FOUND, Outcome.NOTHING, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True)
class Share:
    """What one system's part came to: records by kind, and files."""

    part: Part
    kinds: tuple[tuple[str, int], ...] = ()
    attachments: int = 0
    activities: frozenset[str | None] = frozenset()
    """Which activities its records are of; None among them: one does not say."""

    @property
    def records(self) -> int:
        """Count the records of all kinds."""
        return sum(count for _, count in self.kinds)


def held_in(facts: Facts, shares: Sequence[Share]) -> frozenset[str]:
    """Name the activities in which something is held of this person (GDPR Art. 15(1)); where that is open, all of them.

    A system that kept something back, or a record that does not say, could be about any.
    """
    every = frozenset(activity.name for activity in facts.activities)
    seen = frozenset().union(*(share.activities for share in shares))
    searched = all(share.part.outcome in _SEARCHED for share in shares)
    return every & seen if facts.kind is Kind.PACKAGE and searched and None not in seen else every


class Manifest:
    """The manifest as it is written, a file a line, with its digest and size."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> bytes:
        """Give the SHA-256 of what was written."""
        return self._digest.digest()

    def write(self, facts: Facts, shares: Sequence[Share], files: Iterable[tuple[str, int, str]]) -> Iterator[bytes]:
        """Yield the manifest; files are (path, size, SHA-256 in hex)."""
        head = json.dumps(_describe(facts, shares), ensure_ascii=False, indent=1)
        yield self._counted(head.removesuffix("\n}") + ',\n "files": [')
        separator = "\n"
        for path, size, sha256 in files:
            line = json.dumps({"path": path, "size": size, "sha256": sha256}, ensure_ascii=False)
            yield self._counted(f"{separator}  {line}")
            separator = ",\n"
        yield self._counted("\n ]\n}\n")

    def _counted(self, text: str) -> bytes:
        data = text.encode("utf-8", "replace")
        self._digest.update(data)
        self.size += len(data)
        return data


def _describe(facts: Facts, shares: Sequence[Share]) -> dict[str, Any]:
    controller, held = facts.controller, held_in(facts, shares)
    return {
        "format": FORMAT,
        "kind": facts.kind.value,
        "case": facts.case_id,
        "reference": facts.reference,
        "right": facts.right.value,
        "language": facts.language,
        "controller": {
            "name": controller.name,
            "contact": controller.contact,
            "authority": {"name": controller.authority_name, "url": controller.authority_url},
            "authorities_elsewhere": [{"name": each.name, "url": each.url} for each in controller.elsewhere],
        },
        "received": facts.received.isoformat(),
        "due": facts.due.isoformat(),
        "answered": facts.answered.isoformat(),
        "asked": facts.asked,
        "activities": [
            {**_describe_activity(activity), "held": activity.name in held} for activity in facts.activities
        ],
        "systems": [_describe_share(share) for share in shares],
    }


def _describe_activity(activity: Activity) -> dict[str, Any]:
    return {
        "name": activity.name,
        "title": activity.title,
        "purpose": activity.purpose,
        "legal_bases": [basis.value for basis in activity.legal_bases],
        "categories": list(activity.categories),
        "recipients": list(activity.recipients),
        "source": activity.source,
        "retention": activity.retention,
        "transfers": activity.transfers,
        "automated": activity.automated,
    }


def _describe_share(share: Share) -> dict[str, Any]:
    part = share.part
    assert part.outcome is not None
    return {
        "name": part.name,
        "title": part.title,
        "outcome": part.outcome.value,
        "ground": part.ground,
        "records": dict(share.kinds),
        "attachments": share.attachments,
        "deeds": [_describe_deeds(deeds) for deeds in part.deeds],
        "connector_proof": dict(part.proof) or None,
    }


def _describe_deeds(deeds: Deeds) -> dict[str, Any]:
    return {
        "record_class": deeds.record_class,
        "deed": deeds.deed,
        "count": deeds.count,
        "ground": deeds.ground,
        "until": deeds.until.isoformat() if deeds.until else None,
        "verified": deeds.verified,
        "why": deeds.why,
    }
