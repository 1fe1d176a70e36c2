"""Decides whose a record is: its fields are compared with what was proved, after the vendor answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from habeas.connectors.http.vendorfile import Kind, Match
from habeas.sdk import NeedsPerson, Subject, fold_ascii


@dataclass(frozen=True)
class Ties:
    """Which proved identifiers a record carries (name to proved value), and which it carries with another value."""

    matches: Mapping[str, str]
    others: frozenset[str]


def compare(kind: Kind, record: Mapping[str, Any], subject: Subject, call: str) -> Ties:
    """What ties a record to the subject; raises NeedsPerson where it lacks a field that has to be there."""
    matches, others = {}, set()
    for name, match in kind.match.items():
        if not match.optional and not match.field.stands_in(record):
            raise NeedsPerson(f"{call}: a record of {kind.name} lacks {match.field.text}: the vendor changed its form")
        stored = match.field.texts(record)
        proved = subject.values(name)
        if not stored or not proved:
            continue
        tied = [value for value in proved if any(_same(match, text, value) for text in stored)]
        if tied:
            matches[name] = tied[0]
        elif not match.several:  # one who has several of them is not told apart by another one
            others.add(name)
    return Ties(matches, frozenset(others))


def stored_identifiers(kind: Kind, record: Mapping[str, Any], claimed: Subject) -> dict[str, str]:
    """Every identifier that a record carries: of several values the one that is claimed, else the first."""
    found = {}
    for name, match in kind.match.items():
        texts = match.field.texts(record)
        mine = [text for text in texts if any(_same(match, text, value) for value in claimed.values(name))]
        if texts:
            found[name] = (mine or texts)[0]
    return found


class Doubts:
    """Remembers over the records of one kind whether what ties them to the person could be somebody else's, too.

    Two people may share a mailbox. Once a proved address is seen on a record of which another identifier decides that
    it is not the person's, a record that has nothing but this address is nobody's for certain.
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._shared: set[tuple[str, str]] = set()
        self._alone: set[frozenset[tuple[str, str]]] = set()
        self._deciders: set[str] = set()

    def is_mine(self, record: Mapping[str, Any], ties: Ties) -> bool:
        """Whether a record with a proved identifier is the person's; raises NeedsPerson if that is not clear."""
        decides = self._kind.decides
        if decides and decides in ties.others:
            self._shared |= set(ties.matches.items())
            return False
        if ties.others and decides not in ties.matches:
            raise NeedsPerson(
                f"a record of {self._kind.name} carries one identifier of the person, and another one of somebody else"
            )
        self._alone.add(frozenset(ties.matches.items()))
        if decides and decides not in ties.matches:
            self._deciders |= set(self._kind.match[decides].field.texts(record)[:1])
        return True

    def settle(self) -> None:
        """Raises NeedsPerson where, all records seen, some could be somebody else's."""
        if len(self._deciders) > 1 or any(self._shared.issuperset(each) for each in self._alone):
            raise NeedsPerson(f"records of {self._kind.name} are tied to the person by something that others share")


def ways_in(kind: Kind, subject: Subject) -> Iterable[str]:
    """The identifiers by which a kind can be searched for this person."""
    return [name for name in kind.searched_by if subject.values(name)]


def _same(match: Match, stored: str, proved: str) -> bool:
    return fold_ascii(stored) == fold_ascii(proved) if match.compare == "email" else stored == proved
