"""The checker: proves of a case that has come to its end that nothing of it was lost and nothing was done twice.

It believes nobody: it reads every participant's tables, the company's systems and the file that was handed out. Each
check yields a sentence for everything that is not as it has to be.
"""

import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from habeas.crypto.directory import Directory
from habeas.testing.faults.records import Desk
from habeas.testing.faults.witness import Seen
from habeas.verify import verify_file
from habeas.vocabulary import participant_of

_WRITTEN_ABOUT = (
    "case.opened",
    "challenge.issued",
    "person.invited",
    "mandate.asked",
    "answer.ready",
    "answer.handed_out",
)
"""What the notifier writes to the person about: one message each."""


@dataclass
class Account:
    """One ended case as everybody has written it down, with what the checks found."""

    case: str
    right: str
    systems: Sequence[str]
    desks: Mapping[str, Desk]
    faults: list[str] = field(default_factory=list)

    @cached_property
    def said(self) -> list[tuple[str, str, str, dict[str, Any]]]:
        """All that was said in the case: (type, from, to, facts)."""
        return [
            (row.type, desk.participant, row.recipient, dict(json.loads(row.body)["data"]["facts"]))
            for desk in self.desks.values()
            for row in desk.outbox
        ]

    def facts(self, kind: str, to: str = "") -> list[dict[str, Any]]:
        """Give the facts of all events of a type, as one recipient was told them."""
        return [facts for said, _, recipient, facts in self.said if said == kind and to in ("", recipient)]

    def check(self) -> "Account":
        """Check letters, their consequences and the ledgers."""
        for found in (self._letters, self._numbers, self._once, self._orders, self._approvals, self._ledgers):
            self.faults.extend(found())
        return self

    def _letters(self) -> Iterator[str]:
        for desk in self.desks.values():
            for row in desk.outbox:
                copies = [each for each in self.desks[row.recipient].inbox if json.loads(each.body)["id"] == row.id]
                name = f"{row.type} from {desk.participant} to {row.recipient}, number {row.sequence}"
                if row.published_at is None:
                    yield f"{name} was never published"
                if not copies:
                    yield f"{name} was lost"
                if len(copies) > 1:
                    yield f"{name} was acted on {len(copies)} times"
                yield from (f"{name} is {each.state}: {each.reason}" for each in copies if each.state != "done")
            yield from (f"{desk.participant} buried a letter: {reason}" for reason in desk.dead)
            for heard in desk.inbox:
                if json.loads(heard.body)["id"] not in {each.id for each in self.desks[heard.source].outbox}:
                    yield f"{desk.participant} heard a {heard.type} that {heard.source} never said"

    def _numbers(self) -> Iterator[str]:
        for desk in self.desks.values():
            for recipient, last in desk.said.items():
                numbers = [row.sequence for row in desk.outbox if row.recipient == recipient]
                if numbers != list(range(1, last + 1)):
                    yield f"the letters from {desk.participant} to {recipient} are numbered {numbers}"
                heard = self.desks[recipient].heard.get(desk.participant, 0)
                if heard != last:
                    yield f"{recipient} has dealt with {heard} of {last} letters of {desk.participant}"

    def _once(self) -> Iterator[str]:
        wanted = Counter({"case.opened": 1, "identity.proved": 1, "case.gathered": 1, "answer.ready": 1})
        if self.right == "erasure":
            wanted += Counter({"case.located": 1, "plan.made": 1, "approval.given": 2})
        found = Counter((kind, recipient) for kind, _, recipient, _ in self.said)
        for kind, count in wanted.items():
            for recipient in {to for said, to in found if said == kind} or {"nobody"}:
                if found[kind, recipient] != count:
                    yield f"{recipient} was told {kind} {found[kind, recipient]} times instead of {count}"
        written = sum(row.type in _WRITTEN_ABOUT for row in self.desks["notifier"].inbox)
        if found["message.sent", "intake"] != written:
            yield f"{found['message.sent', 'intake']} messages were told of instead of {written}"
        yield from self._codes()
        times = [facts["times"] for facts in self.facts("answer.handed_out", to="intake")]
        if not times or times != list(range(1, len(times) + 1)):
            yield f"the answer was handed out for the times {times}"

    def _codes(self) -> Iterator[str]:
        """A code goes out once for each that was asked for, by mail once for the case, by text for each mail's."""
        given = [leaf.body["method"] for leaf in self.desks["identity"].leaves if leaf.kind == "proof.given"]
        asked = Counter(facts["method"] or "mailbox" for facts in self.facts("code.asked"))
        wanted = {"mailbox": 1 + asked["mailbox"], "phone": given.count("mailbox") + asked["phone"]}
        issued = Counter(facts["method"] for facts in self.facts("challenge.issued"))
        if issued != Counter(wanted):
            yield f"these codes were issued: {dict(issued)} instead of {wanted}"

    def _orders(self) -> Iterator[str]:
        given = self.facts("order.given")
        counts = Counter((facts["system"], facts["operation"]) for facts in given)
        first = "export" if self.right == "access" else "locate"
        wanted = {(system, first) for system in self.systems}
        # An erasure stops what fills each other first, and looks once more when all is gone.
        wanted |= {pair for pair in counts if pair[1] in ("erase", "suppress") and self.right == "erasure"}
        most = {pair: 2 if self.right == "erasure" and pair[1] == "locate" else 1 for pair in wanted}
        if set(counts) != wanted or any(counts[pair] > most[pair] for pair in counts):
            yield f"these orders were given: {dict(counts)}"
        answers = Counter(facts["order"] for facts in self.facts("order.answered") if facts["outcome"] != "failed")
        for facts in given:
            if answers[facts["order"]] != 1:
                yield f"{facts['operation']} at {facts['system']} was answered {answers[facts['order']]} times"

    def _approvals(self) -> Iterator[str]:
        """Nothing is ordered to be erased, or taken to be, before enough people approved just that."""
        leaves = self.desks["fulfilment"].leaves
        enough = [
            leaf.written_at
            for leaf in leaves
            if leaf.kind == "plan.approved" and leaf.body["count"] >= leaf.body["needed"] == 2
        ]
        ordered = [
            leaf.written_at for leaf in leaves if leaf.kind == "order.given" and leaf.body["operation"] == "erase"
        ]
        taken = [
            leaf.written_at
            for system in self.systems
            for leaf in self.desks[participant_of(system)].leaves
            if leaf.kind == "order.taken" and leaf.body["operation"] == "erase"
        ]
        if (ordered or taken) and not (enough and min(enough) <= min([*ordered, *taken])):
            yield "something was ordered to be erased before enough people had approved it"
        if self.right == "erasure" and not ordered:
            yield "nothing was ordered to be erased"

    def _ledgers(self) -> Iterator[str]:
        for desk in self.desks.values():
            yield from (f"the ledger of {desk.participant}: {fault}" for fault in desk.ledger)

    @property
    def told_failures(self) -> int:
        """Count how often a system was reported as failed on the way."""
        return len(self.facts("system.failed"))

    def count_sent(self, *, by_text: bool) -> int:
        """Count the mails or the texts that were given to a channel, each once however often it was tried."""
        sent = [facts["channel"] for facts in self.facts("message.sent") if facts["outcome"] == "sent"]
        return sum((channel == "sms") is by_text for channel in sent)


