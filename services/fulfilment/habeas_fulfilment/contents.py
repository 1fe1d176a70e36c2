"""What an answer is made of: the case's facts in the package's words, and each system's share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select

from habeas.errors import NeedsPerson
from habeas.profile import Profile
from habeas.sdk import Decided, Deed, Done, Guard, Operation, Outcome
from habeas.storage import Store
from habeas.vocabulary import LegalBasis, Right
from habeas.work.transaction import Transaction
from habeas_fulfilment import package
from habeas_fulfilment.absence import Seen, is_proved
from habeas_fulfilment.actions.cases import locked_case, profile_of
from habeas_fulfilment.actions.orders import current_orders
from habeas_fulfilment.actions.remains import first_seen
from habeas_fulfilment.actions.scopes import decided_of, present_plan
from habeas_fulfilment.models import Answer, AnswerState, CaseFile, OrderState, SystemOrder, Task
from habeas_fulfilment.package.words import LANGUAGES
from habeas_fulfilment.results import SealedResult, open_part, read_done, read_records, seal_results
from habeas_fulfilment.uses import tell_uses

_PORTABLE = (LegalBasis.CONSENT, LegalBasis.CONTRACT)
"""The bases whose data can be taken along (GDPR Article 20(1)(a))."""
_KEYS = ("kind", "key", "activity", "data", "attachments")
_GONE = (Deed.ERASED, Deed.ANONYMISED)


class NotToBeMade(NeedsPerson):
    """Says that an answer would leave open what a person has to decide first, and by which order's result."""

    def __init__(self, reason: str, order: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.order = order


@dataclass(frozen=True)
class Share:
    """How one system's part ended: its last word, and the results that are opened for the answer."""

    outcome: Outcome
    reason: str
    result: SealedResult | None = None
    scope: tuple[Decided, ...] = ()
    before: tuple[SealedResult, ...] = ()
    """What was erased under earlier plans of the same case."""
    seen: Seen | None = None
    """What we saw ourselves when we looked after the erasure; None if we did not."""
    proof: Mapping[str, str] = field(default_factory=dict)
    """How the system's connector was proved when it answered."""


@dataclass(frozen=True)
class Contents:
    """Everything that one answer is made of, as it stood when its making began."""

    case: str
    right: Right
    letter: str
    reference: str
    language: str
    received: date
    due: date
    today: date
    profile: Profile
    shares: Mapping[str, Share]

    def facts(self) -> package.Facts:
        """Say what is true of the whole, in the person's language."""
        kind = package.Kind.CONFIRMATION if self.right is Right.ERASURE else package.Kind.PACKAGE
        return package.Facts(
            kind=kind,
            case_id=self.case,
            reference=self.reference,
            right=self.right,
            language=self.language,
            controller=_controller(self.profile),
            received=self.received,
            due=self.due,
            answered=self.today,
            asked="",
            systems=tuple(system.name for system in self.profile.systems),
            activities=tuple(tell_uses(self.profile, self.language)),
        )

    def parts(self, store: Store) -> list[package.Part]:
        """Give each system's share as the package takes it; records are opened when they are read."""
        if self.right is Right.ERASURE:
            return [self._erased(store, name, share) for name, share in self.shares.items()]
        return [self._exported(store, name, share) for name, share in self.shares.items()]

    def _exported(self, store: Store, name: str, share: Share) -> package.Part:
        title = self.profile.system(name).title.in_(self.language)
        if share.outcome is not Outcome.FOUND or share.result is None:
            return package.Part(name, title, share.outcome, ground=share.reason, proof=share.proof)
        result = share.result

        def records() -> Iterator[Mapping[str, Any]]:
            for record in read_records(store, result):
                if self._is_owed(record["activity"]):
                    yield {key: record[key] for key in _KEYS if key in record}

        def attachment(part: str) -> BinaryIO:
            return cast("BinaryIO", open_part(store, result, part))

        if self.right is Right.PORTABILITY and next(records(), None) is None:
            return package.Part(name, title, Outcome.NOT_APPLICABLE, proof=share.proof)
        return package.Part(name, title, Outcome.FOUND, records=records, attachment=attachment, proof=share.proof)

    def _is_owed(self, activity: str) -> bool:
        """Say whether records of an activity belong into this answer; of an unknown one, always."""
        if self.right is not Right.PORTABILITY:
            return True
        found = [each for each in self.profile.activities if each.name == activity]
        return all(any(basis in _PORTABLE for basis in each.bases) for each in found)

    def _erased(self, store: Store, name: str, share: Share) -> package.Part:
        title = self.profile.system(name).title.in_(self.language)
        done = [each for result in share.before for each in read_done(store, result) if each.deed in _GONE]
        if share.result is not None:
            done += self._accounted(store, share, share.result)
        if not done:
            return package.Part(name, title, share.outcome, ground=share.reason, proof=share.proof)
        deeds = tuple(_deeds(_proved(done, share.seen)))
        return package.Part(name, title, Outcome.FOUND, deeds=deeds, proof=share.proof)

    def _accounted(self, store: Store, share: Share, result: SealedResult) -> list[Done]:
        """Read what was done, and demand that it accounts for all that was decided and leaves nothing open."""
        try:
            done = list(Guard(result.subject).done(read_done(store, result), share.scope))
        except NeedsPerson as error:
            raise NotToBeMade(error.why, result.order) from None
        left = [each for each in done if each.deed is Deed.NEEDS_PERSON and each.count]
        if left:
            count = sum(each.count for each in left)
            why = "; ".join(sorted({each.why for each in left if each.why}))
            raise NotToBeMade(f"{count} records need a person: {why}"[:300], result.order)
        return done


def collect(tx: Transaction, case_id: str, right: str, letter: str) -> Contents | None:
    """Collect what an answer is made of; None if it is not, or no longer, being made."""
    case = locked_case(tx, case_id)
    answer = tx.session.get(Answer, (case_id, right))
    if answer is None or answer.state != AnswerState.MAKING:
        return None
    profile = profile_of(tx, case)
    zone = ZoneInfo(profile.controller.zone)
    return Contents(
        case=case.id,
        right=Right(right),
        letter=letter,
        reference=case.reference,
        language=_language(case.language),
        received=case.received_at.astimezone(zone).date(),
        due=date.fromisoformat(case.respond_by[right]),
        today=tx.now.astimezone(zone).date(),
        profile=profile,
        shares=_erasure_shares(tx, case) if right == Right.ERASURE else _package_shares(tx, case),
    )


def _controller(profile: Profile) -> package.Controller:
    """Say who answers, and every authority that the profile names, since a person may live where another one is."""
    known, own = profile.controller, profile.controller.authority
    others = {each.url: package.Authority(each.name, each.url) for each in profile.authorities.values()}
    others.pop(own.url, None)
    elsewhere = tuple(others.values())
    return package.Controller(known.name, known.contact.email, own.name, own.url, elsewhere, profile.laws)


def _language(language: str) -> str:
    short = language.partition("-")[0]
    return short if short in LANGUAGES else LANGUAGES[0]


def _package_shares(tx: Transaction, case: CaseFile) -> dict[str, Share]:
    orders = current_orders(tx, case, Task.PACKAGE)
    results = seal_results(tx, case, orders)
    shares = {}
    for system, order in orders.items():
        result = results[system] if order.outcome == Outcome.FOUND else None
        shares[system] = Share(_outcome(order), order.reason, result, proof=order.passport or {})
    return shares


def _erasure_shares(tx: Transaction, case: CaseFile) -> dict[str, Share]:
    plan = present_plan(tx, case)
    assert plan is not None
    decided = decided_of(tx, case, plan)
    erased = current_orders(tx, case, Task.ERASURE)
    results = seal_results(tx, case, erased)
    before, seen = _erased_before(tx, case), first_seen(tx, case)
    shares = {}
    for system, located in current_orders(tx, case, Task.PLAN).items():
        order = erased.get(system, located)
        answered = system in erased and order.state == OrderState.ANSWERED
        shares[system] = Share(
            Outcome.NOTHING if system not in erased and located.outcome == Outcome.FOUND else _outcome(order),
            order.reason,
            results[system] if answered else None,
            decided.get(system, ()),
            tuple(before.get(system, ())),
            seen.get(system),
            order.passport or {},
        )
    return shares


def _erased_before(tx: Transaction, case: CaseFile) -> dict[str, list[SealedResult]]:
    """Give the results of erasing under earlier plans, by system."""
    chosen = select(SystemOrder).where(
        SystemOrder.case_id == case.id,
        SystemOrder.operation == Operation.ERASE.value,
        SystemOrder.round < case.round,
        SystemOrder.state != OrderState.REPLACED.value,
    )
    found: dict[str, list[SealedResult]] = {}
    for order in tx.session.scalars(chosen.order_by(SystemOrder.id)):
        found.setdefault(order.system, []).extend(seal_results(tx, case, {order.system: order}).values())
    return found


def _proved(done: Sequence[Done], seen: Seen | None) -> Iterator[Done]:
    """Let a system's word that something is gone stand as verified only where we looked ourselves and found none."""
    for each in done:
        is_gone = each.deed in _GONE
        yield replace(each, verified=False) if is_gone and not is_proved(seen, each.kind) else each


def _outcome(order: SystemOrder) -> Outcome:
    return Outcome(order.outcome or Outcome.FAILED)


def _deeds(done: Iterable[Done]) -> Iterator[package.Deeds]:
    """Sum up what was done alike."""
    sums: dict[tuple[Any, ...], int] = {}
    for each in done:
        alike = (each.kind, each.deed, each.ground or "", each.until, each.verified, each.why)
        sums[alike] = sums.get(alike, 0) + each.count
    for (kind, deed, ground, until, verified, why), count in sums.items():
        if count:
            yield package.Deeds(kind, deed, count, ground, until, verified, why)
