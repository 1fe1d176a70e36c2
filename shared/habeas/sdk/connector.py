"""The promise: override what your system can do, and the runner does the rest."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from habeas.sdk.errors import Fault, Faults, NeedsPerson, Refused
from habeas.sdk.guard import MAX_ROWS
from habeas.sdk.records import Changed, Correction, Decided, Done, Health, Identified, Located, Mark, Record
from habeas.sdk.rehearsal import rehearse
from habeas.sdk.subject import Channel, Subject
from habeas.sdk.words import Operation


class Connector:
    """Speaks for one system that holds personal data.

    Every operation here is a no-op, so override those that your system can do: `supports` then names them, and what it
    does not name becomes a task for a person. Operations are generators: yield one thing at a time and never hold a
    whole result. All of them may be repeated after a crash and have to say the same again.

    Raise TryLater when the system is away or asks for patience, Waiting when it has taken the work and is still at it,
    NeedsPerson when what you find is not for a program to decide, Refused when it can never work. Let everything else
    fly: it is a bug, and the runner reports it as one.
    """

    #: The operations that this class overrides; worked out when the class is made.
    supports: ClassVar[frozenset[Operation]] = frozenset()
    #: More records than this for one person are a mistake until a person says otherwise.
    max_rows: int = MAX_ROWS
    #: A folder of its own for what has to outlive a process, as how often it may still call; None: keep it in memory.
    state: Path | None = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = {each for each in Operation if getattr(cls, each) is not getattr(Connector, each)}
        if Operation.EXPORT in own:  # the locate below is then a true one
            own.add(Operation.LOCATE)
        cls.supports = frozenset(own)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], here: Path) -> Self:
        """Makes the connector from its settings file; raises Faults with every fault at once.

        settings: what the file says, without the keys that are the runner's (`system`, `connector`, ...); here: the
        file's folder, against which relative paths are meant. A connector without settings needs no override.
        """
        if settings:
            raise Faults(Fault(key, "this key is not known") for key in settings)
        return cls()

    def file(self, name: str) -> Path | None:
        """Where a file of the connector's own lies, in its folder, which is made; None if it has none to keep it in.

        Raises NeedsPerson for a folder that cannot be made.
        """
        if self.state is None:
            return None
        try:
            self.state.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NeedsPerson(f"the connector's own folder cannot be made ({type(error).__name__})") from None
        return self.state / name

    def channels(self, claimed: Subject) -> Iterator[Channel]:
        """Yields the stored addresses of whoever claims these identifiers, exactly as they are stored.

        Asked only of systems that are a contact of record. The claim is not proved: match it exactly, and yield every
        record that matches, each with all its identifiers; who may be written to is decided elsewhere.
        """
        return iter(())

    def identify(self, subject: Subject) -> Iterator[Identified]:
        """Yields the further identifiers by which this system knows the person and other systems need to be asked.

        A customer number in the CRM under which the invoices lie. What is found here is signed by this connector, and
        believed only by systems that say that they trust it for that name.
        """
        return iter(())

    def locate(self, subject: Subject) -> Iterator[Located]:
        """Yields every record of the person without its content; by default what `export` would yield."""
        for record in self.export(subject):
            if isinstance(record, Record):
                yield record.located()

    def export(self, subject: Subject) -> Iterator[Record | Mark]:
        """Yields every record of the person, each once, from one consistent view of the system.

        To yield nothing says that everything was searched and none was there; if a part could not be searched, raise.
        Where there may be millions, yield a Mark now and then: after a crash `resume` is asked to go on from the last.
        """
        return iter(())

    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        """Yields what `export` would have yielded after the Mark `at`; only a connector that yields marks is asked."""
        raise NotImplementedError("a connector that yields marks has to override resume")

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        """Erases exactly what `scope` lets go, if it still has the digest in it, and accounts for all of `scope`.

        What has changed or come new since the plan stays untouched and is NEEDS_PERSON. What is kept stays whole. Say
        `verified` only after reading back. Done again, it finds the work done and says the same.
        """
        return iter(())

    def rehearse(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        """Says what `erase` would do now, and changes nothing: a dry run. `verified` is never said of it."""
        return rehearse(self.locate(subject), scope)

    def rectify(self, subject: Subject, corrections: Sequence[Correction]) -> Iterator[Changed]:
        """Puts the new content into the records that still have their digest; the others are not counted, with why."""
        return iter(())

    def restrict(self, subject: Subject, lift: bool = False) -> Iterator[Changed]:
        """Marks the person's records so that nobody works with them until the mark is lifted."""
        return iter(())

    def suppress(self, claimed: Subject, lift: bool = False) -> Iterator[Changed]:
        """Stops direct marketing to whoever claims these identifiers; a proof is not asked for, as it harms nobody."""
        return iter(())

    def check(self) -> Health:
        """Says whether the system answers and is as the settings describe it; changes nothing and is quick."""
        return Health()

    def plant(self, canary: Subject) -> bool:
        """Puts a synthetic person into the system, as a customer comes to be there; says whether they are in.

        Asked only of systems whose settings say `canary: true`. Every identifier of a canary ends in `.invalid`; use
        those by which the system knows people, and tie the canary to nothing that is anybody else's. Planted again,
        nothing is doubled.
        """
        return False

    def unplant(self, canary: Subject) -> None:
        """Takes out whatever `plant` put in, by its own way and not by `erase`; again is harmless."""


def require(connector: Connector, operation: Operation) -> None:
    """Raises Refused unless the connector supports the operation, so that a no-op never passes for "nothing found"."""
    if operation not in connector.supports:
        raise Refused(f"this connector does not support {operation}")
