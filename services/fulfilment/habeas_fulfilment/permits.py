"""Whether somebody may be processed for a purpose now: read from the leases by index, and never guessed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from habeas.errors import Fault, Faults
from habeas.profile import Profile
from habeas.service import Context
from habeas.vocabulary import LegalBasis
from habeas_fulfilment.models import CaseFile, Lease, Limit, LimitState
from habeas_fulfilment.subject_keys import SECRET, NoSubjectKey, SubjectKey

MOST_AT_ONCE = 1_000
MOST_OF_ONE = 20
"""How many subject keys one person may be asked about by: as many as a connector takes values."""

# What a frozen case asked for stops nothing: its person said that it was not them.
_FIND = (
    select(Lease.subject, Limit.kind, Limit.bases, Limit.since, Limit.until, Limit.state, Limit.notice)
    .join(Limit, Limit.id == Lease.limit_id)
    .join(CaseFile, CaseFile.id == Limit.case_id)
    .where(
        Lease.subject.in_(bindparam("subjects", expanding=True)),
        Lease.activity == bindparam("purpose"),
        Limit.controller == bindparam("controller"),
        Limit.state != LimitState.LIFTED.value,
        CaseFile.frozen_at.is_(None),
    )
    .order_by(Limit.since, Limit.id)
)


@dataclass(frozen=True)
class Question:
    """What is asked: the controller, the purpose (an activity of its profile), and on which basis, where one says."""

    profile: Profile
    purpose: str
    basis: LegalBasis | None


@dataclass(frozen=True)
class Stopped:
    """One reason for a no: its kind, since when, and until when it lasts; None where nobody can say."""

    kind: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Permit:
    """The answer about one person; there is a reason for every no."""

    reasons: tuple[Stopped, ...]

    @property
    def may(self) -> bool:
        """Say whether nothing stops it."""
        return not self.reasons

    @property
    def until(self) -> datetime | None:
        """Give when the last reason ends; None where one has no end yet, or there is none."""
        ends = [each.until for each in self.reasons]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None


def read_question(context: Context, mine: Collection[str], asked: Mapping[str, Any]) -> Question:
    """Read what is asked of one of `mine`; raises Faults for a purpose that the profile does not have."""
    profiles = {name: each for name, each in context.profiles.items() if name in mine}
    profile = profiles.get(str(asked.get("controller", "")))
    if profile is None:
        raise Faults([Fault("controller", "there is no such controller", f"one of {', '.join(sorted(profiles))}")])
    purposes = [activity.name for activity in profile.activities]
    faults = []
    purpose, basis = str(asked.get("purpose", "")), asked.get("basis")
    if purpose not in purposes:
        faults.append(Fault("purpose", "the profile has no such activity", f"one of {', '.join(purposes)}"))
    if basis is not None and basis not in list(LegalBasis):
        faults.append(Fault("basis", "is no legal basis", f"one of {', '.join(LegalBasis)}, or leave it out"))
    if faults:
        raise Faults(faults)
    return Question(profile, purpose, None if basis is None else LegalBasis(basis))


def ask(context: Context, question: Question, people: Sequence[Sequence[str]]) -> list[Permit]:
    """Answer for each person, who may be named by several subject keys; raises Faults for what is no subject key."""
    key = SubjectKey(context.keys.secret("fulfilment", SECRET), question.profile.name)
    found = [tuple(_find_by(key, number, each)) for number, each in enumerate(people)]
    if not all(found):
        raise Faults([Fault("subjects", "somebody is named by no subject key", "give at least one for each")])
    with context.database.single() as connection:
        stopped = _stopped(connection, question, sorted({each for keys in found for each in keys}))
    return [Permit(tuple(dict.fromkeys(each for key in keys for each in stopped.get(key, ())))) for keys in found]


def _find_by(key: SubjectKey, number: int, subjects: Sequence[str]) -> Iterator[str]:
    for subject in subjects:
        try:
            yield key.find_by(subject)
        except NoSubjectKey as wrong:
            raise Faults([Fault(f"subjects.{number}", str(wrong), "see docs/enforcing-limits.md")]) from None


def _stopped(connection: Connection, question: Question, subjects: Sequence[str]) -> dict[str, list[Stopped]]:
    given = {"subjects": subjects, "purpose": question.purpose, "controller": question.profile.name}
    found: dict[str, list[Stopped]] = {}
    for row in connection.execute(_FIND, given):
        if row.bases and question.basis is not None and question.basis.value not in row.bases:
            continue
        known = row.state == LimitState.LIFTING and row.notice == "sent"
        found.setdefault(row.subject, []).append(Stopped(row.kind, row.since, row.until if known else None))
    return found
