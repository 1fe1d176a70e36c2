"""Synthetic people: planted, found, corrected, erased and looked for again, so that a system's connector is proved.

A canary is made from the system's name and the day, and every identifier of it ends in `.invalid` (RFC 6761, section
6.4), so nobody real can be meant. A round asks the connector about canaries and about nobody else.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from habeas.errors import NeedsPerson, Refused
from habeas.passports import FAILED, NOT_OFFERED, PASSED, Passport
from habeas.provenance import name_of, origin_of, python_of, sdk_version
from habeas.sdk import Connector, Correction, Decided, Deed, Guard, Located, Operation, Record, Subject

DOMAIN = "habeas.invalid"
MOST_RECORDS = 200
"""A canary of whom more is found than this is no canary."""
CORRECTED = "corrected canary"
_GONE = (Deed.ERASED, Deed.ANONYMISED)
_PROVED = (Operation.CHECK, Operation.EXPORT, Operation.LOCATE, Operation.RECTIFY, Operation.ERASE)


def make_canary(system: str, day: date) -> Subject:
    """Make up the person of a system and a day: an address and a customer number that nobody has."""
    name = f"canary-{system}-{day:%Y%m%d}"
    return Subject({"email": (f"{name}@{DOMAIN}",), "customer_number": (f"{name}.invalid",)})


def is_canary(subject: Subject) -> bool:
    """Say whether every identifier is one that only a canary can have."""
    values = [value for each in subject.identifiers.values() for value in each]
    return all(value.startswith("canary-") and value.endswith(".invalid") for value in values)


def can_plant(connector: Connector) -> bool:
    """Say whether a connector can put a canary into its system."""
    return type(connector).plant is not Connector.plant


class Leash:
    """A connector that can be asked about canaries alone; whatever it yields is held to them."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    def plant(self, canary: Subject) -> bool:
        """Put the canary in."""
        return self._connector.plant(_checked(canary))

    def unplant(self, canary: Subject) -> None:
        """Take it out."""
        self._connector.unplant(_checked(canary))

    def records(self, canary: Subject) -> list[Record]:
        """What the system holds of the canary; there are few of them."""
        yielded = self._guard(canary).records(self._connector.export(_checked(canary)))
        return [each for each in yielded if isinstance(each, Record)]

    def located(self, canary: Subject) -> list[Located]:
        """The same without its content."""
        return list(self._guard(canary).located(self._connector.locate(_checked(canary))))

    def rectified(self, canary: Subject, correction: Correction) -> int:
        """How many records were corrected."""
        changes = self._connector.rectify(_checked(canary), [correction])
        return sum(each.count for each in self._guard(canary).changed(changes, {correction.kind: 1}))

    def erased(self, canary: Subject, scope: Sequence[Decided]) -> Iterator[tuple[Deed, int, bool]]:
        """What was done to how many, and whether it was read back."""
        deeds = self._connector.erase(_checked(canary), scope)
        return ((each.deed, each.count, each.verified) for each in self._guard(canary).done(deeds, scope))

    def _guard(self, canary: Subject) -> Guard:
        return Guard(canary, max_rows=MOST_RECORDS)