@dataclass(frozen=True)
class Answer:
    """The file as the person has it, and what is wrong with it."""

    manifest: Mapping[str, Any]
    faults: tuple[str, ...]

    def records(self, system: str) -> Mapping[str, int]:
        """Tell how many records of each kind of a system are in it."""
        return dict(self._share(system)["records"])

    def attachments(self, system: str) -> int:
        """Tell how many files of a system are in it."""
        return int(self._share(system)["attachments"])

    def deeds(self, system: str, deed: str) -> int:
        """Tell how many records of a system the confirmation says this was done to."""
        return sum(each["count"] for each in self._share(system)["deeds"] if each["deed"] == deed)

    def _share(self, system: str) -> Any:
        return next(share for share in self.manifest["systems"] if share["name"] == system)


def read_answer(file: Path, directory: Directory, *, case: str, right: str, systems: Sequence[str]) -> Answer:
    """Prove the file that was handed out, and read its account of every system."""
    report = verify_file(file, directory)
    if not report.ok:
        return Answer({"systems": []}, tuple(report.lines[-1:]))
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.endswith("data/manifest.json"))
        manifest = json.loads(archive.read(name))
    faults = []
    if (manifest["case"], manifest["right"]) != (case, right):
        faults.append("the file is the answer to something else")
    if sorted(share["name"] for share in manifest["systems"]) != sorted(systems):
        faults.append("the file does not account for every system")
    if any(share["outcome"] == "failed" for share in manifest["systems"]):
        faults.append("the file says that a system failed")
    return Answer(manifest, tuple(faults))


def compare_deeds(answer: Answer, system: str, seen: Seen) -> Iterator[str]:
    """Compare what a confirmation says of a system with what its triggers saw."""
    for deed, happened in (("erased", seen.deleted), ("anonymised", seen.changed)):
        if answer.deeds(system, deed) != happened:
            yield f"{system}: {answer.deeds(system, deed)} records are said to be {deed}, {happened} were"
    yield from (f"{system}: {twice}" for twice in seen.twice)