class Round:
    """One proof of one system: from planting a canary to its absence, and a passport of how it went.

    What the system cannot do now (`TryLater`, `Waiting`) goes through and gives no passport: the last one grows stale.
    """

    def __init__(self, system: str, connector: Connector, day: date) -> None:
        if not can_plant(connector):
            raise Refused(f"the connector of {system} cannot plant a canary: it has to override plant and unplant")
        self._system, self._connector, self._day = system, connector, day
        self._canary = make_canary(system, day)
        self._nobody = Subject(
            {name: tuple(f"canary-no-{value}" for value in values) for name, values in self._canary.identifiers.items()}
        )
        self._leash = Leash(connector)
        self._failed: list[str] = []
        self._ended: dict[str, str] = {}
        self._lookups: list[bool] = []
        self._against = f"{system} itself"

    def run(self) -> Passport:
        """Plant, find, correct, erase, look again; whatever happens, the canary is taken out at the end."""
        try:
            if self._try("plant", self._plant):
                self._prove()
        finally:
            self._try("unplant", lambda: self._leash.unplant(self._canary))
        return self._passport()

    def _prove(self) -> None:
        self._step(Operation.CHECK, self._check)
        found = self._step(Operation.EXPORT, self._export) and self._step(Operation.LOCATE, self._locate)
        for operation, act in ((Operation.RECTIFY, self._rectify), (Operation.ERASE, self._erase)):
            if found:  # what cannot be found whole is not changed
                self._step(operation, act)

    def _step(self, operation: Operation, act: Callable[[], None]) -> bool:
        if operation not in self._connector.supports:
            return True
        passed = self._try(operation, act)
        self._ended[operation] = PASSED if passed else FAILED
        return passed

    def _try(self, name: str, act: Callable[[], None]) -> bool:
        try:
            act()
        except (NeedsPerson, Refused) as error:
            self._failed.append(f"{name}: {error}"[:300])
            return False
        return True

    def _plant(self) -> None:
        self._leash.unplant(self._canary)  # what a round that died may have left
        if not self._leash.plant(self._canary):
            raise NeedsPerson("the canary could not be planted")

    def _check(self) -> None:
        health = self._connector.check()
        if health.problems:
            raise NeedsPerson("; ".join(health.problems))
        self._against = ", ".join([self._against, *(f"{name} {fact}" for name, fact in health.facts.items())])

    def _export(self) -> None:
        self._expect_nothing(self._nobody, "it yields records of somebody who was never there")
        records = self._leash.records(self._canary)
        if not records:
            raise NeedsPerson("it yields nothing of who was planted")
        if not all(each.activity for each in records):
            raise NeedsPerson("a record names no activity")

    def _locate(self) -> None:
        exported = {(each.kind, each.key, each.digest) for each in self._leash.records(self._canary)}
        if {(each.kind, each.key, each.digest) for each in self._leash.located(self._canary)} != exported:
            raise NeedsPerson("what it locates is not what it exports")

    def _rectify(self) -> None:
        for record, field in self._correctable():
            correction = Correction(record.kind, record.key, record.digest, {field: CORRECTED})
            try:
                counted = self._leash.rectified(self._canary, correction)
            except Refused:  # this field is not for correcting
                continue
            now = {(each.kind, each.key): each for each in self._leash.records(self._canary)}.get(
                (record.kind, record.key)
            )
            if counted and (now is None or now.data.get(field) != CORRECTED):
                raise NeedsPerson("it says that a record was corrected, and it was not")
            if counted:
                return
        raise NeedsPerson("no field of what was planted could be corrected")

    def _correctable(self) -> Iterator[tuple[Record, str]]:
        known = {value for values in self._canary.identifiers.values() for value in values}
        for record in self._leash.records(self._canary):
            if known.isdisjoint(value for value in record.data.values() if isinstance(value, str)):
                continue  # what does not itself name the canary may be shared with somebody real
            for field, value in record.data.items():
                if isinstance(value, str) and value not in known:
                    yield record, field

    def _erase(self) -> None:
        scope = [Decided(each.kind, each.key, each.digest, keep=False) for each in self._leash.located(self._canary)]
        gone = list(self._leash.erased(self._canary, scope))
        if not all(deed in _GONE and verified for deed, _, verified in gone):
            raise NeedsPerson("not everything that was planted is erased and read back")
        self._expect_nothing(self._canary, "what it said was erased was found again")

    def _expect_nothing(self, canary: Subject, why: str) -> None:
        found = bool(self._leash.records(canary) or self._leash.located(canary))
        self._lookups.append(found)
        if found:
            raise NeedsPerson(why)

    def _passport(self) -> Passport:
        offered = [each for each in _PROVED if each in self._connector.supports]
        promises = {str(each): self._ended.get(each, FAILED) if each in offered else NOT_OFFERED for each in _PROVED}
        kind = type(self._connector)
        distribution, version = origin_of(kind)
        return Passport(
            connector=name_of(kind),
            python=python_of(kind),
            system=self._system,
            distribution=distribution,
            version=version,
            sdk=sdk_version(),
            against=self._against,
            day=self._day,
            promises=promises,
            failed=tuple(self._failed),
            counts={
                "tried": len(self._lookups),
                "refused": self._lookups.count(False),
                "accepted": self._lookups.count(True),
                "skipped": len(set(offered) - self._ended.keys()),
            },
        )


def _checked(subject: Subject) -> Subject:
    if not is_canary(subject):
        raise Refused("a round touches canaries alone, and this is somebody else")
    return subject
